"""Each periodic job runs when it is due, on one worker at a time, and a dead worker's job is taken over."""

from datetime import timedelta

import pytest

from tests.fakes import NOW
from tideover.worker.models import PeriodicJob
from tideover.worker.timetable import Job, run_due

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def run(job, at=NOW):
    return run_due([job], lambda: at)


def test_a_job_runs_at_once_and_then_every_so_often():
    seen = []
    job = Job("sweep", HOUR, seen.append)
    for minutes in (0, 30, 59, 60, 61, 130):
        run(job, NOW + timedelta(minutes=minutes))
    assert [(at - NOW).seconds // 60 for at in seen] == [0, 60, 130]


def test_a_job_that_is_not_wanted_is_not_even_claimed():
    seen, wanted = [], []
    job = Job("doctor", HOUR, seen.append, wanted=lambda: bool(wanted))
    assert run(job) == 0
    assert not PeriodicJob.objects.exists()
    wanted.append(1)
    assert run(job) == 1
    assert seen == [NOW]


def test_while_one_worker_runs_it_no_other_does():
    inner = []
    job = Job("sweep", HOUR, lambda _: inner.append(run(job, NOW + 2 * HOUR / 24)))
    assert run(job) == 1
    assert inner == [0]


def test_the_job_of_a_dead_worker_is_taken_over_when_its_lease_ends():
    class Killed(BaseException):
        pass

    def die(_now):
        raise Killed

    with pytest.raises(Killed):
        run(Job("sweep", HOUR, die))
    seen = []
    job = Job("sweep", HOUR, seen.append)
    assert run(job, NOW + timedelta(minutes=9)) == 0
    assert run(job, NOW + timedelta(minutes=10)) == 1


def test_a_worker_that_slept_past_its_lease_does_not_set_the_timetable():
    job = Job("sweep", HOUR, lambda now: run(Job("sweep", HOUR, lambda _: None), now + timedelta(minutes=20)))
    run(job)
    assert PeriodicJob.objects.get().due_at == NOW + timedelta(minutes=80)


def test_a_broken_job_is_told_and_stops_no_other():
    def broken(_now):
        raise ZeroDivisionError("by nothing")

    seen = []
    assert run_due([Job("broken", HOUR, broken), Job("whole", HOUR, seen.append)], lambda: NOW) == 2
    assert PeriodicJob.objects.get(pk="broken").failure == "ZeroDivisionError: by nothing"
    assert (seen, PeriodicJob.objects.get(pk="whole").failure) == ([NOW], "")

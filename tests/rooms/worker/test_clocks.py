"""Clocks that are wrong: what one left behind heals, and a worker whose own is far off the database's does nothing."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from functools import partial

import pytest
import structlog
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import make_action, make_case, make_connection, make_stripe_event
from tests.fakes import NOW, FakeStripe
from tests.fakes import effects as effects_of
from tideover import clock
from tideover.config import config
from tideover.flow import circuit_breaker, database_clock
from tideover.flow.blocked import what_is_blocked
from tideover.flow.models import Lane
from tideover.inbox import queue
from tideover.recovery import claims
from tideover.recovery.models import Action
from tideover.upkeep import skew
from tideover.worker import crew
from tideover.worker.models import PeriodicJob
from tideover.worker.punctual import Punctual
from tideover.worker.timetable import Job, run_due

pytestmark = pytest.mark.django_db
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
SET_BACK = 25 * HOUR
LATER = NOW + SET_BACK  # what a clock said before it was set right


# ── what a wrong clock left behind ──


@pytest.mark.parametrize("ahead", [SET_BACK, 3 * DAY])
def test_a_job_whose_turn_is_farther_away_than_its_rhythm_is_due(ahead):
    ran: list[datetime] = []
    job = Job("sweep", HOUR, ran.append)
    run_due([job], lambda: NOW + ahead)
    assert run_due([job], lambda: NOW) == 1
    assert ran == [NOW + ahead, NOW]
    assert PeriodicJob.objects.get().due_at == NOW + HOUR


def test_a_job_that_was_left_under_a_lease_of_tomorrow_is_free():
    PeriodicJob.objects.create(name="sweep", due_at=NOW, lease_until=LATER, lease_token=None)
    assert run_due([Job("sweep", HOUR, lambda _: None)], lambda: NOW) == 1


def test_a_doubt_under_a_lease_of_tomorrow_is_settled_today():
    action = make_action(make_case(), state="claimed", started_at=LATER, lease_until=LATER + claims.LEASE)
    assert [each.pk for each in claims.overdue(NOW)] == [action.pk]
    assert claims.overdue(NOW) == []  # ours now, by today's lease


def test_what_another_holds_whose_clock_is_a_little_ahead_stays_his():
    make_action(make_case(), state="claimed", lease_until=NOW + 5 * SECOND + claims.LEASE)
    assert claims.overdue(NOW) == []


def test_what_another_holds_for_its_turn_at_the_mail_server_stays_his():
    mail = make_action(make_case(), step="message-1", do="message", state="claimed", lease_until=NOW + SECOND)
    for lasting in (claims.UNTIL_ITS_TURN, claims.UNTIL_ITS_VERDICT):
        claims.hold_on(mail, NOW + 5 * SECOND, lasting)
        assert claims.overdue(NOW) == []


def test_an_event_that_was_claimed_tomorrow_is_read_today():
    make_stripe_event(make_connection(), state="stored", received_at=NOW, try_at=LATER)
    assert len(queue.claim_stored(NOW, what_is_blocked(NOW))) == 1


def test_a_breaker_that_opened_tomorrow_is_half_open_today():
    connection = make_connection()
    for _ in range(circuit_breaker.OPENS_AFTER["lane"]):
        circuit_breaker.record_failure("stripe", LATER, connection)
    assert connection.pk in what_is_blocked(LATER).connections
    assert connection.pk in what_is_blocked(NOW).half_open
    assert circuit_breaker.probe(connection.pk, NOW)
    assert Lane.objects.get().open_until == NOW + circuit_breaker.PROBE


# ── a worker's clock and the database's ──


@given(st.integers(-300_000, 300_000), st.integers(0, 9), st.integers(0, 9))
def test_never_more_is_said_than_the_clocks_differ(late, there, back):
    moments = iter([NOW + late * SECOND - there * SECOND, NOW + late * SECOND + back * SECOND])
    found = database_clock.ahead(lambda: next(moments), lambda: NOW)
    assert abs(found) <= abs(late) * SECOND
    assert abs(found) >= abs(late) * SECOND - (there + back) * SECOND


def test_the_clock_that_is_shared_is_the_databases_own():
    assert abs(database_clock.ahead()) < skew.TOO_MUCH


def test_where_time_was_moved_the_databases_clock_is_moved_alike():
    clock.travel_to(NOW)
    try:
        assert database_clock.told() == NOW
    finally:
        clock.travel_to(None)


def wrong_by(off: timedelta) -> Punctual:
    own = lambda: clock.now() + off  # noqa: E731 - a clock
    return Punctual(own, partial(database_clock.ahead, there=clock.now))


@pytest.mark.parametrize(
    ("seconds", "may"), [(0, True), (4, True), (-4, True), (6, False), (-6, False), (-90_000, False)]
)
def test_from_five_seconds_on_a_worker_does_nothing_and_its_time_is_the_databases_all_the_same(seconds, may):
    time = wrong_by(seconds * SECOND)
    assert time.may_work() is may
    assert abs(time.now() - clock.now()) < 2 * SECOND


def worked(time: Punctual, stripe: FakeStripe, jobs: list[Job], rounds: int = 6) -> None:
    """A worker with this clock, for some rounds of its threads."""
    stop, seen = threading.Event(), list[bool]()

    def may_work() -> bool:
        answer = time.may_work()
        seen.append(answer)
        if len(seen) >= rounds:
            stop.set()
        return answer

    crew.work(effects_of(stripe), time.now, stop, jobs, may_work)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("off", [3 * DAY, -SET_BACK])
def test_a_worker_days_off_charges_nothing_drops_nothing_takes_nothing_over_and_says_so(off, alice, monkeypatch):
    monkeypatch.setattr(config(), "metrics_token", "canary-token-for-metrics")
    now, stripe, case = clock.now(), FakeStripe(), make_case(make_connection(alice.project))
    planned = make_action(case, step="charge-2", due_at=now + 47 * HOUR)
    held = make_action(case, step="charge-1", state="claimed", started_at=now, lease_until=now + HOUR, due_at=now)
    ran: list[datetime] = []
    with structlog.testing.capture_logs() as said:
        worked(wrong_by(off), stripe, [Job("sweep", HOUR, ran.append)])
    assert Action.objects.get(pk=planned.pk).state == "planned"
    assert Action.objects.get(pk=held.pk).lease_token == held.lease_token
    assert (ran, PeriodicJob.objects.count()) == ([], 0)
    assert [line["event"] for line in said] == ["worker.clock_wrong"]
    _everybody_is_told(alice)


def _everybody_is_told(alice) -> None:
    ready = Client().get("/readyz")
    assert (ready.status_code, b"a worker does nothing, as its clock is" in ready.content) == (503, True)
    assert "A worker&#x27;s clock and the database&#x27;s" in alice.browser().get("/status/").content.decode()
    figures = Client().get("/metrics", headers={"Authorization": "Bearer canary-token-for-metrics"}).content.decode()
    assert "\ntideover_idle_worker_clock_skew_seconds " in figures


def test_once_no_worker_says_it_any_more_all_is_well_again():
    skew.stands_still(3 * DAY, NOW)
    assert skew.trouble(NOW)
    assert skew.trouble(NOW + skew.STANDS_STILL_FOR) == ""


def test_a_web_process_whose_own_clock_is_off_is_not_ready(monkeypatch):
    monkeypatch.setattr(clock, "OFF_BY", timedelta(minutes=2))
    ready = Client().get("/readyz")
    assert (ready.status_code, b"ahead of the database's" in ready.content) == (503, True)

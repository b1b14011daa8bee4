"""A restored backup tells nobody a second time what they may have been told since it was made."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories as make
from tests.rooms.notices.letters import AWAY, Letters
from tideover.core.calendars.paces import Pace
from tideover.flow import refusals, stops
from tideover.notices.choosing import choose
from tideover.notices.kinds import Kind
from tideover.notices.models import Notice
from tideover.notices.planning import plan_summaries
from tideover.notices.restoring import doubt_what_was_due
from tideover.notices.rounds import tell
from tideover.tenants.models import Connection, Member

pytestmark = pytest.mark.django_db
MORNING = make.NOW.replace(hour=8)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
State = Notice.State


@pytest.fixture
def account(alice):
    account = make.make_connection(alice.project)
    make.make_case(account, attention="replied")
    return account


def told(now, letters=None):
    letters = letters or Letters()
    plan_summaries(now)
    tell(now, write=letters)
    return letters.to


def states():
    return {notice.kind: notice.state for notice in Notice.objects.all()}


def test_what_waited_in_the_backup_may_have_left_since_and_is_never_sent_again(account, alice):
    told(MORNING, Letters(AWAY))
    doubt_what_was_due(MORNING + HOUR)
    assert states()["attention"] == State.UNKNOWN
    assert [told(MORNING + hours * HOUR) for hours in range(1, 5)] == [[]] * 4
    assert told(MORNING + DAY) == [alice.user.email], "the next morning's is another one"


def test_what_was_leaving_as_the_backup_was_made_is_a_doubt_whatever_its_clock_said(account):
    told(MORNING, Letters(AWAY))
    Notice.objects.filter(kind="attention").update(state=State.LEAVING, due_at=MORNING + DAY)
    doubt_what_was_due(MORNING + HOUR)
    assert states()["attention"] == State.UNKNOWN


def test_a_summary_whose_hour_came_after_the_backup_is_not_planned_again(account, alice):
    assert not Notice.objects.exists()
    doubt_what_was_due(MORNING + HOUR)
    assert states()["attention"] == State.UNKNOWN
    assert told(MORNING + HOUR) == []


def test_one_whose_hour_is_still_to_come_is_told_in_its_time(account, alice):
    doubt_what_was_due(MORNING - MINUTE)
    assert told(MORNING) == [alice.user.email]


def test_a_retry_that_is_not_due_yet_cannot_have_left_and_does(account, alice):
    told(MORNING, Letters(AWAY))
    doubt_what_was_due(MORNING + MINUTE)
    assert told(MORNING + 10 * MINUTE) == [alice.user.email]


def test_what_is_told_at_once_goes_on_from_the_restore(account, alice):
    choose(Member.objects.get(), alice.project, {Kind.RECOVERED: Pace.AT_ONCE}, "alice", MORNING - DAY)
    told(MORNING)
    make.make_fact(make.make_case(account, state="recovered", ended_at=MORNING), "paid", at=MORNING + 20 * MINUTE)
    doubt_what_was_due(MORNING + 2 * HOUR)
    assert told(MORNING + 2 * HOUR + 30 * MINUTE) == [], "its original told of it"
    later = MORNING + 3 * HOUR
    make.make_fact(make.make_case(account, state="recovered", ended_at=later), "paid", at=later)
    assert told(later + 20 * MINUTE) == [alice.user.email]


def test_also_where_one_waited_in_the_backup_and_what_came_after_it_was_told_by_the_next(account, alice):
    choose(Member.objects.get(), alice.project, {Kind.RECOVERED: Pace.AT_ONCE}, "alice", MORNING - DAY)
    told(MORNING)
    for minutes in (5, 50):
        at = MORNING + minutes * MINUTE
        make.make_fact(make.make_case(account, state="recovered", ended_at=at), "paid", at=at)
        told(at + 15 * MINUTE, Letters(AWAY))
    Notice.objects.filter(settled_at=None).exclude(kind="recovered").delete()
    doubt_what_was_due(MORNING + 2 * HOUR)
    assert told(MORNING + 2 * HOUR + 30 * MINUTE) == []


def test_a_dead_key_that_the_backup_has_not_told_of_is_not_told_again_and_a_later_one_is(account, alice):
    refusals.record(account, "Expired API Key", MORNING, all_calls=True)
    doubt_what_was_due(MORNING + HOUR)
    assert states()["dead_key"] == State.UNKNOWN
    assert told(MORNING + HOUR) == []
    other = make.make_connection(alice.project)
    refusals.record(other, "Expired API Key", MORNING + HOUR, all_calls=True)
    assert told(MORNING + 2 * HOUR) == [alice.user.email]


def test_no_summary_leaves_before_its_cases_were_read_again_and_a_dead_key_is_told_of(account, alice):
    Connection.objects.update(quarantined_at=MORNING - HOUR)
    assert told(MORNING) == []
    assert states()["attention"] == State.PLANNED
    other = make.make_connection(alice.project, quarantined_at=MORNING)
    refusals.record(other, "Expired API Key", MORNING, all_calls=True)
    assert told(MORNING + MINUTE) == [alice.user.email]
    Connection.objects.update(quarantined_at=None)
    assert told(MORNING + 10 * MINUTE) == [alice.user.email]


def test_a_copy_beside_its_original_tells_nothing_until_it_is_started(account, alice):
    stops.stop(None, by="restore", now=MORNING)
    assert told(MORNING) == []
    stops.start(None, by="operator", now=MORNING + HOUR)
    assert told(MORNING + HOUR) == [alice.user.email]

"""What is kept of a test clock: the newest reading, while a case lives by it."""

from __future__ import annotations

import pytest

from tests.factories import make_clock
from tests.fakes import NOW
from tests.rooms.recovery.clocks.conftest import DAY, THEN, clock
from tideover.gateways.answers import ClockRead
from tideover.recovery.models import Case, Clock
from tideover.recovery.test_clocks.keeping import keep
from tideover.recovery.test_clocks.moving import take_clock

pytestmark = pytest.mark.django_db


def test_a_clock_that_is_deleted_ends_the_cases_that_live_by_it(waiting):
    assert take_clock(waiting.world.connection, ClockRead("clock_1", "deleted"), waiting.world.now)
    case = Case.objects.get()
    assert (case.state, case.ended_at, clock().state) == ("canceled", THEN, "deleted")
    assert not case.actions.filter(state="planned").exists()


def test_of_a_clock_that_no_case_lives_by_nothing_is_kept(waiting):
    assert not take_clock(waiting.world.connection, ClockRead("clock_9", "ready", THEN), waiting.world.now)
    assert Clock.objects.count() == 1


def test_the_clock_of_another_account_is_another_one(waiting):
    make_clock(clock_id="clock_1", shows=NOW)
    take_clock(waiting.world.connection, ClockRead("clock_1", "deleted"), waiting.world.now)
    states = Clock.objects.exclude(connection=waiting.world.connection).values_list("state", flat=True)
    assert list(states) == ["ready"]


def test_a_reading_from_before_never_takes_a_clock_back(waiting):
    connection = waiting.world.connection
    keep(connection, ClockRead("clock_1", "ready", THEN + DAY))
    keep(connection, ClockRead("clock_1", "ready", THEN))
    assert clock().shows == THEN + DAY
    keep(connection, ClockRead("clock_1", "deleted"))
    keep(connection, ClockRead("clock_1", "ready", THEN + 2 * DAY))
    assert (clock().state, clock().shows) == ("deleted", THEN + DAY)


def test_a_clock_that_may_be_read_again_goes_on(waiting):
    connection = waiting.world.connection
    keep(connection, ClockRead("clock_1", closed="no"))
    assert (clock().state, clock().trouble) == ("closed", "no")
    keep(connection, ClockRead("clock_1", "ready", THEN + DAY))
    assert (clock().state, clock().shows, clock().trouble) == ("ready", THEN + DAY, "")

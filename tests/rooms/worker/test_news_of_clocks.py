"""An event about a test clock has the clock read, as one about an invoice has that read."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import hang, make_case, make_clock, make_connection
from tests.fakes import NOW, FakeStripe
from tests.rooms.worker.test_news import handle, states, stored
from tideover.gateways.answers import ClockRead, LockedOut
from tideover.recovery.models import Clock
from tideover.worker import news

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection():
    return make_connection()


@pytest.fixture
def on_a_clock(connection):
    return hang(make_case(connection), make_clock(connection, clock_id="clock_1", shows=NOW))


def told_of_clock(connection, kind, **values):
    thing = {"id": "clock_1", "object": "test_helpers.test_clock", "status": "ready", **values}
    return stored(connection, f"test_helpers.test_clock.{kind}", {"frozen_time": int(NOW.timestamp()), **thing})


def test_a_clock_is_read_as_it_is_now_and_not_as_an_event_told(connection, on_a_clock):
    told_of_clock(connection, "advancing", status="advancing")
    handle(FakeStripe(test_clock=ClockRead("clock_1", "ready", NOW + timedelta(days=9))))
    on_a_clock.clock.refresh_from_db()
    assert (on_a_clock.clock.state, on_a_clock.clock.shows, states()) == (
        "ready",
        NOW + timedelta(days=9),
        ["handled"],
    )


def test_where_our_key_may_not_read_a_clock_its_event_is_believed(connection, on_a_clock):
    class Closed(FakeStripe):
        def read_clock(self, clock_id):
            raise LockedOut("no permission")

    later = NOW + timedelta(days=3)
    told_of_clock(connection, "ready", frozen_time=int(later.timestamp()))
    handle(Closed())
    on_a_clock.clock.refresh_from_db()
    assert (on_a_clock.clock.shows, states()) == (later, ["handled"])


def test_with_a_deleted_clock_its_cases_are_over(connection, on_a_clock):
    told_of_clock(connection, "deleted", deleted=True)
    handle(FakeStripe())
    on_a_clock.refresh_from_db()
    assert (on_a_clock.state, on_a_clock.clock.state) == ("canceled", "deleted")


def test_a_clock_that_no_case_lives_by_is_none_of_our_business(connection):
    event = told_of_clock(connection, "ready")
    handle(FakeStripe(test_clock=ClockRead("clock_1", "ready", NOW)))
    event.refresh_from_db()
    assert (event.state, event.reason, Clock.objects.count()) == ("irrelevant", news.ABOUT_NO_CASE, 0)


def test_what_a_clock_is_asked_for_waits_while_stripe_is_silent(connection, on_a_clock):
    told_of_clock(connection, "ready")
    handle(FakeStripe(silent=True))
    assert states() == ["stored"]

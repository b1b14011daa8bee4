"""A promise noted by a person: the page tells the day, the steps wait for it, and it can be moved and called off."""

from __future__ import annotations

from datetime import date

import pytest

from tests.factories import make_ruleset
from tests.rooms.recovery.conftest import World
from tideover import clock
from tideover.tenants.models import Connection

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 9)


@pytest.fixture
def world(connection):
    make_ruleset(connection.project, "revguard")
    there = World(connection)
    there.payment_fails(auto_advance=True)
    yield there
    clock.travel_to(None)


def send(person, world, name, **fields):
    return person.browser().post(f"/cases/{world.case.public_id}/{name}/", fields)


def page(person, world):
    return person.browser().get(f"/cases/{world.case.public_id}/").content.decode()


def test_the_page_tells_the_promised_day_and_that_stripes_tries_are_held(alice, world):
    assert "Note a promise" in page(alice, world)
    assert send(alice, world, "promise", day="2026-11-09").status_code == 302
    world.day(1)
    told = page(alice, world)
    assert "Nothing is charged before Monday, November 9: a promise stands" in told
    assert "Promised to pay on Monday, November 9" in told
    assert f"by {alice.user.email}" in told
    assert "Stripe&#x27;s own tries are held" in told
    assert "Move the day" in told


def test_a_promise_may_be_moved_and_called_off(alice, world):
    send(alice, world, "promise", day="2026-11-09")
    send(alice, world, "promise", day="2026-11-12")
    assert world.case.promised_on == date(2026, 11, 12)
    send(alice, world, "call-off")
    assert world.case.promised_on is None
    assert "The promise is off" in page(alice, world)


@pytest.mark.parametrize(("day", "says"), [("", "Choose the day"), ("2026-11-02", "Choose a day from 2026-11-03")])
def test_a_day_that_cannot_be_promised_is_told_beside_its_field(alice, world, day, says):
    answer = send(alice, world, "promise", day=day)
    assert (answer.status_code, world.case.promised_on) == (422, None)
    assert says in answer.content.decode()


def test_the_story_tells_how_it_ended(alice, world):
    send(alice, world, "promise", day="2026-11-09")
    world.day(8)
    assert "The promise was broken" in page(alice, world)


def test_in_observe_mode_no_promise_is_offered(alice, world):
    Connection.objects.update(mode="observe")
    assert "Note a promise" not in page(alice, world)


def test_a_card_that_waiting_does_not_help_promises_nothing(alice, world):
    world.payment_fails("lost_card")
    assert "Note a promise" not in page(alice, world)

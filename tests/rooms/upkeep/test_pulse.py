"""A dead key is seen within a minute, and seen to live again within a minute."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import NOW, make_action, make_case, make_connection
from tideover import clock
from tideover.flow import circuit_breaker, refusals
from tideover.flow.stripe import stripe_for_workers
from tideover.gateways.answers import LockedOut
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import running
from tideover.tenants.disconnecting import disconnect
from tideover.upkeep.pulse import EVERY, feel

pytestmark = pytest.mark.django_db
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture
def world():
    clock.travel_to(NOW)
    with running(new_simulator(seed=3, start=int(NOW.timestamp()))) as found:
        yield found
    clock.travel_to(None)


@pytest.fixture
def shop(world):
    return make_connection(
        account_id=world.sim.keys.account, api_key=world.sim.keys.restricted, api_base=world.base_url
    )


def at(moment):
    clock.travel_to(moment)
    return moment


def test_each_account_is_asked_about_once_a_minute_and_never_more(shop):
    assert feel(stripe_for_workers, NOW) == 1
    assert feel(stripe_for_workers, at(NOW + EVERY - SECOND)) == 0
    assert feel(stripe_for_workers, at(NOW + EVERY)) == 1
    assert timedelta(seconds=20) < EVERY < timedelta(minutes=1) - timedelta(seconds=10)


def test_a_dead_key_is_seen_and_its_life_too(world, shop):
    world.pull("disconnect")
    feel(stripe_for_workers, NOW)
    assert "not have access" in refusals.refusal_of(shop).why
    world.pull("disconnect", connected=True)
    feel(stripe_for_workers, at(NOW + EVERY))
    assert refusals.refusal_of(shop) is None


def test_what_was_put_off_while_the_key_was_dead_is_due_as_soon_as_it_is_let_in(world, shop):
    world.pull("disconnect")
    feel(stripe_for_workers, NOW)
    put_off = make_action(make_case(shop), due_at=NOW + 8 * MINUTE, reason=LockedOut("Expired API Key").why)
    planned = make_action(make_case(shop), due_at=NOW + 8 * MINUTE)
    of_another = make_action(make_case(), due_at=NOW + 8 * MINUTE, reason=LockedOut("Expired API Key").why)
    feel(stripe_for_workers, at(NOW + EVERY))
    assert moment(put_off) == NOW + 8 * MINUTE, "it is dead yet"
    world.pull("disconnect", connected=True)
    feel(stripe_for_workers, at(NOW + 2 * EVERY))
    assert [moment(each) for each in (put_off, planned, of_another)] == [
        NOW + 2 * EVERY, NOW + 8 * MINUTE, NOW + 8 * MINUTE,
    ]  # fmt: skip


def moment(action):
    action.refresh_from_db()
    return action.due_at


def test_the_watch_is_more_often_than_what_waits_for_it_believes():
    assert 2 * EVERY < refusals.WATCHED_FOR


def test_a_silence_is_counted_and_no_refusal(shop):
    type(shop).objects.update(api_base="http://127.0.0.1:9")
    for _ in range(circuit_breaker.OPENS_AFTER["lane"]):
        clock.travel_to(clock.now() + EVERY)
        assert feel(stripe_for_workers, clock.now()) == 1
    assert feel(stripe_for_workers, clock.now() + SECOND) == 0
    assert refusals.refusal_of(shop) is None


def test_a_disconnected_account_is_not_asked(shop):
    disconnect(shop, by="ada@alpine.example", now=NOW)
    assert feel(stripe_for_workers, NOW) == 0


def test_a_worker_that_was_told_to_end_asks_no_further(shop):
    make_connection()
    assert feel(stripe_for_workers, NOW, ended=lambda: True) == 0

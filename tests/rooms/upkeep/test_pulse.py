"""A dead key is seen within a minute, told to the owners once, and seen to live again within a minute."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.factories import NOW, make_action, make_case, make_connection, make_member
from tideover import clock
from tideover.flow import circuit_breaker, refusals
from tideover.flow.models import Lane
from tideover.flow.stripe import stripe_for_workers
from tideover.gateways.answers import LockedOut
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import running
from tideover.tenants.disconnecting import disconnect
from tideover.tenants.roles import Role
from tideover.upkeep.pulse import EVERY, feel, tell

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


class Letters:
    """A mail server that keeps what it took."""

    def __init__(self, *, takes=True) -> None:
        self.takes = takes
        self.of: list[Any] = []

    def __call__(self, address, letter, _now) -> bool:
        self.of.append((address, letter))
        return self.takes


def test_each_account_is_asked_about_once_a_minute_and_never_more(shop):
    assert feel(stripe_for_workers, NOW) == 1
    assert feel(stripe_for_workers, at(NOW + EVERY - SECOND)) == 0
    assert feel(stripe_for_workers, at(NOW + EVERY)) == 1
    assert timedelta(seconds=20) < EVERY < timedelta(minutes=1) - timedelta(seconds=10)


def test_a_dead_key_is_seen_and_its_life_too(world, shop):
    world.pull("disconnect")
    feel(stripe_for_workers, NOW)
    assert "not have access" in refusals.refusal_of(shop).why
    assert tell(NOW, Letters()) == 0, "nobody owns it"
    assert Lane.objects.get().told_at == NOW, "and yet it is taken for dead"
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


# ── told ──


@pytest.fixture
def dead():
    connection = make_connection(account_name="Alpine")
    make_action(make_case(connection), due_at=NOW - SECOND)
    refusals.record(connection, "Expired API Key", NOW, all_calls=True)
    return connection


def test_the_owners_are_told_once_what_waits_and_where_to_go(dead):
    owner = make_member(organization=dead.organization)
    make_member(organization=dead.organization, role=Role.ADMIN)
    make_member()
    letters = Letters()
    assert [tell(NOW, letters) for _ in range(3)] == [1, 0, 0]
    [(address, letter)] = letters.of
    assert (address, letter.subject) == (owner.user.email, "Stripe refuses the key of Alpine")
    said = " ".join(letter.paragraphs)
    assert "It says: Expired API Key. " in said
    assert "1 step waits at this moment." in said
    assert letter.url.endswith("/connections/")


def test_a_key_that_dies_again_is_told_again(dead):
    make_member(organization=dead.organization)
    letters = Letters()
    tell(NOW, letters)
    refusals.end(dead, NOW + SECOND)
    assert tell(NOW + SECOND, letters) == 0
    refusals.record(dead, "Expired API Key", NOW + 2 * SECOND, all_calls=True)
    assert (tell(NOW + 2 * SECOND, letters), len(letters.of)) == (1, 2)


def test_what_no_mail_server_takes_is_told_in_the_next_round(dead):
    make_member(organization=dead.organization)
    assert tell(NOW, Letters(takes=False)) == 0
    assert tell(NOW, Letters()) == 1


def test_one_missing_permission_is_no_dead_key(dead):
    make_member(organization=dead.organization)
    refusals.record(dead, "This key lacks rak_invoice_write", NOW, all_calls=False)
    assert tell(NOW, Letters()) == 0


def test_a_merchant_without_an_owner_is_looked_at_once(dead):
    assert tell(NOW, Letters()) == 0
    assert Lane.objects.get().told_at == NOW

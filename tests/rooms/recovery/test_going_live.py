"""While recovery is off nothing is charged, sent or changed; going live goes on from the day each case is at."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import make_connection, make_ruleset
from tests.fakes import NOW, effects
from tests.rooms.recovery.conftest import World
from tideover import clock
from tideover.core.presets import PRESETS
from tideover.core.steps import CHARGES, MESSAGES
from tideover.recovery import commands, sweep
from tideover.recovery.known import known_of
from tideover.recovery.models import Action, Case
from tideover.recovery.planning import replan
from tideover.tenants.models import Connection
from tideover.tenants.settings import turn_recovery
from tideover.worker.loop import next_due, run_until_quiet

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def turned(world: World, *, on: bool, at: datetime | None = None) -> World:
    turn_recovery(world.connection.project, on=on, by="alice@alpine.example", now=at or world.now)
    world.connection = Connection.objects.select_related("organization", "project").get(pk=world.connection.pk)
    return world


def an_off_world(preset: str) -> World:
    connection = make_connection(mode="act")
    make_ruleset(connection.project, preset)
    return turned(World(connection), on=False)


@pytest.fixture
def off(db):
    yield an_off_world("revguard")
    clock.travel_to(None)


def watched(world: World, days: float) -> World:
    """The days pass; the worker looks for work, and the case is read again, once a day."""
    for _ in range(int(days)):
        world.day((world.now - NOW) / DAY + 1)
        run_until_quiet(effects(world.stripe, world.mail), world.now)
        sweep.reread_stale(world.connection, world.stripe, world.now)
    return world


def test_a_failure_opens_a_case_that_is_watched_and_nothing_is_charged_or_sent(off):
    off.payment_fails()
    watched(off, 40)
    assert (off.stripe.writes, off.mail.accepted) == ([], [])
    assert off.case.state == Case.State.FAILING
    assert off.story() == []
    off.stripe.invoice = None
    watched(off, 2)
    assert off.case.state == Case.State.CANCELED


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    preset=st.sampled_from(sorted(PRESETS)),
    code=st.sampled_from(["insufficient_funds", "expired_card", "do_not_honor", "authentication_required"]),
    turns=st.lists(st.integers(1, 4), min_size=1, max_size=4),
    begins_off=st.booleans(),
)
def test_whenever_it_is_turned_nothing_happens_while_it_is_off(preset, code, turns, begins_off):
    world = an_off_world(preset)
    turned(world, on=not begins_off)
    on = not begins_off
    world.payment_fails(code)
    for days in turns:
        before = (len(world.stripe.writes), len(world.mail.accepted))
        watched(world, days)
        assert on or before == (len(world.stripe.writes), len(world.mail.accepted))
        on = not on
        turned(world, on=on)
    clock.travel_to(None)
    Action.objects.update(state=Action.State.DROPPED)  # the next example begins with a world of its own
    Case.objects.update(state=Case.State.CANCELED)


def test_what_is_planned_while_it_is_off_lies_ahead(off):
    off.payment_fails()
    watched(off, 9)
    planned = Action.objects.filter(state=Action.State.PLANNED)
    assert planned.exists()
    assert not planned.filter(due_at__lt=off.now - DAY).exists()


def test_going_live_goes_on_from_the_day_it_is_at_and_makes_up_for_nothing(db):
    off = an_off_world("tuned")
    off.payment_fails()
    watched(off, 8)
    turned(off, on=True)
    run_until_quiet(effects(off.stripe, off.mail), off.now)
    assert (off.stripe.writes, off.mail.accepted) == ([], [])
    off.day(40)
    clock.travel_to(None)
    tried = Action.objects.filter(do__in=CHARGES, started_at__isnull=False)
    assert tried.exists()
    assert not tried.filter(due_at__lte=NOW + 8 * DAY).exists()
    days = [int(action.rule.rpartition("-")[2]) for action in Action.objects.filter(do__in=MESSAGES, state="done")]
    assert days
    assert min(days) > 8


def test_a_step_due_at_the_very_moment_of_going_live_was_due_before(world):
    world.payment_fails()
    first = Action.objects.filter(do__in=CHARGES).earliest("due_at")
    turned(world, on=False)
    turned(world, on=True, at=first.due_at)
    world._at(first.due_at)
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    assert world.stripe.writes == []


def test_a_failure_while_it_is_live_is_made_up_for_as_ever(world):
    turned(world, on=False)
    turned(world, on=True)
    case = world.payment_fails()
    late = Action.objects.filter(do__in=CHARGES).earliest("due_at").due_at + 3 * timedelta(hours=1)
    replan(known_of([case], late), late)
    assert next_due(late) == late


@pytest.mark.parametrize("asked", [commands.retry_now, commands.send_link])
def test_nobody_may_ask_for_what_would_not_be_done(off, asked):
    case = off.payment_fails()
    refused = asked(case, by="bob@alpine.example", now=off.now)
    assert refused is not None
    assert "Recovery is off for this project" in refused.why


def test_a_message_under_way_stays_when_it_is_turned_off(world):
    world.payment_fails("expired_card")
    world.mail.in_line = lambda: turned(world, on=False)
    world.day(3)
    assert world.mail.accepted == []

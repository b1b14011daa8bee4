"""A plan in an account that is only observed: nothing can be charged for it, so it does not stand for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import DAY, make_plan
from tests.fakes import NOW, effects
from tests.rooms.recovery.conftest import World
from tideover import clock
from tideover.recovery import sweep
from tideover.recovery.models import Case, Plan
from tideover.tenants.models import Connection
from tideover.worker.loop import next_due, run_until_quiet

pytestmark = pytest.mark.django_db


@pytest.fixture
def observed(world):
    """The second part is due in a week, and from today on the account is only observed."""
    case = world.payment_fails()
    make_plan(case, agreed_at=NOW).parts.filter(number=2).update(due_at=NOW + 7 * DAY)
    Connection.objects.update(mode="observe")
    world.connection = Connection.objects.select_related("organization", "project").get()
    world.stripe.may_write = False
    world.change(amount_paid=3300, amount_remaining=6600)
    return world


def watched(world: World, days: int) -> World:
    """The days pass, and the case is read once in each."""
    for _ in range(days):
        world.now += DAY
        clock.travel_to(world.now)
        run_until_quiet(effects(world.stripe, world.mail), world.now)
        sweep.reread_stale(world.connection, world.stripe, world.now)
    return world


def test_for_a_week_after_a_part_was_due_it_stands_then_it_is_ended_and_the_rules_go_on(observed):
    watched(observed, 14)
    assert Plan.objects.get().state == "stands"
    assert observed.mail.accepted == []
    watched(observed, 1)
    plan = Plan.objects.get()
    assert (plan.state, plan.why_ended) == (
        "ended", "a part was due a week before, and nothing can be charged in observe mode",
    )  # fmt: skip
    watched(observed, 60)
    assert observed.mail.accepted
    assert observed.case.state == Case.State.ABANDONED
    assert observed.stripe.writes == []
    assert next_due(observed.now + timedelta(days=400)) is None


def test_who_acts_again_within_the_week_has_the_plan_go_on(observed):
    watched(observed, 13)
    Connection.objects.update(mode="act")
    observed.stripe.may_write = True
    observed.connection.refresh_from_db()
    watched(observed, 3)
    assert [what for what, _ in observed.stripe.writes][:1] == ["pay part"]
    assert Plan.objects.get().state == "stands"

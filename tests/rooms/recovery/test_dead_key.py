"""While Stripe does not let us in: what is due waits, nothing is skipped, and afterwards each case goes on or ends."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.fakes import effects
from tideover.gateways.answers import LockedOut
from tideover.recovery.models import Action
from tideover.recovery.reconcile import reconcile
from tideover.worker.loop import run_until_quiet

DAY = timedelta(days=1)


def key_dies(world):
    def refuse():
        raise LockedOut("Expired API key provided")

    world.stripe.before_reading = refuse


def key_is_replaced(world):
    world.stripe.before_reading = lambda: None


def wait(world, days):
    """Days with a dead key: what is due is tried now and then."""
    for _ in range(days):
        world._at(world.now + DAY)
        run_until_quiet(effects(world.stripe, world.mail), world.now)


@pytest.fixture
def failing(world):
    world.payment_fails()
    world.day(0.5)
    return world


def test_what_is_due_waits_with_its_reason(failing):
    planned = set(Action.objects.filter(state="planned").values_list("step", flat=True))
    key_dies(failing)
    wait(failing, 20)
    waiting = Action.objects.filter(state="planned")
    assert set(waiting.values_list("step", flat=True)) == planned
    assert waiting.order_by("due_at").first().reason == "Stripe does not let us in: Expired API key provided"


def test_a_case_whose_end_fell_into_that_time_ends_and_nothing_is_sent_in_a_burst(failing):
    sent, paid = len(failing.mail.accepted), len(failing.stripe.payments)
    key_dies(failing)
    wait(failing, 20)
    key_is_replaced(failing)
    failing.day(24)
    assert failing.case.state == "abandoned"
    assert (len(failing.mail.accepted), len(failing.stripe.payments)) == (sent, paid)
    late = Action.objects.filter(state="dropped", do="message")
    assert sorted(action.reason for action in late) == [
        "The message of day 3 was left out: it was more than a day late.",
        "The message of day 7 was left out: it was more than a day late.",
    ]


def test_after_a_short_time_the_plan_goes_on(failing):
    key_dies(failing)
    wait(failing, 2)
    key_is_replaced(failing)
    failing.day(15)
    assert [step for step in failing.story() if "message" in step][-1].startswith("day 7")


def test_a_charge_in_doubt_waits_for_the_key_and_is_not_buried(failing):
    action = Action.objects.filter(do="charge", state="planned").order_by("due_at").first()
    Action.objects.filter(pk=action.pk).update(
        state="claimed", started_at=failing.now - 2 * DAY, lease_until=failing.now, lease_token=action.pk
    )
    key_dies(failing)
    reconcile(effects(failing.stripe, failing.mail), failing.now)
    action.refresh_from_db()
    assert action.state == "claimed"

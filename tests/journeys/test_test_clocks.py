"""A case on one of Stripe's test clocks lives through the same story as one that goes by the wall, whatever that shows."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.journeys.conftest import DAY, START, Shop
from tideover.flow.stripe import stripe_for
from tideover.messages.models import Message
from tideover.recovery.models import Action, Case
from tideover.recovery.test_clocks.moving import Advance, advance, follow, on_their_way

pytestmark = pytest.mark.django_db(transaction=True)
SECOND = timedelta(seconds=1)
SOON = timedelta(minutes=5)
TRIED = SOON + timedelta(hours=1)  # after the beginning: the renewal's invoice was finalized, and its charge failed
MOST = 40  # advances; a story of 28 days has fewer steps


def story(case: Case) -> list[str]:
    """Each step that was done, and how long after the failure it was due; what was dropped is none."""
    done = case.actions.filter(state=Action.State.DONE).order_by("due_at", "id")
    return [f"{step.due_at - case.opened_at}  {step.step} {step.template}: {step.outcome}" for step in done]


def words(case: Case) -> list[tuple[str, str, str]]:
    written = Message.objects.filter(about=case.pk).order_by("id")
    return [(message.subject, message.template, message.tone) for message in written]


def by_the_wall(shop: Shop, begins: datetime, card: str) -> Case:
    shop.machine.move(begins)
    shop.renewal_comes(card)
    shop.machine.move(begins + TRIED)
    case = shop.case
    shop.failed_at = case.opened_at
    shop.until_day(30)  # by then the next renewal may have failed too
    return Case.objects.get(pk=case.pk)


def on_a_clock(shop: Shop, begins: datetime, card: str) -> Case:
    """The same renewal for a customer who hangs on a test clock that shows the same time."""
    clock = shop.client.v1.test_helpers.test_clocks.create({"frozen_time": int(begins.timestamp())})
    customer = shop.client.v1.customers.create(
        {"name": "Pia Payer", "email": "pia@payer.example", "address": {"country": "GB"}, "test_clock": clock.id}
    )
    shop.customer = customer
    shop.use_card(card)
    price = shop.client.v1.prices.create(
        {"product_data": {"name": "Pro"}, "currency": "usd", "unit_amount": 9900, "recurring": {"interval": "month"}}
    )
    shop.subscription = shop.client.v1.subscriptions.create(
        {"customer": customer.id, "items": [{"price": price.id}], "trial_end": int((begins + SOON).timestamp())}
    )
    moved_at_stripe(shop, clock.id, begins + TRIED)
    return Case.objects.get(customer_id=customer.id)


def moved_at_stripe(shop: Shop, clock_id: str, to: datetime) -> None:
    """Somebody advances the clock in Stripe's dashboard."""
    shop.client.v1.test_helpers.test_clocks.advance(clock_id, {"frozen_time": int(to.timestamp())})
    while shop.client.v1.test_helpers.test_clocks.retrieve(clock_id).status != "ready":
        pass  # each question lets the simulator go on
    a_moment_passes(shop)


def a_moment_passes(shop: Shop) -> None:
    shop.machine.move(shop.machine.now + SECOND)


def to_the_next_step(shop: Shop, case: Case) -> bool:
    """Press the button and wait until what came due is done; False where there is no next step."""
    asked = advance(
        Case.objects.get(pk=case.pk), stripe_for(shop.connection), by="alice@a.example", now=shop.machine.now
    )
    while on_their_way():
        follow(stripe_for, shop.machine.now)
    a_moment_passes(shop)
    return isinstance(asked, Advance)


def until_the_end(shop: Shop, case: Case) -> Case:
    assert sum(to_the_next_step(shop, case) for _ in range(MOST)) < MOST
    return Case.objects.get(pk=case.pk)


@pytest.mark.parametrize(
    ("preset", "clock_at", "wall_at"),
    [("recover", START, START + 40 * DAY), ("tuned", START + 40 * DAY, START)],
    ids=["a clock that is behind", "a clock that is ahead"],
)
def test_the_same_case_has_the_same_story_by_a_test_clock_and_by_the_wall(open_shop, preset, clock_at, wall_at):
    card = "pm_sim_decline_insufficient_funds"
    wall = by_the_wall(open_shop(preset), clock_at, card)
    expected, said = story(wall), words(wall)
    assert len(expected) > 8
    shop = open_shop(preset, seed="2")
    shop.machine.move(wall_at)
    case = until_the_end(shop, on_a_clock(shop, clock_at, card))
    assert story(case) == expected
    assert words(case) == said

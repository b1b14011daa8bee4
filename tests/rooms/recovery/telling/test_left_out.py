"""A message that is for some payments alone: Stripe's invoice tells what the case is for, and the reason is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes import NOW
from tideover.core.money import Money
from tideover.core.rules import PRESETS
from tideover.core.settings.conditions import Condition
from tideover.dashboard.cases.timeline import why_of
from tideover.recovery.intake import take_reading
from tideover.recovery.models import Action
from tideover.recovery.rulesets import adopt
from tideover.recovery.telling.why import why

REVGUARD = PRESETS["revguard"]
GOLD, SILVER = "price_1PZq4mKx8Yt2Lw9sR3vB7nCd", "price_1PZq4mKx8Yt2Lw9sAAAAAAAA"
FOR_GOLD = f"The message of day 3 is left out: it goes out only for {GOLD}, and"


def only(world, condition):
    """Rules of whose three messages the second is for some payments alone."""
    first, second, last = REVGUARD.messages
    messages = (first, replace(second, only=condition), last)
    adopt(world.connection.project, "mine", replace(REVGUARD, name="mine", messages=messages), NOW)


def written(world):
    return [line.partition("  ")[2] for line in world.story() if "message" in line]


def test_a_message_goes_to_who_is_in_its_segment_and_follows_who_moves_to_another(world):
    only(world, Condition(segments=("enterprise",)))
    case = world.payment_fails(segment="starter")
    for_others = "it goes out only for customers in the segment “enterprise”, and this one is in"
    assert why(case, NOW).silent == (f"The message of day 3 is left out: {for_others} “starter”.",)
    world.change(segment="enterprise")
    take_reading(world.connection, world.stripe.invoice, world.now)
    assert Action.objects.get(case=case, template="reminder").state == Action.State.PLANNED
    world.change(segment="")
    take_reading(world.connection, world.stripe.invoice, world.now)
    assert Action.objects.get(case=case, template="reminder").reason == (
        f"The message of day 3 is left out: {for_others} none."
    )
    world.day(13)
    assert written(world) == ["message failed: sent", "message final: sent"]


@pytest.mark.parametrize(
    ("prices", "sent"),
    [
        ((GOLD, "prod_QfT8mLk3wXz1Ab"), ["message failed: sent", "message reminder: sent", "message final: sent"]),
        ((SILVER,), ["message failed: sent", "message final: sent"]),
        ((), ["message failed: sent", "message final: sent"]),
    ],
)
def test_a_message_goes_to_who_pays_for_what_it_is_for(world, prices, sent):
    only(world, Condition(prices=(GOLD,)))
    world.payment_fails(prices=prices)
    world.day(13)
    assert written(world) == sent


def test_why_it_is_not_written_stands_with_the_next_message_in_the_answer_to_why_and_with_the_end(world):
    only(world, Condition(prices=(GOLD,)))
    case = world.payment_fails(prices=(SILVER,))
    reason = f"{FOR_GOLD} this payment is for {SILVER}."
    assert why(case, NOW).silent == (reason,)
    last = Action.objects.get(case=case, template="final")
    assert why_of(last).instead == [reason]
    world.day(13)
    assert why_of(Action.objects.get(case=case, do="close")).instead == [reason]


def test_what_stops_to_be_for_the_case_is_dropped_with_its_reason(world):
    """Of the sum a part is paid: what is owed now is below what the message is for."""
    only(world, Condition(least=(Money(5000, "usd"),)))
    case = world.payment_fails()
    assert Action.objects.get(case=case, template="reminder").state == Action.State.PLANNED
    world.change(amount_remaining=1000, amount_paid=8900)
    take_reading(world.connection, world.stripe.invoice, world.now)
    dropped = Action.objects.get(case=case, template="reminder")
    assert dropped.state == Action.State.DROPPED
    assert dropped.reason == (
        "The message of day 3 is left out: it goes out only where at least $50.00 is owed, and $10.00 is."
    )


def test_what_a_case_of_before_is_for_is_learnt_with_its_next_reading(world):
    only(world, Condition(prices=(GOLD,)))
    case = world.payment_fails()
    assert why(case, NOW).silent == (f"{FOR_GOLD} what this payment is for is not known.",)
    world.change(prices=(GOLD,))
    case = take_reading(world.connection, world.stripe.invoice, world.now)
    assert why(case, NOW).silent == ()
    assert Action.objects.get(case=case, template="reminder").state == Action.State.PLANNED

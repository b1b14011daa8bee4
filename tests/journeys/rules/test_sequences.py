"""Messages for some payments alone, over the wire: Stripe's own invoice tells what it is for, and the story says why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.journeys.conftest import START
from tideover.clock import now
from tideover.core.rules import PRESETS
from tideover.core.settings.conditions import Condition
from tideover.recovery.models import Action
from tideover.recovery.rulesets import adopt
from tideover.recovery.telling.why import why

TUNED = PRESETS["tuned"]  # messages on days 0, 3, 7, 14, 21 and 27


def test_messages_go_out_for_the_price_that_stripe_names_and_each_other_is_told(open_shop):
    shop = open_shop("tuned")
    shop.renewal_comes("pm_sim_decline_insufficient_funds")
    price = shop.subscription["items"]["data"][0]["price"]["id"]
    first, reminder, urgent, help_, *last = TUNED.messages
    messages = (
        first,
        replace(reminder, only=Condition(prices=(price,), after_trial=True)),
        replace(urgent, only=Condition(prices=("price_of_another_plan",))),
        replace(help_, hour=16),
        *last,
    )
    adopt(shop.connection.project, "mine", replace(TUNED, name="mine", messages=messages), START)
    shop.machine.move(shop.machine.now + timedelta(hours=3))
    shop.failed_at = shop.case.opened_at
    assert price in shop.case.prices.split()
    [silent] = why(shop.case, now()).silent
    assert silent.startswith("The message of day 7 is left out: it goes out only for price_of_another_plan, and")
    shop.until_day(29)
    sent = Action.objects.filter(do="message", outcome="sent").order_by("settled_at")
    assert [(row.step, row.template) for row in sent] == [
        ("message-1", "failed"),
        ("message-2", "reminder"),
        ("message-4", "help"),
        ("message-5", "last_chance"),
        ("message-6", "final"),
    ]
    assert sent[2].settled_at.hour in {15, 16}  # at four in London, by the time of the year
    assert silent in Action.objects.get(step="message-4").instead
    assert len(shop.mail.accepted) == len(sent)


def test_a_segment_at_stripe_says_for_whom_a_message_is_and_an_open_case_follows_it(open_shop):
    shop = open_shop("tuned")
    shop.renewal_comes("pm_sim_decline_insufficient_funds")
    first, reminder, *others = TUNED.messages
    messages = (first, replace(reminder, only=Condition(segments=("enterprise",))), *others)
    adopt(shop.connection.project, "mine", replace(TUNED, name="mine", messages=messages), START)
    shop.machine.move(shop.machine.now + timedelta(hours=3))
    [silent] = why(shop.case, now()).silent
    assert silent.endswith("only for customers in the segment “enterprise”, and this one is in none.")
    named = {"metadata": {"tideover_segment": "Enterprise"}}
    shop.client.v1.customers.update(shop.case.customer_id, named)  # type: ignore[arg-type]
    shop.machine.move(shop.machine.now + timedelta(hours=1))
    assert why(shop.case, now()).silent == ()
    shop.failed_at = shop.case.opened_at
    shop.until_day(5)
    assert Action.objects.get(case=shop.case, step="message-2").outcome == "sent"

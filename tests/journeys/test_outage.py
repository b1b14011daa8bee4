"""Hours without any webhook: after catch-up and sweep the books are those of a shop where nothing was ever lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.journeys.conftest import Shop
from tideover import clock
from tideover.flow.stripe import stripe_for
from tideover.inbox.models import StripeEvent
from tideover.recovery.models import Attempt, Case, LearntFact
from tideover.upkeep.rounds import Kept, keep_up
from tideover.worker.loop import run_until_quiet

HOUR = timedelta(hours=1)


def lose_deliveries(shop: Shop, until: Any) -> None:
    httpx.post(f"{shop.world.url}/_sim/drop_deliveries", json={"until": int(until.timestamp())}, trust_env=False)


def customers(shop: Shop, cards: list[str]) -> list[Any]:
    """One subscription a card, all renewing five minutes from now."""
    v1, made = shop.client.v1, []
    price = v1.prices.create(
        {"product_data": {"name": "Pro"}, "currency": "usd", "unit_amount": 9900, "recurring": {"interval": "month"}}
    )
    trial_end = int((shop.machine.now + timedelta(minutes=5)).timestamp())
    for number, card in enumerate(cards):
        shop.customer = v1.customers.create(
            {"name": f"Payer {number}", "email": f"payer{number}@payer.example", "address": {"country": "GB"}}
        )
        shop.use_card(card)
        made.append(
            v1.subscriptions.create(
                {"customer": shop.customer.id, "items": [{"price": price.id}], "trial_end": trial_end}
            )
        )
    return made


def what_happens(shop: Shop) -> None:
    """Three renewals fail; one customer pays by hand, one subscription is canceled, one goes on failing."""
    subscriptions = customers(shop, ["pm_sim_decline_insufficient_funds"] * 3)
    shop.machine.move(shop.machine.now + 2 * HOUR)
    v1 = shop.client.v1
    paid, canceled, _ = subscriptions
    [invoice] = [i for i in v1.invoices.list({"subscription": paid.id}).data if i.status == "open"]
    fresh = v1.payment_methods.attach("pm_card_visa", {"customer": paid.customer})
    v1.invoices.pay(invoice.id, {"payment_method": fresh.id})
    v1.subscriptions.cancel(canceled.id)
    shop.machine.move(shop.machine.now + 2 * HOUR)


def books() -> list[tuple[Any, ...]]:
    """Every case without what only a clock of ours has made: when it was learnt, and ids."""
    return [
        (
            case.customer_email, case.state, case.amount_due, case.amount_recovered, case.via, case.family,
            case.opened_at, case.ended_at, case.processing,
            sorted(LearntFact.objects.filter(case=case).exclude(kind="method_attached").values_list("kind", "at")),
            sorted(Attempt.objects.filter(case=case).values_list("at", "outcome", "by", "code")),
        )
        for case in Case.objects.order_by("customer_email")
    ]  # fmt: skip


def caught_up(shop: Shop) -> Kept:
    kept = keep_up(stripe_for, clock.now())
    run_until_quiet(shop.machine.effects, clock.now())
    return kept


@pytest.mark.parametrize("way", ["catch-up", "sweep"])
def test_four_hours_without_webhooks_end_in_the_books_of_a_shop_without_an_outage(open_shop, way):
    calm = open_shop("recover")
    what_happens(calm)
    expected = books()
    assert [row[1] for row in expected] == ["recovered", "churned", "failing"]
    Case.objects.all().delete()
    StripeEvent.objects.all().delete()
    calm.connection.delete()

    cut_off = open_shop("recover")
    lose_deliveries(cut_off, cut_off.machine.now + timedelta(days=30))
    what_happens(cut_off)
    assert books() == []
    if way == "catch-up":
        assert caught_up(cut_off).caught > 0
        assert books() == expected
        assert caught_up(cut_off) == Kept()
    else:  # not even the list has them: what is still open is found by looking at the invoices
        cut_off.connection.events_seen_to = clock.now()
        cut_off.connection.save()
        assert caught_up(cut_off).opened == 2
        assert books() == [row for row in expected if row[1] != "recovered"]


def asked_of_stripe(shop: Shop) -> int:
    """How many reads its API has answered so far."""
    return int(httpx.get(f"{shop.world.url}/_sim/requests", trust_env=False).json()["methods"]["GET"])


def test_a_thousand_missed_events_are_caught_up_once_and_by_the_page(open_shop):
    shop = open_shop("recover")
    lose_deliveries(shop, shop.machine.now + timedelta(days=30))
    customers(shop, ["pm_card_visa"] * 500)
    shop.machine.move(shop.machine.now + 2 * HOUR)
    before = asked_of_stripe(shop)
    with CaptureQueriesContext(connection) as asked:
        kept = keep_up(stripe_for, clock.now())
    assert kept.caught == StripeEvent.objects.count()
    assert kept.caught >= 1000
    pages = kept.caught / 100
    assert asked_of_stripe(shop) - before < 2 * pages, "not one by one"
    assert len(asked) < 10 * pages
    assert keep_up(stripe_for, clock.now()) == Kept()

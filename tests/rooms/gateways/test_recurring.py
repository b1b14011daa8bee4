"""What of an invoice comes back, brought to one month: subscriptions' lines, and neither taxes, prorations nor usage."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tideover.gateways.recurring import ends_a_trial, monthly_of, prices_of

JULY, AUGUST, NEXT_JULY = (int(datetime(*day, tzinfo=UTC).timestamp()) for day in ((2026, 7, 1), (2026, 8, 1), (2027, 7, 1)))  # fmt: skip


def line(
    amount: object = 9900, *, item: str = "si_1", start: int = JULY, end: int = AUGUST, **values: Any
) -> dict[str, Any]:
    """A line of a subscription; `proration` and `discount` are its own."""
    details = {"subscription_item": item, "proration": values.get("proration", False)}
    return {
        "amount": amount,
        "discount_amounts": [{"amount": values["discount"]}] if "discount" in values else [],
        "parent": {"type": "subscription_item_details", "subscription_item_details": details},
        "period": {"start": start, "end": end},
    }


SINGLE = {
    "amount": 5000,
    "parent": {"invoice_item_details": {"invoice_item": "ii_1"}, "subscription_item_details": None},
}


def subscription(interval: str = "month", count: int = 1, **values: Any) -> dict[str, Any]:
    """With one item, si_1."""
    recurring = {"interval": interval, "interval_count": count, "usage_type": values.pop("usage", "licensed")}
    return {"items": {"data": [{"id": "si_1", "price": {"recurring": recurring}}]}, **values}


def invoice(*lines: dict[str, Any]) -> dict[str, Any]:
    return {"currency": "usd", "lines": {"data": list(lines)}}


@pytest.mark.parametrize(
    ("interval", "count", "month"),
    [
        ("month", 1, 9900),
        ("month", 3, 3300),
        ("year", 1, 825),
        ("year", 2, 412),
        ("week", 4, 10762),
        ("day", 30, 10044),
    ],
)
def test_a_line_counts_by_the_billing_of_its_item(interval, count, month):
    assert monthly_of(invoice(line()), subscription(interval, count)) == month


def test_the_lines_of_an_invoice_add_up_less_their_discounts():
    assert monthly_of(invoice(line(9900, discount=900), line(600)), subscription("year")) == 750 + 50


@pytest.mark.parametrize("other", [SINGLE, line(300, proration=True), line(300) | {"amount": None}])
def test_what_does_not_come_back_counts_for_nothing(other):
    assert monthly_of(invoice(line(), other), subscription()) == 9900
    assert monthly_of(invoice(other), subscription()) is None


def test_usage_is_no_recurring_revenue():
    assert monthly_of(invoice(line()), subscription(usage="metered")) is None


@pytest.mark.parametrize("unknown", [{}, subscription(), {"items": {"data": [{"id": "si_9", "price": "price_1"}]}}])
def test_of_an_item_the_subscription_has_no_more_the_days_of_the_period_tell(unknown):
    assert monthly_of(invoice(line(12000, item="si_8", end=NEXT_JULY)), unknown) == 1001
    assert monthly_of(invoice(line(12000, item="si_8", end=JULY)), unknown) == 12000 * 30.4375


@pytest.mark.parametrize("odd", [{"interval": "month", "interval_count": "1"}, {"interval": 5}, {"interval": "month"}])
def test_a_billing_that_cannot_be_read_leaves_the_figure_out_and_not_the_invoice(odd):
    told = {"items": {"data": [{"id": "si_1", "price": {"recurring": odd}}]}}
    assert monthly_of(invoice(line()), told) == (9900 if odd == {"interval": "month"} else None)
    assert ends_a_trial(invoice(line()), {"trial_end": "soon"}) is False


def test_credits_make_no_revenue_below_nothing():
    assert monthly_of(invoice(line(-500)), subscription()) == 0


@pytest.mark.parametrize(("ended", "first"), [(JULY, True), (AUGUST, False), (None, False)])
def test_the_first_invoice_after_a_trial_begins_where_the_trial_ended(ended, first):
    assert ends_a_trial(invoice(line()), subscription(trial_end=ended)) is first
    assert ends_a_trial(invoice(SINGLE), subscription(trial_end=JULY)) is False


def priced(amount: object, price: str, product: str) -> dict[str, Any]:
    return {**line(amount), "pricing": {"type": "price_details", "price_details": {"price": price, "product": product}}}


def test_what_an_invoice_charges_for_is_told_by_its_lines_without_what_is_credited_or_free():
    told = invoice(
        priced(2400, "price_gold", "prod_plan"),
        priced(900, "price_seat", "prod_plan"),
        priced(-500, "price_before", "prod_before"),
        priced(0, "price_free", "prod_free"),
        {**SINGLE, "pricing": None},
    )
    assert prices_of(told) == ("price_gold", "prod_plan", "price_seat")
    assert prices_of(invoice({**line(), "pricing": "odd"})) == ()

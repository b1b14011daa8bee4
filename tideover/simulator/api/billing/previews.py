"""The next invoice as it would be: worked out like any other, and kept nowhere.

Sources: https://docs.stripe.com/api/invoices/create_preview, https://docs.stripe.com/error-codes
(invoice_upcoming_none). What its id looks like is not confirmed. Nothing is prorated.
"""

from __future__ import annotations

from dataclasses import dataclass

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.billing.invoice_items import line_of_item, waiting
from tideover.simulator.api.billing.invoice_lines import Line, add_line
from tideover.simulator.api.billing.invoicing import Bill, balanced, blank
from tideover.simulator.api.billing.renewing import line_of, period_end
from tideover.simulator.api.billing.standing import OVER
from tideover.simulator.api.billing.subscription_items import PRORATION, check_item
from tideover.simulator.api.catalog.making import AMOUNT
from tideover.simulator.clock.periods import end_of
from tideover.simulator.wire.changes import found, now_of, refuse_unless
from tideover.simulator.wire.errors import StripeError, invalid, missing, required
from tideover.simulator.wire.forms import between, flag, instant, listed, one_of, shape, text
from tideover.simulator.wire.operations import Call, operation
from tideover.simulator.wire.texts import currency

ITEM = shape({"id": text, "price": text, "quantity": between(0), "deleted": flag})
EXTRA = shape(
    {"amount": AMOUNT, "currency": currency, "description": text, "quantity": between(1)}, needs=("amount", "currency")
)
PREVIEW = {
    "customer": text,
    "subscription": text,
    "currency": currency,
    "preview_mode": one_of("next", "recurring"),
    "subscription_details": shape(
        {
            "items": listed(ITEM),
            "cancel_at_period_end": flag,
            "cancel_now": flag,
            "proration_behavior": PRORATION,
            "proration_date": instant,
        }
    ),
    "invoice_items": listed(EXTRA),
}


@dataclass(frozen=True, slots=True)
class Next:
    """What the next invoice is for: whose, of which subscription (None: one only thought of), from when on."""

    customer: Json
    subscription: Json | None
    items: list[Json]
    start: int


@operation("POST", "/v1/invoices/create_preview", PREVIEW)
def create_preview(sim: Simulator, call: Call) -> Json:
    params = call.params
    wanted = _next(sim, params)
    lines, money = _lines(sim, wanted), _currency(params, wanted)
    more = [] if params.get("preview_mode") == "recurring" else waiting(sim, wanted.customer, money)
    lines += [line_of_item(sim, item) for item in more] + _extras(params, money, wanted.start)
    if not lines:
        raise _none(wanted.customer)
    key = f"upcoming_in_{sim.ids.letters(24)}"
    fields = {
        "id": key,
        "discounts": _discounts(sim, wanted),
        "next_payment_attempt": wanted.start + sim.settings.draft_seconds,
        "period_end": wanted.start,
        "period_start": wanted.start,
    }
    invoice = blank(sim, Bill(wanted.customer, money, "upcoming", [], wanted.subscription, fields))
    for line in lines:
        add_line(sim, invoice, line)
    return invoice | balanced(invoice, wanted.customer)


def _next(sim: Simulator, params: Json) -> Next:
    details = params.get("subscription_details") or {}
    rows = details.get("items", [])
    if key := params.get("subscription"):
        subscription = found(sim.store.subscriptions, key, "subscription")
        customer = sim.store.customers.get(subscription["customer"])
        ends = details.get("cancel_at_period_end", subscription["cancel_at_period_end"]) or details.get("cancel_now")
        if customer is None or subscription["status"] in OVER or ends:
            raise _none({"id": subscription["customer"]})
        mine = params.get("customer") in {None, customer["id"]}
        refuse_unless(mine, "This subscription belongs to another customer.", param="subscription")
        start = period_end(subscription)
        return Next(customer, subscription, _changed(sim, subscription, rows, start), start)
    if not params.get("customer"):
        raise required("customer")
    customer = found(sim.store.customers, params["customer"], "customer")
    now = now_of(sim, customer)
    return Next(customer, None, _added(sim, rows, now), now)


def _changed(sim: Simulator, subscription: Json, rows: list[Json], start: int) -> list[Json]:
    """A subscription's items in the next period, as they would be after such an update."""
    known = {item["id"]: dict(item) for item in subscription["items"]["data"]}
    new = []
    for place, row in enumerate(rows):
        key, name = row.get("id"), f"subscription_details[items][{place}]"
        if key is not None and key not in known:
            raise missing("subscription_item", key, f"{name}[id]")
        if row.get("deleted"):
            known.pop(key or "", None)
        elif key is None:
            new.append(_item(sim, row, name))
        else:
            known[key] |= _item(sim, {"price": known[key]["price"]["id"], **row}, name, known[key]["quantity"])
    anchor = subscription["billing_cycle_anchor"]
    return [_dated(item, anchor, start) for item in (*known.values(), *new)]


def _added(sim: Simulator, rows: list[Json], now: int) -> list[Json]:
    named = [(row, f"subscription_details[items][{place}]") for place, row in enumerate(rows)]
    return [_dated(_item(sim, row, name), now, now) for row, name in named]


def _item(sim: Simulator, row: Json, name: str, quantity: int = 1) -> Json:
    check_item(sim, row, name)
    price, count = sim.store.prices[row["price"]], row.get("quantity", quantity)
    return {"price": price, "quantity": count} | ({} if row.get("id") else {"id": sim.ids.new("si", 14)})


def _dated(item: Json, anchor: int, start: int) -> Json:
    each = item["price"]["recurring"]
    end = end_of(anchor, each["interval"], each["interval_count"], start)
    return {**item, "current_period_start": start, "current_period_end": end}


def _lines(sim: Simulator, wanted: Next) -> list[Line]:
    # By then a trial is over.
    subscription = {"id": None, **(wanted.subscription or {}), "status": "active"}
    return [line_of(sim, subscription, item) for item in wanted.items]


def _currency(params: Json, wanted: Next) -> str:
    of_items = wanted.items[0]["price"]["currency"] if wanted.items else None
    money = of_items or params.get("currency") or wanted.customer["currency"] or "usd"
    refuse_unless(params.get("currency") in {None, money}, f"The items are in {money}.", param="currency")
    return str(money)


def _extras(params: Json, money: str, now: int) -> list[Line]:
    rows = params.get("invoice_items", [])
    for place, row in enumerate(rows):
        same = row["currency"] == money
        refuse_unless(same, f"The invoice is in {money}.", param=f"invoice_items[{place}][currency]")
    return [
        Line(row["amount"], row.get("description", ""), now, now, row.get("quantity", 1), invoice_item=f"ii_{place}")
        for place, row in enumerate(rows)
    ]


def _discounts(sim: Simulator, wanted: Next) -> list[str]:
    """The discounts that will still run."""
    ids = wanted.subscription["discounts"] if wanted.subscription else []
    ends = {key: sim.store.discounts[key]["end"] for key in ids}
    return [key for key in ids if ends[key] is None or ends[key] > wanted.start]


def _none(customer: Json) -> StripeError:
    words = f"No upcoming invoices for customer: {customer['id']}"
    return invalid(words, code="invoice_upcoming_none", status=404)

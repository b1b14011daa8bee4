"""An invoice's lines: its positions, and the sum they make of it.

Sources: https://docs.stripe.com/api/invoice-line-item/object.
"""

from __future__ import annotations

from dataclasses import dataclass

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.billing.discounts import spread
from tideover.simulator.wire.changes import found
from tideover.simulator.wire.listing import part
from tideover.simulator.wire.operations import CURSORS, Call, operation


@dataclass(frozen=True, slots=True)
class Line:
    """One position of a bill. `amount` in minor units and for the whole quantity; the period in unix seconds."""

    amount: int
    description: str
    start: int
    end: int
    quantity: int = 1
    price: Json | None = None
    invoice_item: str | None = None
    subscription: str | None = None
    subscription_item: str | None = None
    proration: bool = False


def add_line(sim: Simulator, invoice: Json, line: Line) -> None:
    """Put a position on a draft."""
    price = line.price
    made: Json = {
        "id": sim.ids.new("il"),
        "object": "line_item",
        "amount": line.amount,
        "currency": invoice["currency"],
        "description": line.description,
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": invoice["id"],
        "livemode": False,
        "metadata": {},
        "parent": _line_parent(line),
        "period": {"end": line.end, "start": line.start},
        "pretax_credit_amounts": [],
        "pricing": _pricing(price),
        "quantity": line.quantity,
        "subscription": line.subscription,
        "subtotal": line.amount,
        "taxes": [],
    }
    lines = invoice["lines"]
    data = [*lines["data"], made]
    invoice["lines"] = {**lines, "data": data, "total_count": len(data)}
    _sum(sim, invoice)


def remove_line(sim: Simulator, invoice: Json, invoice_item: str) -> None:
    """Take the position of an invoice item off a draft."""
    lines = invoice["lines"]
    data = [
        row
        for row in lines["data"]
        if ((row["parent"] or {}).get("invoice_item_details") or {}).get("invoice_item") != invoice_item
    ]
    invoice["lines"] = {**lines, "data": data, "total_count": len(data)}
    _sum(sim, invoice)


def _line_parent(line: Line) -> Json:
    if line.subscription_item:
        details = {
            "invoice_item": None,
            "proration": line.proration,
            "proration_details": None,
            "subscription": line.subscription,
            "subscription_item": line.subscription_item,
        }
        kind = "subscription_item_details"
        return {"invoice_item_details": None, "subscription_item_details": details, "type": kind}
    item = {"invoice_item": line.invoice_item, "proration": False, "proration_details": None, "subscription": None}
    return {"invoice_item_details": item, "subscription_item_details": None, "type": "invoice_item_details"}


def _pricing(price: Json | None) -> Json | None:
    if price is None:
        return None
    details = {"price": price["id"], "product": price["product"]}
    return {"price_details": details, "type": "price_details", "unit_amount_decimal": str(price["unit_amount"])}


def _sum(sim: Simulator, invoice: Json) -> None:
    subtotal = sum(row["amount"] for row in invoice["lines"]["data"])
    total = subtotal - _discount(sim, invoice)
    invoice["subtotal"] = invoice["subtotal_excluding_tax"] = subtotal
    invoice["total"] = invoice["total_excluding_tax"] = total
    invoice["amount_due"] = invoice["amount_remaining"] = max(total, 0)


def _discount(sim: Simulator, invoice: Json) -> int:
    """What the invoice's discounts take off, one after another; each line and the invoice say how much."""
    rows = invoice["lines"]["data"]
    left, totals = [row["amount"] for row in rows], []
    amounts: list[list[Json]] = [[] for _ in rows]
    products = [((row["pricing"] or {}).get("price_details") or {}).get("product") for row in rows]
    for key in invoice["discounts"]:
        off = spread(sim.store.terms_of_discount[key], products, left)
        totals.append({"amount": sum(off), "discount": key})
        for place, amount in enumerate(off):
            left[place] -= amount
            amounts[place].append({"amount": amount, "discount": key})
    data = [{**row, "discount_amounts": each} for row, each in zip(rows, amounts, strict=True)]
    invoice["lines"] = {**invoice["lines"], "data": data}
    invoice["total_discount_amounts"] = totals
    return sum(each["amount"] for each in totals)


@operation("GET", "/v1/invoices/{invoice}/lines", CURSORS)
def list_all(sim: Simulator, call: Call) -> Json:
    invoice = found(sim.store.invoices, call.id)
    return part(invoice["lines"]["data"], call.params, "line_item", f"/v1/invoices/{call.id}/lines")

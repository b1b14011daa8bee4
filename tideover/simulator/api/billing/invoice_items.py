"""Invoice items: positions waiting for an invoice.

Sources: https://docs.stripe.com/api/invoiceitems/object.
"""

from __future__ import annotations

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.billing.invoice_lines import Line, add_line, remove_line
from tideover.simulator.wire.changes import found, merged, now_of, refuse_unless, tell
from tideover.simulator.wire.forms import between, flag, instant, mapping, shape, text
from tideover.simulator.wire.listing import page
from tideover.simulator.wire.operations import PAGED, Call, operation
from tideover.simulator.wire.texts import currency

CREATE = {
    "customer": text,
    "invoice": text,
    "subscription": text,
    "amount": between(-(10**12), 10**12),
    "currency": currency,
    "description": text,
    "quantity": between(0),
    "pricing": shape({"price": text}),
    "period": shape({"start": instant, "end": instant}, needs=("start", "end")),
    "discountable": flag,
    "metadata": mapping,
}


@operation("POST", "/v1/invoiceitems", CREATE, needs=("customer",))
def create(sim: Simulator, call: Call) -> Json:
    params = call.params
    customer = found(sim.store.customers, params["customer"], "customer")
    invoice = _draft(sim, params["invoice"]) if params.get("invoice") else None
    price = _price(sim, params)
    quantity = params.get("quantity", 1)
    amount = price["unit_amount"] * quantity if price else params.get("amount", 0)
    now = now_of(sim, customer)
    item: Json = {
        "id": sim.ids.new("ii"),
        "object": "invoiceitem",
        "amount": amount,
        "currency": str((price or params).get("currency") or customer["currency"] or "usd"),
        "customer": customer["id"],
        "date": now,
        "description": params.get("description"),
        "discountable": params.get("discountable", True),
        "discounts": [],
        "invoice": None,
        "livemode": False,
        "metadata": merged({}, params.get("metadata")),
        "net_amount": amount,
        "parent": None,
        "period": params.get("period") or {"end": now, "start": now},
        "pricing": None,
        "proration": False,
        "proration_details": None,
        "quantity": quantity,
        "quantity_decimal": str(quantity),
        "tax_rates": [],
        "test_clock": customer["test_clock"],
    }
    if price:
        details = {"price": price["id"], "product": price["product"]}
        item["pricing"] = {
            "price_details": details,
            "type": "price_details",
            "unit_amount_decimal": price["unit_amount_decimal"],
        }
    sim.store.invoice_items.add(item)
    tell(sim, "invoiceitem.created", item)
    if invoice:
        onto(sim, item, invoice)
    return item


def _draft(sim: Simulator, key: str) -> Json:
    invoice = found(sim.store.invoices, key, "invoice")
    refuse_unless(invoice["status"] == "draft", "This invoice is no longer editable.", "invoice_not_editable")
    return invoice


def _price(sim: Simulator, params: Json) -> Json | None:
    key = (params.get("pricing") or {}).get("price")
    return found(sim.store.prices, key, "pricing[price]") if key else None


def onto(sim: Simulator, item: Json, invoice: Json) -> None:
    """Put an item on a draft."""
    sim.store.invoice_items.change(item, "invoice", invoice["id"])
    add_line(sim, invoice, line_of_item(sim, item))


def waiting(sim: Simulator, customer: Json, currency: str) -> list[Json]:
    """A customer's items that are on no invoice yet."""
    rows = sim.store.invoice_items.of("customer", customer["id"])
    return [item for item in rows if item["invoice"] is None and item["currency"] == currency]


def line_of_item(sim: Simulator, item: Json) -> Line:
    """The line an item becomes."""
    price = sim.store.prices.get(((item["pricing"] or {}).get("price_details") or {}).get("price"))
    return Line(
        item["amount"],
        item["description"] or "",
        item["period"]["start"],
        item["period"]["end"],
        item["quantity"],
        price,
        invoice_item=item["id"],
    )


@operation("GET", "/v1/invoiceitems/{invoiceitem}")
def retrieve(sim: Simulator, call: Call) -> Json:
    return found(sim.store.invoice_items, call.id)


@operation("GET", "/v1/invoiceitems", {**PAGED, "customer": text, "invoice": text, "pending": flag})
def list_all(sim: Simulator, call: Call) -> Json:
    pending = call.params.get("pending")

    def wanted(row: Json) -> bool:
        return pending is None or (row["invoice"] is None) == pending

    return page(sim.store.invoice_items, call.params, "/v1/invoiceitems", ("invoice", "customer"), wanted)


@operation("DELETE", "/v1/invoiceitems/{invoiceitem}")
def delete(sim: Simulator, call: Call) -> Json:
    item = found(sim.store.invoice_items, call.id)
    invoice = sim.store.invoices.get(item["invoice"])
    if invoice:
        refuse_unless(invoice["status"] == "draft", "This invoice is no longer editable.", "invoice_not_editable")
        remove_line(sim, invoice, item["id"])
    sim.store.invoice_items.remove(item["id"])
    tell(sim, "invoiceitem.deleted", item)
    return {"id": item["id"], "object": "invoiceitem", "deleted": True}

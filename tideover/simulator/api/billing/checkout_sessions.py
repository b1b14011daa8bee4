"""Checkout sessions that begin a subscription: what is bought, with which discount, and what comes of it.

Sources: https://docs.stripe.com/api/checkout/sessions/object, https://docs.stripe.com/api/checkout/sessions/create (one
discount at most; it is redeemed when the session completes), https://docs.stripe.com/api/checkout/sessions/expire. Of
the other modes nothing is here. That a first payment which fails leaves the session open is not confirmed.
"""

from __future__ import annotations

from typing import Final

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.billing import subscriptions
from tideover.simulator.api.billing.discounts import Sale, checked
from tideover.simulator.api.billing.subscription_items import check_item, worth
from tideover.simulator.wire.changes import change, found, merged, refuse_unless
from tideover.simulator.wire.errors import required
from tideover.simulator.wire.forms import between, instant, listed, mapping, one_of, shape, text, up_to
from tideover.simulator.wire.operations import Call, operation

A_DAY: Final = 86_400
NOTHING: Final = (
    "adaptive_pricing", "after_expiration", "allow_promotion_codes", "billing_address_collection", "branding_settings",
    "client_reference_id", "client_secret", "collected_information", "consent", "consent_collection",
    "currency_conversion", "customer_account", "customer_creation", "customer_details", "customer_email", "invoice",
    "invoice_creation", "locale", "origin_context", "payment_intent", "payment_link", "payment_method_collection",
    "payment_method_configuration_details", "payment_method_options", "permissions", "recovered_from", "return_url",
    "saved_payment_method_options", "setup_intent", "shipping_address_collection", "shipping_cost", "submit_type",
    "subscription", "wallet_options",
)  # fmt: skip


@operation(
    "POST",
    "/v1/checkout/sessions",
    {
        "mode": one_of("payment", "setup", "subscription"),
        "customer": text,
        "line_items": listed(shape({"price": text, "quantity": between(1)}, needs=("price",)), most=20),
        "discounts": listed(shape({"coupon": text, "promotion_code": text}), most=1),
        "subscription_data": shape({"metadata": mapping, "description": up_to(500)}),
        "success_url": text,
        "cancel_url": text,
        "expires_at": instant,
        "client_reference_id": up_to(200),
        "metadata": mapping,
    },
    needs=("mode",),
)
def create(sim: Simulator, call: Call) -> Json:
    params = call.params
    refuse_unless(params["mode"] == "subscription", "Only subscriptions are sold here.", param="mode")
    for wanted in ("customer", "line_items", "success_url"):  # a customer is made of an address at Stripe alone
        if not params.get(wanted):
            raise required(wanted)
    sale = _sale(sim, params)
    checked(sim, params.get("discounts", []), sale)
    session = _opened(sim, params, sale)
    sim.store.checkout_sessions.add(session)
    sim.store.asked_at_checkout[session["id"]] = params
    return session


def _sale(sim: Simulator, params: Json) -> Sale:
    customer = found(sim.store.customers, params["customer"], "customer")
    for place, row in enumerate(params["line_items"]):
        check_item(sim, row, f"line_items[{place}]")
    return Sale(customer, *worth(sim, params["line_items"]))


def _opened(sim: Simulator, params: Json, sale: Sale) -> Json:
    key = sim.ids.new("cs_test", 56)
    rows = [{"coupon": None, "promotion_code": None, **row} for row in params.get("discounts", [])]
    return {
        **dict.fromkeys(NOTHING),
        "id": key,
        "object": "checkout.session",
        "amount_subtotal": sale.amount,
        "amount_total": sale.amount,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "created": sim.now(),
        "currency": sale.currency,
        "custom_fields": [],
        "custom_text": dict.fromkeys(("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")),
        "customer": sale.customer["id"],
        "discounts": rows,
        "expires_at": params.get("expires_at") or sim.now() + A_DAY,
        "livemode": False,
        "metadata": merged({}, params.get("metadata")),
        "mode": "subscription",
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "shipping_options": [],
        "status": "open",
        "success_url": params["success_url"],
        "ui_mode": "hosted_page",
        "url": f"{sim.base_url}/c/pay/{key}",
    }


@operation("GET", "/v1/checkout/sessions/{session}")
def retrieve(sim: Simulator, call: Call) -> Json:
    return seen(sim, found(sim.store.checkout_sessions, call.id))


@operation("POST", "/v1/checkout/sessions/{session}/expire")
def expire(sim: Simulator, call: Call) -> Json:
    session = seen(sim, found(sim.store.checkout_sessions, call.id))
    refuse_unless(session["status"] == "open", "Only Checkout Sessions that are open can be expired.")
    _end(sim, session)
    return session


def seen(sim: Simulator, session: Json) -> Json:
    """A session as it is now: it does not last."""
    if session["status"] == "open" and session["expires_at"] <= sim.now():
        _end(sim, session)
    return session


def _end(sim: Simulator, session: Json) -> None:
    change(sim, "checkout.session.expired", session, {"status": "expired", "url": None})


def complete(sim: Simulator, session: Json, method: str) -> Json:
    """The customer buys with this payment method: the subscription begins. Raises as its first payment does."""
    asked = sim.store.asked_at_checkout[session["id"]]
    data = asked.get("subscription_data") or {}
    wanted = {
        "customer": session["customer"],
        "items": asked["line_items"],
        "discounts": asked.get("discounts", []),
        "metadata": data.get("metadata") or {},
        "default_payment_method": method,
        "payment_behavior": "error_if_incomplete",
    }
    subscription = subscriptions.create(sim, Call(wanted))
    invoice = sim.store.invoices[subscription["latest_invoice"]]
    paid = {
        "status": "complete", "payment_status": "paid", "subscription": subscription["id"], "invoice": invoice["id"],
        "amount_total": invoice["total"], "url": None,
    }  # fmt: skip
    change(sim, "checkout.session.completed", session, paid)
    return subscription

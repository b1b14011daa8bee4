"""Payment intents over HTTP, with the secret key or, from a browser, with the publishable key and the client secret.

Sources: https://docs.stripe.com/api/payment_intents/object, https://docs.stripe.com/api/payment_intents/confirm,
https://docs.stripe.com/api/payment_intents/capture, https://docs.stripe.com/api/payment_intents/cancel.
"""

from __future__ import annotations

import secrets

from tideover.simulator.account.declines import declined
from tideover.simulator.account.issuer import By, Verdict
from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.payments.mandates import must_be_debitable
from tideover.simulator.api.payments.method_kinds import DATA, from_details
from tideover.simulator.api.payments.offering import method_choice, must_be_taken
from tideover.simulator.api.payments.paying import Manner, cancel_intent, charge, fail, new_intent, way_back
from tideover.simulator.api.payments.payment_methods import adopt, kind_of, owned, resolved
from tideover.simulator.wire.changes import found, merged, plain, refuse_unless, tell
from tideover.simulator.wire.errors import card_error, invalid
from tideover.simulator.wire.forms import anything, between, flag, listed, mapping, one_of, shape, text, up_to
from tideover.simulator.wire.listing import page
from tideover.simulator.wire.operations import PAGED, Call, operation
from tideover.simulator.wire.texts import check_chargeable, currency, email

OPEN = frozenset({"requires_payment_method", "requires_confirmation", "requires_action"})
SHARED = {
    "amount": between(1),
    "currency": currency,
    "customer": text,
    "description": text,
    "metadata": mapping,
    "payment_method": text,
    "payment_method_data": DATA,
    "allowed_payment_method_types": listed(text),
    "excluded_payment_method_types": listed(text),
    "payment_method_options": anything,
    "receipt_email": email,
    "setup_future_usage": one_of("off_session", "on_session", ""),
    "statement_descriptor": up_to(22),
    "statement_descriptor_suffix": up_to(22),
    "capture_method": one_of("automatic", "automatic_async", "manual"),
}
CONFIRM = {
    "payment_method": text,
    "payment_method_data": DATA,
    "off_session": flag,
    "return_url": text,
    "error_on_requires_action": flag,
    "setup_future_usage": one_of("off_session", "on_session", ""),
    "allowed_payment_method_types": listed(text),
    "payment_method_options": anything,
    "mandate": text,
    "mandate_data": anything,
    "use_stripe_sdk": flag,
}
SIMPLE = ("amount", "currency", "description", "receipt_email", "setup_future_usage")


@operation(
    "POST",
    "/v1/payment_intents",
    {
        **SHARED,
        "automatic_payment_methods": shape({"enabled": flag, "allow_redirects": text}),
        "confirm": flag,
        "off_session": flag,
        "return_url": text,
        "error_on_requires_action": flag,
        "mandate": text,
        "mandate_data": anything,
    },
    needs=("amount", "currency"),
)
def create(sim: Simulator, call: Call) -> Json:
    params = call.params
    check_chargeable(params["amount"], params["currency"])
    if params.get("customer"):
        found(sim.store.customers, params["customer"], "customer")
    given = plain(params, "description", "receipt_email", "setup_future_usage")
    given |= plain(params, "capture_method", "statement_descriptor", "statement_descriptor_suffix")
    given["metadata"] = merged({}, params.get("metadata"))
    given |= method_choice(sim, params, params["currency"])
    customer = params.get("customer") or None
    if params.get("confirm") or params.get("payment_method") or params.get("payment_method_data"):
        blank = {"object": "payment_intent", "customer": customer, "payment_method": None, "last_payment_error": None}
        method = _method(sim, {**blank, **given}, params)
        given |= {"payment_method": method["id"], "status": "requires_confirmation"}
    intent = new_intent(sim, params["amount"], params["currency"], customer, **given)
    if params.get("confirm"):
        params = {**params, "payment_method": None, "payment_method_data": None}
        return confirm_intent(sim, intent, params, "api")
    return intent


def _method(sim: Simulator, intent: Json, params: Json) -> Json:
    """The payment method a request names, describes or has named before."""
    if data := params.get("payment_method_data"):
        must_be_taken(intent, data["type"])
        return from_details(sim, data)
    key = params.get("payment_method") or intent["payment_method"] or _refused(intent)
    if not key:
        raise invalid(
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update "
            "the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a "
            "payment method.",
            code="payment_intent_unexpected_state",
        )
    must_be_taken(intent, kind_of(sim, key))
    method = resolved(sim, key)
    if method["customer"] is not None or intent["customer"] is None:
        refuse_unless(
            method["customer"] in {None, intent["customer"]}, "The payment method belongs to another customer."
        )
        return method
    return owned(sim, key, intent["customer"]) if key not in sim.store.payment_methods else method


def _refused(intent: Json) -> str | None:
    """After a request for authentication the customer may simply confirm again."""
    error = intent["last_payment_error"] or {}
    again = error.get("code") == "authentication_required"
    return (error.get("payment_method") or {}).get("id") if again else None


def confirm_intent(sim: Simulator, intent: Json, params: Json, by: By) -> Json:
    """Confirm; a bank's no is a 402 with the payment intent inside, as at Stripe."""
    if intent["status"] not in OPEN:
        raise invalid(
            f"You cannot confirm this PaymentIntent because it has a status of {intent['status']}. Only "
            "a PaymentIntent with one of the following statuses may be confirmed: requires_confirmation, "
            "requires_action.",
            code="payment_intent_unexpected_state",
        )
    method = _method(sim, intent, params)
    must_be_debitable(sim, method)
    if "setup_future_usage" in params:
        intent["setup_future_usage"] = params["setup_future_usage"] or None
    off_session = bool(params.get("off_session", False))
    manner = Manner(by, off_session, return_url=way_back(method, params))
    verdict = charge(sim, intent, method, manner)
    _keep(sim, intent, method, verdict)
    if verdict.outcome == "declined" or (verdict.outcome == "needs_authentication" and off_session):
        raise _refusal(intent, verdict)
    return intent


def _keep(sim: Simulator, intent: Json, method: Json, verdict: Verdict) -> None:
    """A payment that saves the method attaches it; for an invoice it becomes the subscription's default."""
    good = verdict.outcome in {"approved", "processing"}
    if good and intent["setup_future_usage"] and intent["customer"] and method["customer"] is None:
        adopt(sim, method, intent["customer"])


def _refusal(intent: Json, verdict: Verdict) -> Exception:
    error = intent["last_payment_error"] or {}
    extra: Json = {"payment_intent": intent, "payment_method": error.get("payment_method")}
    if "charge" in error:
        extra["charge"] = error["charge"]
    shown = verdict if verdict.outcome == "declined" else declined("authentication_required")
    return card_error(shown, extra)


def _of_invoice(sim: Simulator, intent: Json) -> bool:
    """Whether an invoice made this intent for itself."""
    payment = sim.store.invoice_payments.get(sim.store.payments_of_intent.get(intent["id"]))
    return bool(payment and payment["is_default"])


def authorized(call: Call, intent: Json) -> Json:
    """With a publishable key only the holder of the client secret sees an intent, and only its public part."""
    given = call.params.get("client_secret")
    if call.publishable or given is not None:
        fits = given is not None and secrets.compare_digest(given.encode(), intent["client_secret"].encode())
        refuse_unless(
            fits,
            "The client_secret provided does not match any associated intent.",
            f"{intent['object']}_invalid_parameter",
            "client_secret",
        )
    return intent


@operation("GET", "/v1/payment_intents/{intent}", publishable=True)
def retrieve(sim: Simulator, call: Call) -> Json:
    return authorized(call, found(sim.store.payment_intents, call.id))


@operation("POST", "/v1/payment_intents/{intent}", SHARED)
def update(sim: Simulator, call: Call) -> Json:
    intent, params = found(sim.store.payment_intents, call.id), call.params
    refuse_unless(
        intent["status"] in OPEN,
        f"This PaymentIntent's status is {intent['status']}; it can no longer be updated.",
        "payment_intent_unexpected_state",
    )
    refuse_unless(
        "amount" not in params or not _of_invoice(sim, intent),
        "The amount of a PaymentIntent created by an invoice follows the invoice and cannot be changed.",
    )
    check_chargeable(params.get("amount") or intent["amount"], params.get("currency") or intent["currency"])
    if params.get("customer"):
        found(sim.store.customers, params["customer"], "customer")
    if "customer" in params:
        sim.store.payment_intents.change(intent, "customer", params["customer"] or None)
    fields = plain(params, *SIMPLE)
    fields["metadata"] = merged(intent["metadata"], params.get("metadata"))
    if params.get("payment_method"):
        fields |= {"payment_method": owned(sim, params["payment_method"], intent["customer"])["id"]}
        fields["status"] = "requires_confirmation"
    # Stripe sends no payment_intent.updated event.
    intent.update(fields)
    return intent


@operation("POST", "/v1/payment_intents/{intent}/confirm", CONFIRM, publishable=True)
def confirm(sim: Simulator, call: Call) -> Json:
    intent = authorized(call, found(sim.store.payment_intents, call.id))
    return confirm_intent(sim, intent, call.params, "customer" if call.publishable else "api")


@operation("POST", "/v1/payment_intents/{intent}/capture", {"amount_to_capture": between(1), "metadata": mapping})
def capture(sim: Simulator, call: Call) -> Json:
    intent = found(sim.store.payment_intents, call.id)
    refuse_unless(
        intent["status"] == "requires_capture",
        f"This PaymentIntent could not be captured because it has a status of {intent['status']}.",
        "payment_intent_unexpected_state",
    )
    amount: int = call.params.get("amount_to_capture") or intent["amount_capturable"]
    refuse_unless(0 < amount <= intent["amount_capturable"], "The amount to capture is larger than the authorized one.")
    made = sim.store.charges[intent["latest_charge"]]
    made |= {"captured": True, "amount_captured": amount}
    intent |= {"status": "succeeded", "amount_received": amount, "amount_capturable": 0}
    tell(sim, "charge.captured", made)
    tell(sim, "payment_intent.succeeded", intent)
    return intent


@operation(
    "POST",
    "/v1/payment_intents/{intent}/cancel",
    {"cancellation_reason": one_of("abandoned", "duplicate", "fraudulent", "requested_by_customer")},
)
def cancel(sim: Simulator, call: Call) -> Json:
    intent = found(sim.store.payment_intents, call.id)
    refuse_unless(
        intent["status"] in OPEN | {"requires_capture"},
        f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}.",
        "payment_intent_unexpected_state",
    )
    refuse_unless(
        not _of_invoice(sim, intent),
        "You cannot cancel a PaymentIntent created by an invoice. Void the invoice instead.",
        "payment_intent_unexpected_state",
    )
    cancel_intent(sim, intent, call.params.get("cancellation_reason"))
    return intent


@operation("GET", "/v1/payment_intents", {**PAGED, "customer": text})
def list_all(sim: Simulator, call: Call) -> Json:
    return page(sim.store.payment_intents, call.params, "/v1/payment_intents", ("customer",))


def answer_challenge(sim: Simulator, key: str, *, passed: bool) -> Json:
    """The customer finished 3D Secure on the page or in the dialog: the payment goes on, or fails."""
    intent = found(sim.store.payment_intents, key)
    refuse_unless(intent["status"] == "requires_action", "This payment does not wait for authentication.")
    method = sim.store.payment_methods[intent["payment_method"]]
    if passed:
        manner = Manner("customer", off_session=False, authenticated=True)
        verdict = charge(sim, intent, method, manner)
        _keep(sim, intent, method, verdict)
        return intent
    fail(sim, intent, method, NOT_AUTHENTICATED, None)
    intent["last_payment_error"] |= {
        "code": "payment_intent_authentication_failure",
        "message": "We are unable to authenticate your payment method. Please choose a different payment "
        "method and try again.",
        "type": "invalid_request_error",
    }
    return intent


NOT_AUTHENTICATED = Verdict("declined", "payment_intent_authentication_failure")

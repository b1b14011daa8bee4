"""Setup intents: keeping a card for later charges, with the bank's consent and, where it asks, the customer's.

Sources: https://docs.stripe.com/api/setup_intents/object, https://docs.stripe.com/payments/setupintents/lifecycle.
"""

from __future__ import annotations

from typing import Any

from tideover.simulator.account.debits import CLEARINGS
from tideover.simulator.account.issuer import Verdict
from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.payments import setup_attempts
from tideover.simulator.api.payments.mandates import new_mandate
from tideover.simulator.api.payments.method_kinds import DATA, from_details
from tideover.simulator.api.payments.offering import method_choice, must_be_taken
from tideover.simulator.api.payments.paying import next_action, way_back
from tideover.simulator.api.payments.payment_intents import authorized
from tideover.simulator.api.payments.payment_methods import adopt, ask_setup, kind_of, resolved
from tideover.simulator.wire.changes import found, merged, plain, refuse_unless, tell
from tideover.simulator.wire.errors import card_error, decline_fields, invalid
from tideover.simulator.wire.forms import anything, flag, listed, mapping, one_of, shape, text
from tideover.simulator.wire.listing import page
from tideover.simulator.wire.operations import PAGED, Call, operation

OPEN = frozenset({"requires_payment_method", "requires_confirmation", "requires_action"})
SHARED = {
    "customer": text,
    "description": text,
    "metadata": mapping,
    "payment_method": text,
    "payment_method_data": DATA,
    "allowed_payment_method_types": listed(text),
    "excluded_payment_method_types": listed(text),
    "payment_method_options": anything,
}
CONFIRM = {
    "payment_method": text,
    "payment_method_data": DATA,
    "payment_method_options": anything,
    "return_url": text,
    "mandate_data": anything,
    "use_stripe_sdk": flag,
}


def new_setup_intent(sim: Simulator, customer: str | None, **given: Any) -> Json:  # noqa: ANN401
    """A setup intent; `given` are further fields of it."""
    key = sim.ids.new("seti")
    intent: Json = {
        "id": key,
        "object": "setup_intent",
        "application": None,
        "automatic_payment_methods": None,
        "cancellation_reason": None,
        "client_secret": f"{key}_secret_{sim.ids.letters(25)}",
        "created": sim.now(),
        "customer": customer,
        "description": None,
        "flow_directions": None,
        "last_setup_error": None,
        "latest_attempt": None,
        "livemode": False,
        "mandate": None,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "single_use_mandate": None,
        "status": "requires_payment_method",
        "usage": "off_session",
    }
    intent.update(given)
    sim.store.setup_intents.add(intent)
    tell(sim, "setup_intent.created", intent)
    return intent


@operation(
    "POST",
    "/v1/setup_intents",
    {
        **SHARED,
        "automatic_payment_methods": shape({"enabled": flag, "allow_redirects": text}),
        "usage": one_of("off_session", "on_session"),
        "confirm": flag,
        "return_url": text,
        "mandate_data": anything,
        "use_stripe_sdk": flag,
    },
)
def create(sim: Simulator, call: Call) -> Json:
    params = call.params
    if params.get("customer"):
        found(sim.store.customers, params["customer"], "customer")
    given = plain(params, "description", "usage") | method_choice(sim, params)
    given["metadata"] = merged({}, params.get("metadata"))
    customer = params.get("customer") or None
    if params.get("confirm") or params.get("payment_method") or params.get("payment_method_data"):
        method = _method(sim, {**given, "object": "setup_intent", "customer": customer, "payment_method": None}, params)
        given |= {"payment_method": method["id"], "status": "requires_confirmation"}
    intent = new_setup_intent(sim, customer, **given)
    if not params.get("confirm"):
        return intent
    return confirm_setup(sim, intent, {**params, "payment_method": None, "payment_method_data": None})


def _method(sim: Simulator, intent: Json, params: Json) -> Json:
    if data := params.get("payment_method_data"):
        must_be_taken(intent, data["type"])
        method = from_details(sim, data)
    elif key := params.get("payment_method") or intent["payment_method"]:
        must_be_taken(intent, kind_of(sim, key))
        method = resolved(sim, key)
    else:
        raise invalid(
            "You cannot confirm this SetupIntent because it's missing a payment method. Update the SetupIntent with a "
            "payment method and then confirm it again.",
            code="setup_intent_unexpected_state",
        )
    refuse_unless(method["customer"] in {None, intent["customer"]}, "The payment method belongs to another customer.")
    return method


def confirm_setup(sim: Simulator, intent: Json, params: Json) -> Json:
    """Ask the bank; a no is a 402 with the setup intent inside."""
    if intent["status"] not in OPEN:
        raise invalid(
            f"You cannot confirm this SetupIntent because it has already {intent['status']}.",
            code="setup_intent_unexpected_state",
        )
    method = _method(sim, intent, params)
    verdict = _ask(sim, intent, method, authenticated=False)
    if verdict.outcome == "needs_authentication":
        intent |= {
            "status": "requires_action",
            "payment_method": method["id"],
            "next_action": next_action(sim, intent["id"], way_back(method, params)),
            "last_setup_error": None,
        }
        setup_attempts.settle(sim, intent, "requires_action")
        tell(sim, "setup_intent.requires_action", intent)
        return intent
    return _finish(sim, intent, method, verdict)


def _ask(sim: Simulator, intent: Json, method: Json, *, authenticated: bool) -> Verdict:
    if not authenticated:
        setup_attempts.begin(sim, intent, method)
    return sim.issuer.authorize(ask_setup(sim, method, intent["customer"], authenticated=authenticated))


def _finish(sim: Simulator, intent: Json, method: Json, verdict: Verdict) -> Json:
    intent["next_action"] = None
    if verdict.outcome == "declined":
        _fail(sim, intent, method, decline_fields(verdict))
        raise card_error(verdict, {"setup_intent": intent, "payment_method": method})
    intent |= {"status": "succeeded", "payment_method": method["id"], "last_setup_error": None}
    setup_attempts.settle(sim, intent, "succeeded")
    if method["type"] in CLEARINGS:
        intent["mandate"] = new_mandate(sim, method)["id"]
    if intent["customer"] and method["customer"] is None:
        adopt(sim, method, intent["customer"])
    tell(sim, "setup_intent.succeeded", intent)
    return intent


def _fail(sim: Simulator, intent: Json, method: Json, error: Json) -> None:
    intent |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "next_action": None,
        "last_setup_error": error | {"payment_method": method},
    }
    setup_attempts.settle(sim, intent, "failed", intent["last_setup_error"])
    tell(sim, "setup_intent.setup_failed", intent)


def answer_challenge(sim: Simulator, key: str, *, passed: bool) -> Json:
    """The customer finished 3D Secure: the bank is asked again, or the set-up fails."""
    intent = found(sim.store.setup_intents, key)
    refuse_unless(intent["status"] == "requires_action", "This set-up does not wait for authentication.")
    method = sim.store.payment_methods[intent["payment_method"]]
    if passed:
        return _finish(sim, intent, method, _ask(sim, intent, method, authenticated=True))
    _fail(sim, intent, method, dict(NOT_AUTHENTICATED))
    return intent


NOT_AUTHENTICATED: Json = {
    "code": "setup_intent_authentication_failure",
    "doc_url": "https://stripe.com/docs/error-codes/setup-intent-authentication-failure",
    "message": "We are unable to authenticate your payment method. Please choose a different payment method and try "
    "again.",
    "type": "invalid_request_error",
}


@operation("GET", "/v1/setup_intents/{intent}", publishable=True)
def retrieve(sim: Simulator, call: Call) -> Json:
    return authorized(call, found(sim.store.setup_intents, call.id))


@operation("POST", "/v1/setup_intents/{intent}", SHARED)
def update(sim: Simulator, call: Call) -> Json:
    intent, params = found(sim.store.setup_intents, call.id), call.params
    refuse_unless(
        intent["status"] in OPEN,
        f"This SetupIntent's status is {intent['status']}; it can no longer be updated.",
        "setup_intent_unexpected_state",
    )
    if params.get("customer"):
        found(sim.store.customers, params["customer"], "customer")
    if "customer" in params:
        sim.store.setup_intents.change(intent, "customer", params["customer"] or None)
    intent |= plain(params, "description")
    if "allowed_payment_method_types" in params:
        intent |= method_choice(sim, params)
    intent["metadata"] = merged(intent["metadata"], params.get("metadata"))
    if params.get("payment_method") or params.get("payment_method_data"):
        intent |= {"payment_method": _method(sim, intent, params)["id"], "status": "requires_confirmation"}
    return intent


@operation("POST", "/v1/setup_intents/{intent}/confirm", CONFIRM, publishable=True)
def confirm(sim: Simulator, call: Call) -> Json:
    return confirm_setup(sim, authorized(call, found(sim.store.setup_intents, call.id)), call.params)


@operation(
    "POST",
    "/v1/setup_intents/{intent}/cancel",
    {"cancellation_reason": one_of("abandoned", "duplicate", "requested_by_customer")},
)
def cancel(sim: Simulator, call: Call) -> Json:
    intent = found(sim.store.setup_intents, call.id)
    refuse_unless(
        intent["status"] in OPEN,
        f"You cannot cancel this SetupIntent because it has a status of {intent['status']}.",
        "setup_intent_unexpected_state",
    )
    intent |= {
        "status": "canceled",
        "cancellation_reason": call.params.get("cancellation_reason"),
        "next_action": None,
    }
    tell(sim, "setup_intent.canceled", intent)
    return intent


@operation("GET", "/v1/setup_intents", {**PAGED, "customer": text, "payment_method": text})
def list_all(sim: Simulator, call: Call) -> Json:
    return page(sim.store.setup_intents, call.params, "/v1/setup_intents", ("customer", "payment_method"))

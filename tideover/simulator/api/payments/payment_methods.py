"""Payment methods: cards from test numbers and tokens, bank accounts, attaching, and the networks' card updater."""

from __future__ import annotations

from tideover.simulator.account import cards
from tideover.simulator.account.cards import Behavior, Face
from tideover.simulator.account.declines import declined
from tideover.simulator.account.issuer import Ask
from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.wire.changes import address, change, found, merged, now_of, refuse_unless, tell
from tideover.simulator.wire.errors import card_error, invalid
from tideover.simulator.wire.forms import ADDRESS, anything, integer, mapping, one_of, shape, text
from tideover.simulator.wire.listing import page
from tideover.simulator.wire.operations import CURSORS, Call, operation

TYPES = ("card", "us_bank_account", "link")
BILLING = shape({"name": text, "email": text, "phone": text, "address": ADDRESS, "tax_id": text})
BANK_ACCOUNTS = {  # Stripe's test account numbers: the settlement they lead to
    "000123456789": None,
    "000111111116": "insufficient_funds",
    "000111111113": "invalid_account",
    "000222222227": "insufficient_funds",
}


def new_method(sim: Simulator, kind: str, details: Json, billing: Json | str | None = None) -> Json:
    """A payment method of a kind ("card", "us_bank_account", "link") that belongs to nobody yet."""
    given = billing if isinstance(billing, dict) else {}
    method: Json = {
        "id": sim.ids.new("pm"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": {
            "address": address(given.get("address")) or address({"country": None}),
            "email": given.get("email") or None,
            "name": given.get("name") or None,
            "phone": given.get("phone") or None,
            "tax_id": None,
        },
        kind: details,
        "created": sim.now(),
        "customer": None,
        "livemode": False,
        "metadata": {},
        "type": kind,
    }
    return sim.store.payment_methods.add(method)


def new_card(sim: Simulator, face: Face, billing: Json | str | None = None, behavior: Behavior | None = None) -> Json:
    """A card. Give a behavior to script its bank; without one it is a good card (or the population's business)."""
    details: Json = {
        "brand": face.brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "unchecked"},
        "country": face.country,
        "display_brand": face.brand,
        "exp_month": face.exp_month,
        "exp_year": face.exp_year,
        "fingerprint": face.fingerprint,
        "funding": face.funding,
        "generated_from": None,
        "last4": face.last4,
        "networks": {"available": [face.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": {"dynamic_last4": face.last4, "type": face.wallet} if face.wallet else None,
    }
    method = new_method(sim, "card", details, billing)
    if behavior is not None and behavior != cards.GOOD:
        sim.cards.remember(method["id"], behavior, sim.now())
    return method


def card_from_number(sim: Simulator, card: Json, billing: Json | str | None = None) -> Json:
    """A card from what a person types: number, exp_month, exp_year (checked as Stripe checks them)."""
    number = str(card["number"]).replace(" ", "")
    known = number in cards.BY_NUMBER
    if not number.isdigit() or (not known and not cards.passes_luhn(number)):
        raise card_error(declined("incorrect_number"), {"param": "number"})
    month, year = card.get("exp_month", 12), card.get("exp_year", 2034)
    year += 2000 if year < 100 else 0
    if not 1 <= month <= 12:
        raise card_error(declined("invalid_expiry_month"), {"param": "exp_month"})
    face = cards.face_of(number, month, year, card.get("wallet"))
    return new_card(sim, face, billing, cards.behavior_of(number))


def card_from_token(sim: Simulator, token: str, billing: Json | str | None = None) -> Json | None:
    """A card from Stripe's `pm_card_…` or our `pm_sim_decline_…`, None for anything else."""
    token, _, wallet = token.partition(":")
    if token in cards.TOKENS:
        number = cards.TOKENS[token]
        return new_card(sim, cards.face_of(number, wallet=wallet or None), billing, cards.behavior_of(number))
    behavior = cards.scripted(token)
    if behavior is None:
        return None
    return new_card(sim, cards.face_of(cards.scripted_number(token)), billing, behavior)


def resolved(sim: Simulator, key: str, param: str = "payment_method") -> Json:
    """The payment method of an id, or a fresh one from a test token."""
    known = sim.store.payment_methods.get(key)
    return known or card_from_token(sim, key) or found(sim.store.payment_methods, key, param)


def owned(sim: Simulator, key: str, customer: str | None) -> Json:
    """A payment method the customer may be charged on; test tokens are attached on the way."""
    fresh = key not in sim.store.payment_methods
    method = resolved(sim, key)
    if fresh and customer:
        attach(sim, method, customer)
    if method["customer"] != customer:
        raise invalid(
            f"The customer does not have a payment method with the ID {key}. The payment method must be attached to "
            "the customer.",
            param="payment_method",
            code="resource_missing",
        )
    return method


def attach(sim: Simulator, method: Json, customer: str) -> Json:
    """Give a payment method to a customer; cards whose bank refuses set-ups are refused here, as at Stripe."""
    found(sim.store.customers, customer, "customer")
    refuse_unless(
        method["customer"] in {None, customer},
        "The payment method you provided has already been attached to a customer.",
    )
    if method["customer"] == customer:
        return method
    verdict = sim.issuer.authorize(ask_setup(sim, method, customer, authenticated=False))
    if verdict.outcome == "declined":
        raise card_error(verdict, {"payment_method": method})
    return adopt(sim, method, customer)


def adopt(sim: Simulator, method: Json, customer: str) -> Json:
    """Attach without asking the bank (it has just answered)."""
    sim.store.payment_methods.change(method, "customer", customer)
    tell(sim, "payment_method.attached", method)
    return method


def ask_setup(sim: Simulator, method: Json, customer: str | None, *, authenticated: bool) -> Ask:
    """The question whether a card may be kept for later charges."""
    card = method.get("card") or {}
    return Ask(
        at=now_of(sim, {"customer": customer}),
        payment_method=method["id"],
        customer=customer,
        amount=0,
        currency="usd",
        by="customer",
        off_session=False,
        authenticated=authenticated,
        purpose="setup",
        fingerprint=card.get("fingerprint"),
        brand=card.get("brand"),
        exp_month=card.get("exp_month", 12),
        exp_year=card.get("exp_year", 2099),
    )


def renew_card(sim: Simulator, method: Json, face: Face) -> Json:
    """The network tells a replaced card's new number: same payment method, new face, good bank again."""
    card = {**method["card"], "exp_month": face.exp_month, "exp_year": face.exp_year}
    card |= {"last4": face.last4, "fingerprint": face.fingerprint}
    if sim.cards.of(method["id"]):
        sim.cards.remember(method["id"], cards.GOOD, now_of(sim, method))
    change(sim, "payment_method.automatically_updated", method, {"card": card})
    return method


CARD = shape(
    {"number": text, "exp_month": integer, "exp_year": integer, "cvc": text, "token": text, "networks": anything}
)
BANK = shape(
    {
        "account_number": text,
        "routing_number": text,
        "account_holder_type": one_of("individual", "company"),
        "account_type": one_of("checking", "savings"),
        "financial_connections_account": text,
    }
)
CREATE = {
    "type": one_of(*TYPES),
    "card": CARD,
    "us_bank_account": BANK,
    "link": anything,
    "billing_details": BILLING,
    "metadata": mapping,
    "allow_redisplay": one_of("always", "limited", "unspecified"),
}


@operation("POST", "/v1/payment_methods", CREATE, needs=("type",), publishable=True)
def create(sim: Simulator, call: Call) -> Json:
    method = from_details(sim, call.params)
    method["metadata"] = merged({}, call.params.get("metadata"))
    method["allow_redisplay"] = call.params.get("allow_redisplay", "unspecified")
    return method


def from_details(sim: Simulator, params: Json) -> Json:
    """A payment method from `type` and its details, as POST /v1/payment_methods and payment_method_data give them."""
    kind, billing = params["type"], params.get("billing_details")
    details = params.get(kind) or {}
    if kind == "us_bank_account":
        return _bank_account(sim, details, billing)
    if kind == "link":
        email = (billing or {}).get("email")
        return new_method(sim, "link", {"email": email, "persistent_token": None}, billing)
    if "token" in details:
        token = details["token"].replace("tok_", "pm_card_")
        return card_from_token(sim, token, billing) or found(sim.store.payment_methods, details["token"], "token")
    refuse_unless("number" in details, "Missing required param: card.")
    return card_from_number(sim, details, billing)


def _bank_account(sim: Simulator, details: Json, billing: Json | str | None) -> Json:
    number = details.get("account_number", "000123456789")
    face = {
        "account_holder_type": details.get("account_holder_type", "individual"),
        "account_type": details.get("account_type", "checking"),
        "bank_name": "STRIPE TEST BANK",
        "financial_connections_account": details.get("financial_connections_account"),
        "fingerprint": cards.fingerprint_of(number),
        "last4": number[-4:],
        "networks": {"preferred": "ach", "supported": ["ach"]},
        "routing_number": details.get("routing_number", "110000000"),
        "status_details": {},
    }
    method = new_method(sim, "us_bank_account", face, billing)
    if reason := BANK_ACCOUNTS.get(number):
        sim.cards.remember(method["id"], Behavior(charge=declined(reason)), sim.now())
    return method


@operation("GET", "/v1/payment_methods/{payment_method}")
def retrieve(sim: Simulator, call: Call) -> Json:
    return found(sim.store.payment_methods, call.id)


@operation("GET", "/v1/customers/{customer}/payment_methods/{payment_method}")
def retrieve_of_customer(sim: Simulator, call: Call) -> Json:
    customer, key = call.ids
    method = found(sim.store.payment_methods, key)
    refuse_unless(method["customer"] == customer, f"No such PaymentMethod: '{key}'", "resource_missing")
    return method


UPDATE = {
    "billing_details": BILLING,
    "card": shape({"exp_month": integer, "exp_year": integer, "networks": anything}),
    "metadata": mapping,
    "allow_redisplay": one_of("always", "limited", "unspecified"),
}


@operation("POST", "/v1/payment_methods/{payment_method}", UPDATE)
def update(sim: Simulator, call: Call) -> Json:
    method, params = found(sim.store.payment_methods, call.id), call.params
    refuse_unless(method["customer"], "You must attach this PaymentMethod to a customer to update it.")
    fields: Json = {"metadata": merged(method["metadata"], params.get("metadata"))}
    if isinstance(params.get("billing_details"), dict):
        fields["billing_details"] = {**method["billing_details"], **params["billing_details"]}
    if isinstance(params.get("card"), dict):
        fields["card"] = {**method["card"], **params["card"]}
    if "allow_redisplay" in params:
        fields["allow_redisplay"] = params["allow_redisplay"]
    change(sim, "payment_method.updated", method, fields)
    return method


@operation("POST", "/v1/payment_methods/{payment_method}/attach", {"customer": text}, needs=("customer",))
def attach_operation(sim: Simulator, call: Call) -> Json:
    return attach(sim, resolved(sim, call.id, "id"), call.params["customer"])


@operation("POST", "/v1/payment_methods/{payment_method}/detach")
def detach(sim: Simulator, call: Call) -> Json:
    method = found(sim.store.payment_methods, call.id)
    customer = method["customer"]
    refuse_unless(
        customer, "The payment method you provided is not attached to a customer so detachment is impossible."
    )
    sim.store.payment_methods.change(method, "customer", None)
    _forget_default(sim, method["id"], customer)
    sim.events.record("payment_method.detached", method, {"customer": customer}, at=now_of(sim, {"customer": customer}))
    return method


def _forget_default(sim: Simulator, method: str, customer: str) -> None:
    owner = sim.store.customers.get(customer)
    if owner and owner["invoice_settings"]["default_payment_method"] == method:
        change(
            sim,
            "customer.updated",
            owner,
            {"invoice_settings": {**owner["invoice_settings"], "default_payment_method": None}},
        )
    for subscription in sim.store.subscriptions.of("customer", customer):
        if subscription["default_payment_method"] == method:
            change(sim, "customer.subscription.updated", subscription, {"default_payment_method": None})


KIND = {**CURSORS, "type": one_of(*TYPES), "allow_redisplay": text}


@operation("GET", "/v1/payment_methods", {**KIND, "customer": text})
def list_all(sim: Simulator, call: Call) -> Json:
    return page(sim.store.payment_methods, call.params, "/v1/payment_methods", ("customer", "type"))


@operation("GET", "/v1/customers/{customer}/payment_methods", KIND)
def list_of_customer(sim: Simulator, call: Call) -> Json:
    found(sim.store.customers, call.id)
    params = {**call.params, "customer": call.id}
    return page(sim.store.payment_methods, params, f"/v1/customers/{call.id}/payment_methods", ("customer", "type"))

"""The kinds of payment methods and how each is made: cards from numbers and test tokens, bank accounts, Link, PayPal.

Sources: https://docs.stripe.com/api/payment_methods/object, https://docs.stripe.com/testing.
"""

from __future__ import annotations

from tideover.simulator.account import cards, debits
from tideover.simulator.account.cards import Behavior, Face
from tideover.simulator.account.declines import declined
from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.payments import bank_accounts
from tideover.simulator.api.payments.mandates import new_mandate
from tideover.simulator.wire.changes import address, change, found, now_of
from tideover.simulator.wire.errors import card_error, required
from tideover.simulator.wire.forms import ADDRESS, anything, integer, mapping, one_of, shape, text
from tideover.simulator.wire.texts import email

FIRST_YEAR, LAST_YEAR = 2000, 2099  # of the years that are printed on cards
TYPES = ("card", *bank_accounts.MADE_OF, "link", "paypal")
BILLING = shape({"name": text, "email": email, "phone": text, "address": ADDRESS, "tax_id": text})


def new_method(sim: Simulator, kind: str, details: Json, billing: Json | str | None = None) -> Json:
    """A payment method of a kind ("card", "sepa_debit", "link", …) that belongs to nobody yet."""
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
    month, year = expiry_of(card)
    face = cards.face_of(number, month, year, card.get("wallet"))
    return new_card(sim, face, billing, cards.behavior_of(number))


def expiry_of(card: Json) -> tuple[int, int]:
    """Month and year of a card as it was given, "30" meaning 2030; raises for a date that no card can carry."""
    month, year = card.get("exp_month", 12), card.get("exp_year", 2034)
    year += 2000 if 0 <= year < 100 else 0
    if not 1 <= month <= 12:
        raise card_error(declined("invalid_expiry_month"), {"param": "exp_month"})
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise card_error(declined("invalid_expiry_year"), {"param": "exp_year"})
    return month, year


def is_token(key: str) -> bool:
    """Whether a text is a test token: Stripe's `pm_card_…`, with a wallet's name behind a colon, a bank's, our own."""
    token = key.partition(":")[0]
    return token in cards.TOKENS or cards.scripted(token) is not None or debits.named(token) is not None


def from_token(sim: Simulator, token: str, billing: Json | str | None = None) -> Json | None:
    """What Stripe's `pm_card_…` and `pm_sepaDebit_…` or our `pm_sim_…` name, None for anything else."""
    if account := debits.named(token):
        return _bank_account(sim, account, {}, billing)
    token, _, wallet = token.partition(":")
    if token in cards.TOKENS:
        number = cards.TOKENS[token]
        return new_card(sim, cards.face_of(number, wallet=wallet or None), billing, cards.behavior_of(number))
    behavior = cards.scripted(token)
    if behavior is None:
        return None
    return new_card(sim, cards.face_of(cards.scripted_number(token)), billing, behavior)


def spelled_behavior(token: str) -> Behavior | None:
    """How the card or account behaves that one of our own tokens names."""
    account = debits.named(token)
    return account.behavior if account else cards.scripted(token)


CARD = shape(
    {"number": text, "exp_month": integer, "exp_year": integer, "cvc": text, "token": text, "networks": anything}
)
# What a payment method is made of: the parameters of POST /v1/payment_methods, and payment_method_data elsewhere.
MADE_OF = {
    "type": one_of(*TYPES),
    "card": CARD,
    **bank_accounts.MADE_OF,
    "link": anything,
    "paypal": anything,
    "billing_details": BILLING,
    "metadata": mapping,
    "allow_redisplay": one_of("always", "limited", "unspecified"),
}
DATA = shape(MADE_OF, needs=("type",))


def from_details(sim: Simulator, params: Json) -> Json:
    """A payment method from `type` and its details, as POST /v1/payment_methods and payment_method_data give them."""
    kind, billing = params["type"], params.get("billing_details") or {}
    details = params.get(kind) or {}
    if kind in bank_accounts.MADE_OF:
        account = debits.account_of(kind, bank_accounts.number_in(kind, details))
        return _bank_account(sim, account, details, billing)
    if kind == "link":
        email = billing.get("email")
        return new_method(sim, "link", {"email": email, "persistent_token": None}, billing)
    if kind == "paypal":
        return _paypal_account(sim, billing)
    if "token" in details:
        token = details["token"].replace("tok_", "pm_card_")
        return from_token(sim, token, billing) or found(sim.store.payment_methods, details["token"], "token")
    if "number" not in details:
        raise required("card[number]" if details else "card")
    return card_from_number(sim, details, billing)


def _paypal_account(sim: Simulator, billing: Json) -> Json:
    """Kept once its owner has agreed on PayPal's own page; https://docs.stripe.com/payments/paypal/set-up-future-payments"""
    email = billing.get("email") or "buyer@paypal.example"
    method = new_method(
        sim, "paypal", {"country": None, "payer_email": email, "payer_id": sim.ids.letters(13)}, billing
    )
    sim.cards.remember(method["id"], Behavior(challenge="unless_set_up"), sim.now())
    return method


def _bank_account(sim: Simulator, account: debits.TestAccount, details: Json, billing: Json | str | None) -> Json:
    face = bank_accounts.shown(account.kind, account.number, details)
    method = new_method(sim, account.kind, face, billing)
    if account.behavior != cards.GOOD:
        sim.cards.remember(method["id"], account.behavior, sim.now())
    if account.refused:
        new_mandate(sim, method, "inactive")
    return method


def renew_card(sim: Simulator, method: Json, face: Face) -> Json:
    """The network tells a replaced card's new number: same payment method, new face, good bank again."""
    card = {**method["card"], "exp_month": face.exp_month, "exp_year": face.exp_year}
    card |= {"last4": face.last4, "fingerprint": face.fingerprint}
    if sim.cards.of(method["id"]):
        sim.cards.remember(method["id"], cards.GOOD, now_of(sim, method))
    change(sim, "payment_method.automatically_updated", method, {"card": card})
    return method

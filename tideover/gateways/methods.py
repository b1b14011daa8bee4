"""A way to pay in Stripe's JSON: a payment method, an older source, a bare id, or what a charge says of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tideover.core.methods import CARD_BRANDS
from tideover.gateways.answers import Card
from tideover.gateways.shape import Json, given, id_of, name, number, part, text

# What the API before payment methods called them, and how an older source writes a card's brand.
# https://docs.stripe.com/payments/older-apis, https://docs.stripe.com/api/cards/object
_OLDER_TYPES: Final[Mapping[str, str]] = {"ach_debit": "us_bank_account", "bank_account": "us_bank_account"}
_OLDER_BRANDS: Final[Mapping[str, str]] = {
    "american_express": "amex",
    "diners_club": "diners",
    "eftpos_australia": "eftpos_au",
    "china_unionpay": "unionpay",
}
_ITSELF: Final = frozenset({"card", "bank_account"})  # an older one of these keeps its details in itself
# By its first letters an id tells what an older source is.
_OF_AN_ID: Final[Mapping[str, str]] = {"card": "card", "ba": "us_bank_account"}


def method_in(of: Json, field: str) -> Card | None:
    """The way to pay in this field, expanded or only its id; None where there is none."""
    method, method_id = part(of, field), id_of(of, field)
    if not method_id:
        return None
    if not method:
        return Card(method_id, brand=_OF_AN_ID.get(method_id.partition("_")[0], ""))
    return method_told(method)


def method_told(method: Json) -> Card:
    """The way to pay that a method or an older source is. Raises Odd where it has no id."""
    kind = text(method, "type") or ("card" if method.get("card") else text(method, "object"))
    details = method if text(method, "object") in _ITSELF else part(method, kind) if kind else {}
    return _told(given(method, "id"), _known_as(kind), details)


def method_of_charge(charge: Json) -> Card:
    """What was charged, as the charge itself says."""
    details = part(charge, "payment_method_details")
    kind = text(details, "type")
    return _told(id_of(charge, "payment_method"), _known_as(kind), part(details, kind) if kind else {})


def _known_as(kind: str) -> str:
    return _OLDER_TYPES.get(kind, kind)


def _told(method_id: str, kind: str, details: Json) -> Card:
    """What a method of this kind tells. Where Stripe gives no fingerprint of what is no card, it is itself alone."""
    brand = _brand(details) if kind == "card" else kind
    month = number(details, "exp_month") if details.get("exp_year") else 0
    return Card(
        payment_method_id=method_id,
        brand=brand[:20],
        last4=text(details, "last4"),
        fingerprint=name(details, "fingerprint") or ("" if brand in {*CARD_BRANDS, "card", ""} else method_id),
        expires=f"{month:02d}/{number(details, 'exp_year')}" if month else "",
    )


def _brand(card: Json) -> str:
    """The network's name as payment methods write it."""
    brand = text(card, "brand").lower().replace(" ", "_")
    return _OLDER_BRANDS.get(brand, brand) or "card"

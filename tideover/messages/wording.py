"""What a message has to say: the facts that go in, checked, cleaned and written in the reader's language and zone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from babel.dates import format_date

from tideover.core.money import Money, spoken

TEMPLATES: Final = (
    "failed",
    "reminder",
    "urgent",
    "help",
    "warning",
    "suspension",
    "last_chance",
    "final",
    "authenticate",
    "update_card",
    "paid",
    "stopped",
)
TONES: Final = ("friendly", "gentle", "urgent", "help", "serious", "emotional", "final")
CONSEQUENCES: Final = ("paused", "canceled", "suspended")

LONGEST_FIELD = 120
# Marks that reorder what is read after them: "gpj.exe" for a name is a trick, not a script.
REORDERING: Final = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class UnknownWord(ValueError):  # noqa: N818 - says what is wrong
    """A template, tone or consequence that no text exists for."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The facts of one message. Empty strings and None mean "not known" and are never written about.

    `next_charge_at` is set only if the payment will be tried then; `no_more_charges` only if it never will be again.
    `consequence` is what the merchant says will follow (paused, canceled, suspended; "" or "none" for nothing).
    """

    template: str
    tone: str
    locale: str  # the customer's, as Stripe's preferred_locales writes it: "en-GB"
    zone: str  # the customer's IANA time zone
    merchant: str
    brand_color: str  # "#rrggbb"
    support_email: str
    postal_address: str
    customer_name: str
    amount: Money
    invoice_number: str
    description: str  # the plan
    failed_on: date | None  # in the customer's zone
    reason_for_payer: str  # core.declines.for_payer
    card_brand: str
    card_last4: str
    next_charge_at: datetime | None
    update_url: str
    hosted_url: str
    unsubscribe_url: str
    consequence: str
    consequence_on: date | None
    psychology: bool
    step_number: int
    step_count: int
    no_more_charges: bool = False
    open_url: str = ""

    def __post_init__(self) -> None:
        for word, known in (
            (self.template, TEMPLATES),
            (self.tone, TONES),
            (self.consequence, (*CONSEQUENCES, "", "none")),
        ):
            if word not in known:
                raise UnknownWord(f"{word!r} is none of {', '.join(filter(None, known))}")


def field(text: str, longest: int = LONGEST_FIELD) -> str | None:
    """A merge field as one clean line, or None where nothing is left to say.

    Line breaks and control characters would make headers and paragraphs of it; "://" would let a mail program
    make a link of a name.
    """
    flat = "".join(" " if unicodedata.category(mark) in {"Cc", "Zl", "Zp", "Cs"} else mark for mark in text)
    plain = " ".join(REORDERING.sub("", flat).replace("://", " ").split())
    return (plain if len(plain) <= longest else plain[: longest - 1].rstrip() + "…") or None


def web_address(text: str) -> str | None:
    """`text` where it is an http(s) address and nothing else."""
    if not text or re.search(r"[\s\x00-\x1f\x7f<>\"'\\]", text):
        return None
    parts = urlsplit(text)
    return text if parts.scheme in {"https", "http"} and parts.hostname else None


def facts(wording: Wording, locale: str) -> Mapping[str, Any]:
    """The merge fields, as a text in `locale` may use them; None for what is not known (false in Liquid)."""
    return {
        "tone": wording.tone,
        "psychology": wording.psychology,
        "merchant": field(wording.merchant) or "us",
        "name": field(wording.customer_name, 80),
        "amount": spoken(wording.amount, locale),
        "invoice": field(wording.invoice_number, 40),
        "plan": field(wording.description),
        "reason": field(wording.reason_for_payer, 200),
        "card": _card(wording),
        "support": field(wording.support_email, 254),
        "address": field(wording.postal_address, 240),
        "page": web_address(wording.update_url) or web_address(wording.hosted_url),
        "last": 0 < wording.step_count <= wording.step_number,
        "no_more_charges": wording.no_more_charges and wording.next_charge_at is None,
        **_days(wording, locale),
    }


def _days(wording: Wording, locale: str) -> Mapping[str, str | None]:
    tried_on = wording.next_charge_at.astimezone(_zone(wording.zone)) if wording.next_charge_at else None
    consequence = wording.consequence if wording.consequence in CONSEQUENCES else None
    return {
        "failed_on": _long(wording.failed_on, locale) if wording.failed_on else None,
        "next_charge_on": _with_weekday(tried_on, locale) if tried_on else None,
        "consequence": consequence,
        "consequence_on": _long(wording.consequence_on, locale) if consequence and wording.consequence_on else None,
    }


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # no such zone, in the three ways zoneinfo says so
        return ZoneInfo("UTC")


def _long(day: date, locale: str) -> str:
    return format_date(day, "long", locale=locale)


def _with_weekday(moment: datetime, locale: str) -> str:
    return format_date(moment, "full", locale=locale)


def _card(wording: Wording) -> str | None:
    """As in `Visa •••• 4242`, or what of it is known."""
    brand = field(wording.card_brand, 20)
    last4 = wording.card_last4 if re.fullmatch(r"[0-9]{4}", wording.card_last4) else ""
    named = BRANDS.get((brand or "").lower(), (brand or "").replace("_", " ").title())
    return " •••• ".join(filter(None, [named, last4])) if last4 else (named or None)


BRANDS: Final = {
    "amex": "American Express",
    "diners": "Diners Club",
    "eftpos_au": "Eftpos",
    "jcb": "JCB",
    "mastercard": "Mastercard",
    "unionpay": "UnionPay",
    "unknown": "",
    "visa": "Visa",
}

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

from tideover.core.catalogue import Channel, Consequence, Template, Tone
from tideover.core.declines import Reason
from tideover.core.money import Money
from tideover.messages.languages import Language

LONGEST_FIELD = 120
# Marks that reorder what is read after them: "gpj.exe" for a name is a trick, not a script.
REORDERING: Final = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")

# What sites and addresses may be written with besides "." and "@" and ":" (RFC 3490 3.1, and the full-width ones).
LIKE_MARKS: Final = str.maketrans("\u3002\uff0e\uff61\u2024\uff20\ufe6b\uff1a", "....@@:")
_IN_SITES: Final = re.compile(r"([.:])(?=\S)")


@dataclass(frozen=True, slots=True)
class Owed:
    """An invoice that waits to be paid. Empty strings mean "not known"."""

    amount: Money
    invoice_number: str
    description: str  # the plan


@dataclass(frozen=True, slots=True)
class Wording:
    """The facts of one message. Empty strings and None mean "not known" and are never written about.

    `next_charge_at` is set only if the payment will be tried then; `no_more_charges` only if it never will be again.
    `consequence` is what the merchant says will follow. `also`: the customer's other open invoices in the same
    currency; then the message is about all of them, and says nothing that is true of one alone. `is_test`: no real
    money is meant.
    """

    template: Template
    tone: Tone
    channel: Channel
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
    reason: Reason | None
    card_brand: str
    card_last4: str
    next_charge_at: datetime | None
    update_url: str
    hosted_url: str
    unsubscribe_url: str
    consequence: Consequence
    consequence_on: date | None
    psychology: bool
    step_number: int
    step_count: int
    no_more_charges: bool = False
    open_url: str = ""
    also: tuple[Owed, ...] = ()
    is_test: bool = False

    @property
    def owed(self) -> tuple[Owed, ...]:
        """Every invoice that the message is about."""
        return (Owed(self.amount, self.invoice_number, self.description), *self.also)

    @property
    def total(self) -> Money:
        return Money(sum(owed.amount.minor for owed in self.owed), self.amount.currency)


def field(text: str, longest: int = LONGEST_FIELD) -> str | None:
    """A merge field as one clean line, or None where nothing is left to say.

    Line breaks and control characters would make headers and paragraphs of it; "://" would let a mail program
    make a link of a name.
    """
    flat = "".join(" " if unicodedata.category(mark) in {"Cc", "Zl", "Zp", "Cs"} else mark for mark in text)
    plain = " ".join(REORDERING.sub("", flat).replace("://", " ").split())
    return (plain if len(plain) <= longest else plain[: longest - 1].rstrip() + "…") or None


def name_of(text: str, longest: int = LONGEST_FIELD) -> str | None:
    """A person's name as a clean line in which no mail program finds an address or a site to make a link of.

    Whoever signs up chooses their name: a mail from the merchant must not carry "pay-here.example" for them. A blank
    after each dot and colon leaves "J. Smith" as people write it.
    """
    plain = unicodedata.normalize("NFC", text).translate(LIKE_MARKS).replace("://", " ")
    return field(_IN_SITES.sub(r"\1 ", plain.replace("@", " at ")), longest)


def web_address(text: str) -> str | None:
    """`text` where it is an http(s) address and nothing else."""
    if not text or re.search(r"[\s\x00-\x1f\x7f<>\"'\\]", text):
        return None
    parts = urlsplit(text)
    return text if parts.scheme in {"https", "http"} and parts.hostname else None


def facts(wording: Wording, language: Language) -> Mapping[str, Any]:
    """The merge fields, as a text of this language may use them; None for what is not known (false in Liquid)."""
    amount, alone = language.amount(wording.total), not wording.also
    plan = field(wording.description) if alone else None
    what = language.say("words", "what", amount=amount, plan=plan)
    several = language.say("words", "what_several", amount=amount, count=len(wording.owed))
    return {
        "tone": str(wording.tone),
        "psychology": wording.psychology,
        "merchant": field(wording.merchant) or language.say("words", "us"),
        "name": name_of(wording.customer_name, 80),
        "amount": amount,
        "what": what if alone else several,
        "invoice": field(wording.invoice_number, 40) if alone else None,
        "plan": plan,
        "reason": language.say("words", f"reason.{wording.reason}") if wording.reason and alone else None,
        "card": card_name(language, wording.card_brand, wording.card_last4, " •••• ") if alone else None,
        "support": field(wording.support_email, 254),
        "address": field(wording.postal_address, 240),
        "page": web_address(wording.update_url) or web_address(wording.hosted_url),
        "last": 0 < wording.step_count <= wording.step_number,
        "no_more_charges": wording.no_more_charges and wording.next_charge_at is None and alone,
        **_days(wording, language),
    }


def _days(wording: Wording, language: Language) -> Mapping[str, str | None]:
    next_charge_at, failed_on = (None, None) if wording.also else (wording.next_charge_at, wording.failed_on)
    tried_on = next_charge_at.astimezone(_zone(wording.zone)) if next_charge_at else None
    stated = None if wording.consequence == Consequence.NONE else f"consequence.{wording.consequence}"
    return {
        "failed_on": language.day(failed_on) if failed_on else None,
        "next_charge_on": language.day(tried_on, "full") if tried_on else None,
        "consequence": language.say("words", stated) if stated else None,
        "consequence_on": language.day(wording.consequence_on) if stated and wording.consequence_on else None,
    }


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # no such zone, in the three ways zoneinfo says so
        return ZoneInfo("UTC")


def card_name(language: Language, brand: str, last4: str, between: str) -> str | None:
    """As in `Visa •••• 4242`, or what of it is known. Stripe names the kind of method where there is no brand."""
    known = field(brand, 20) or ""
    banks = language.say("words", "bank_account")
    named = {**BRANDS, "us_bank_account": banks}.get(known.lower(), known.replace("_", " ").title())
    digits = last4 if re.fullmatch(r"[0-9]{4}", last4) else ""
    return between.join(filter(None, [named, digits])) or None


BRANDS: Final[Mapping[str, str]] = {
    "amex": "American Express",
    "diners": "Diners Club",
    "eftpos_au": "Eftpos",
    "jcb": "JCB",
    "mastercard": "Mastercard",
    "paypal": "PayPal",
    "unionpay": "UnionPay",
    "unknown": "",
    "visa": "Visa",
}

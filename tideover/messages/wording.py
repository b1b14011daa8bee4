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

from tideover.core.ahead.offers import Discount
from tideover.core.catalogue import TEMPLATES, Channel, Consequence, Template, Tone
from tideover.core.declines import Reason
from tideover.core.methods import Means, is_debit
from tideover.core.money import Money
from tideover.core.settings.designs import Design
from tideover.core.words.characters import shortened
from tideover.messages.languages import Language
from tideover.messages.own.saying import InTrial, Own

LONGEST_FIELD = 120
BETWEEN: Final = " •••• "  # a card's brand and its last digits
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
    description: str  # what is charged: the plan
    other_lines: int = 0  # charged besides


@dataclass(frozen=True, slots=True)
class InParts:
    """Paying in parts, as a message tells of it.

    number: of the part it is about; 0 where a plan is offered. count: of all, or the most that may be chosen. amount:
    of that part, or of the smallest that may be chosen. on: the next day on which something is charged. following:
    what is charged then, where it is not this part. left: what is still to come afterwards.
    """

    number: int
    count: int
    amount: Money
    on: date | None = None
    following: Money | None = None
    left: Money | None = None


@dataclass(frozen=True, slots=True)
class CardEnds:
    """A card that ends before it is charged next, as a message tells of it.

    on: its last day. is_over: that has passed. renews_on: when it is charged next.
    """

    on: date
    renews_on: date
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Renewal:
    """A subscription that renews, or whose trial ends, as a message tells of it.

    on: when that is. by_hand: its invoice is sent to be paid by hand then, and nothing is charged.
    """

    on: date
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Offered:
    """What somebody is offered to come back. until: the last day of it."""

    discount: Discount
    until: date


@dataclass(frozen=True, slots=True)
class WonBack:
    """A subscription that has ended, as a letter tells of it which asks its payer back."""

    ended_on: date
    offered: Offered | None = None


@dataclass(frozen=True, slots=True)
class Wording:
    """The facts of one message. Empty strings and None mean "not known" and are never written about.

    `amount`: of a message about a payment to come, what is charged then; nothing where that is not known.
    `next_charge_at` is set only if the payment will be tried then; `no_more_charges` only if it never will be again.
    `consequence` is what the merchant says will follow. `means` is what was to be charged, in the payer's eyes. `also`:
    the customer's other open invoices in the same currency; then the message is about all of them, and says nothing
    that is true of one alone. `is_test`: no real money is meant. `is_rehearsal`: it goes to somebody of the
    merchant, to be looked at. `own` is the merchant's text in place of ours; `trial` the half of a trial
    that it is written for.
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
    description: str  # what is charged: the plan
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
    is_rehearsal: bool = False
    means: Means = Means.CARD
    is_subscription: bool = True  # rather than a single invoice
    other_lines: int = 0  # charged besides what the description names
    logo_url: str = ""
    promised_on: date | None = None  # when the payer chose to pay, in their zone
    parts: InParts | None = None  # of a message about a payment plan
    card_ends: CardEnds | None = None  # of a message about that
    renewal: Renewal | None = None  # of a message about that, or about the end of a trial
    won_back: WonBack | None = None  # of a letter to who has left
    due_on: date | None = None  # of an invoice that was sent to be paid by its receiver, and is overdue
    own: Own | None = None
    trial: InTrial | None = None
    design: Design = Design.CARD  # how a mail looks

    @property
    def owed(self) -> tuple[Owed, ...]:
        """Every invoice that the message is about."""
        return (Owed(self.amount, self.invoice_number, self.description, self.other_lines), *self.also)

    @property
    def total(self) -> Money:
        return Money(sum(owed.amount.minor for owed in self.owed), self.amount.currency)


def field(text: str, longest: int = LONGEST_FIELD) -> str | None:
    """A merge field as one clean line, or None where nothing is left to say.

    Line breaks and control characters would make headers and paragraphs of it; "://" would let a mail program
    make a link of a name.
    """
    return one_line(REORDERING.sub("", text).replace("://", " "), longest) or None


def one_line(text: str, longest: int) -> str:
    """Words of ours on one line, with the marks that keep apart what is read from the left and from the right."""
    flat = "".join(" " if unicodedata.category(mark) in {"Cc", "Zl", "Zp", "Cs"} else mark for mark in text)
    return shortened(" ".join(flat.split()), longest)


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
    return {**manner(wording), **known(wording, language)}


def manner(wording: Wording) -> Mapping[str, Any]:
    """How it is said, whatever it is about."""
    return {
        "tone": str(wording.tone),
        "psychology": wording.psychology,
        "last": 0 < wording.step_count <= wording.step_number,
    }


def known(wording: Wording, language: Language) -> Mapping[str, Any]:
    """What it is about, however it is said."""
    amount, alone = _amount(wording, language), not wording.also
    plan = plan_name(language, wording.description, wording.other_lines) if alone else None
    what = language.say("words", "what", amount=amount, plan=plan)
    several = language.say("words", "what_several", amount=amount, count=len(wording.owed))
    reasons = method_words(language, wording.means) if wording.reason and alone else {}
    return {
        "merchant": field(wording.merchant) or language.say("words", "us"),
        "name": name_of(wording.customer_name, 80),
        "amount": amount,
        "what": what if alone else several,
        "invoice": field(wording.invoice_number, 40) if alone else None,
        "plan": plan,
        "reason": reasons.get(f"reason.{wording.reason}"),
        "subscription": wording.is_subscription,
        **_method(wording, language),
        "support": field(wording.support_email, 254),
        "address": field(wording.postal_address, 240),
        "page": web_address(wording.update_url) or web_address(wording.hosted_url),
        "no_more_charges": wording.no_more_charges and wording.next_charge_at is None and alone,
        **_days(wording, language),
        **_parts(wording, language),
        **_to_come(wording, language),
        **_won_back(wording, language),
    }


def _amount(wording: Wording, language: Language) -> str | None:
    """What is owed; ahead of a renewal what it will be, and None where nobody knows that."""
    unknown = TEMPLATES[wording.template].ahead and not wording.total.minor
    return None if unknown else _money(wording, language, wording.total)


def _to_come(wording: Wording, language: Language) -> Mapping[str, Any]:
    """What a message about a payment to come may name: a card that ends before it, or what it renews."""
    card, renewal = wording.card_ends, wording.renewal
    renews_on = card.renews_on if card else renewal.on if renewal else None
    support = field(wording.support_email, 254)
    return {
        "ends_in": language.month(card.on) if card else None,
        "is_over": card.is_over if card else None,
        "renews_on": language.day(renews_on) if renews_on else None,
        "by_hand": renewal.by_hand if renewal else None,
        "how_to_cancel": language.say("words", "how_to_cancel", support=support) if renewal else None,
    }


def _won_back(wording: Wording, language: Language) -> Mapping[str, Any]:
    """What a letter to somebody who has left may name."""
    left = wording.won_back
    given = left.offered if left else None
    off = _money(wording, language, given.discount.off) if given and given.discount.off else ""
    return {
        "ended_on": language.day(left.ended_on) if left else None,
        "offer": offer_words(language, given.discount, off) if given else None,
        "offer_until": language.day(given.until) if given else None,
    }


def offer_words(language: Language, discount: Discount, off: str = "") -> str:
    """A discount as a noun: "20% off for the first 3 months". off: its amount as the channel writes it."""
    taken = off or (language.amount(discount.off) if discount.off else language.percent(discount.percent))
    return language.say("words", "offer", off=taken, months=discount.months)


def _money(wording: Wording, language: Language, money: Money) -> str:
    """As the channel writes it: in a text message each letter counts, and signs of money cost."""
    return language.coded(money) if wording.channel == Channel.SMS else language.amount(money)


def _parts(wording: Wording, language: Language) -> Mapping[str, Any]:
    """What a message about a plan may name."""
    told = wording.parts
    if told is None:
        return dict.fromkeys(("part", "parts", "part_amount", "part_on", "next_amount", "left"))
    return {
        "part": told.number or None,
        "parts": told.count,
        "part_amount": _money(wording, language, told.amount),
        "part_on": language.day(told.on, "full") if told.on else None,
        "next_amount": _money(wording, language, told.following) if told.following else None,
        "left": _money(wording, language, told.left) if told.left and told.left.minor else None,
    }


def _method(wording: Wording, language: Language) -> Mapping[str, str | None]:
    """What was to be charged: by its kind, as a noun, as it stands after "your", and as a row of its own."""
    card = None if wording.also else card_name(wording.card_brand, wording.card_last4, BETWEEN)
    method = _noun(language, wording.means)
    after_your = {Means.CARD: card or method, Means.BANK_ACCOUNT: " ".join(filter(None, (method, card)))}
    paid_with = after_your.get(wording.means, method)
    return {"means": str(wording.means), "method": method, "paid_with": paid_with, "card": card}


def _noun(language: Language, means: Means) -> str:
    return language.say("words", f"method.{Means.OTHER if means == Means.NONE else means}")


def plan_name(language: Language, description: str, others: int) -> str | None:
    """What is charged, as in "Pro plan and 2 more"."""
    name = field(description)
    return language.say("words", "plan", name=name, more=others) if name else None


def method_words(language: Language, means: Means) -> Mapping[str, str]:
    """The lines of words that speak of what was to be charged."""
    return language.lines("words", means=str(means), method=_noun(language, means))


def _days(wording: Wording, language: Language) -> Mapping[str, str | None]:
    next_charge_at, failed_on = (None, None) if wording.also else (wording.next_charge_at, wording.failed_on)
    due_on = None if wording.also else wording.due_on
    tried_on = next_charge_at.astimezone(_zone(wording.zone)) if next_charge_at else None
    said = wording.is_subscription and wording.consequence != Consequence.NONE  # it is of a subscription alone
    stated = f"consequence.{wording.consequence}" if said else None
    return {
        "failed_on": language.day(failed_on) if failed_on else None,
        "due_on": language.day(due_on) if due_on else None,
        "promised_on": language.day(wording.promised_on, "full") if wording.promised_on else None,
        "next_charge_on": language.day(tried_on, "full") if tried_on else None,
        "consequence": language.say("words", stated) if stated else None,
        "consequence_on": language.day(wording.consequence_on) if stated and wording.consequence_on else None,
    }


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # no such zone, in the three ways zoneinfo says so
        return ZoneInfo("UTC")


def card_name(brand: str, last4: str, between: str) -> str | None:
    """As in `Visa •••• 4242`, or what of it is known; of a bank account its last digits, `•••• 6789`."""
    known = field(brand, 20) or ""
    named = BRANDS.get(known.lower(), known.replace("_", " ").title())
    digits = last4 if _is_number(last4) else ""
    if is_debit(known):
        return f"{between.strip()} {digits}" if digits else None
    return between.join(filter(None, [named, digits])) or None


def _is_number(last4: str) -> bool:
    """Whether it is what cards and accounts end in: in some countries with a letter."""
    return bool(re.fullmatch(r"[0-9A-Za-z]{4}", last4))


BRANDS: Final[Mapping[str, str]] = {
    "amazon_pay": "Amazon Pay",
    "amex": "American Express",
    "card": "",
    "cashapp": "Cash App",
    "diners": "Diners Club",
    "eftpos_au": "Eftpos",
    "jcb": "JCB",
    "mastercard": "Mastercard",
    "paypal": "PayPal",
    "unionpay": "UnionPay",
    "unknown": "",
    "visa": "Visa",
}

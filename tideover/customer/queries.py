"""What the card page shows, read from our rows alone: opening the page asks and changes nothing at Stripe."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date
from django.conf import settings

from tideover.core.declines import Decline, Family, for_payer
from tideover.core.money import Money, spoken
from tideover.core.outcomes import FAILED_TRIES
from tideover.core.steps import CHARGES
from tideover.messages.color import Palette, palette
from tideover.recovery import ledger
from tideover.recovery.models import Action, Attempt, Case, Link
from tideover.recovery.places import zone

LANGUAGE: Final = "en_US"  # the page's words are English, so its dates and amounts are written in that language too
BRANDS: Final[Mapping[str, str]] = {
    "visa": "Visa",
    "mastercard": "Mastercard",
    "amex": "American Express",
    "discover": "Discover",
    "diners": "Diners Club",
    "jcb": "JCB",
    "unionpay": "UnionPay",
    "us_bank_account": "Bank account",
    "link": "Link",
    "paypal": "PayPal",
}
# Only for these is the same card tried again, so only for these may the page say that waiting helps.
WORTH_WAITING: Final = {Family.NO_FUNDS, Family.REFUSED, Family.TECHNICAL, Family.OTHER}
WHAT_TO_DO: Final[Mapping[Family, str]] = {
    Family.NO_FUNDS: "Pay with another card",
    Family.REFUSED: "Pay with another card",
    Family.TECHNICAL: "Pay now with a card",
    Family.EXPIRED: "Enter a card that is still valid",
    Family.CARD_DEAD: "Pay with another card",
    Family.AUTHENTICATION: "Confirm with your bank",
    Family.REVOKED: "Pay with another card",
    Family.WRONG_DATA: "Enter your card again",
    Family.OTHER: "Pay with another card",
}


@dataclass(frozen=True, slots=True)
class Owed:
    """Another open invoice of the same customer."""

    what: str
    amount: str
    since: str


@dataclass(frozen=True, slots=True)
class Page:
    """Everything the template says. Texts are plain; the template escapes them. `kind` chooses the part that acts."""

    kind: str  # form | authenticate | hosted | processing | paid
    paid_here: bool  # by this page or the message that led to it, as opposed to somewhere else
    merchant: str
    support_email: str
    palette: Palette
    amount: str
    currency: str
    what: str
    number: str
    opened_on: str
    reason: str
    to_do: str
    card: str
    next_try: str
    others: tuple[Owed, ...]
    total: str
    hosted_url: str
    publishable_key: str
    stripe_js: str


def page_of(link: Link) -> Page:
    """The page of the case behind `link`."""
    case, project = link.case, link.case.project
    kind, family = _kind(case), Family(case.family)
    others = _others(case) if kind in {"form", "authenticate", "hosted"} else []
    return Page(
        kind=kind,
        paid_here=case.via in {Case.Via.EMAIL, Case.Via.CARD_PAGE},
        merchant=project.brand_name or project.name,
        support_email=project.support_email,
        palette=palette(project.brand_color),
        amount=_money(case.amount_recovered or case.amount_due, case.currency),
        currency=case.currency,
        what=case.description,
        number=case.invoice_number,
        opened_on=_day(case.opened_at, case),
        reason=_reason(case, family),
        to_do=WHAT_TO_DO[family],
        card=_card(case),
        next_try=_next_try(case, family),
        others=tuple(_owed(other) for other in others),
        total=_total([case, *others]) if others else "",
        hosted_url=case.hosted_url,
        publishable_key=case.connection.publishable_key,
        stripe_js=stripe_js(case),
    )


def _kind(case: Case) -> str:
    if case.state == Case.State.RECOVERED:
        return "paid"
    if case.processing:
        return "processing"
    connection = case.connection
    if not connection.may_write or connection.organization.stopped_at or not connection.publishable_key:
        return "hosted"  # we may not charge here; Stripe's own page always works
    waits = case.attention == Case.Attention.AUTHENTICATION or case.family == Family.AUTHENTICATION
    return "authenticate" if waits else "form"


def stripe_js(case: Case) -> str:
    """Where Stripe.js is loaded from: Stripe, or the simulator that plays its part."""
    base = case.connection.api_base.rstrip("/")
    return f"{base}/v3/" if base else str(settings.CONFIG.stripe_js_url)


def _reason(case: Case, family: Family) -> str:
    if not case.card_last4 and not case.decline_code and family == Family.EXPIRED:
        return "There is no card on file for this subscription."
    failed = Attempt.objects.filter(case=case, outcome__in=FAILED_TRIES).order_by("-at", "-id").first()
    told = ledger.decline_of(failed) if failed else None
    return for_payer(told or Decline(code=case.decline_code or None))


def _card(case: Case) -> str:
    """Brand and last four digits ("Visa ·· 4242"); nothing where no card is known."""
    brand = BRANDS.get(case.card_brand, case.card_brand.replace("_", " ").capitalize())
    return f"{brand} ·· {case.card_last4}".strip() if case.card_last4 else brand


def _next_try(case: Case, family: Family) -> str:
    """The day on which this card is tried again by itself, ours or Stripe's try; empty where waiting helps nothing."""
    if family not in WORTH_WAITING:
        return ""
    charges = Action.objects.filter(case=case, do__in=CHARGES, state=Action.State.PLANNED)
    ours = charges.order_by("due_at").values_list("due_at", flat=True).first() if case.connection.may_write else None
    moments = [at for at in (ours, case.stripe_next_attempt_at) if at is not None]
    return _weekday(min(moments), zone(case.time_zone)) if moments else ""


def _others(case: Case) -> list[Case]:
    """The customer's other invoices that wait to be paid, oldest first."""
    same = Case.objects.filter(connection_id=case.connection_id, customer_id=case.customer_id)
    return list(same.filter(state=Case.State.FAILING, processing=False).exclude(pk=case.pk).order_by("opened_at")[:20])


def _owed(case: Case) -> Owed:
    return Owed(case.description or "Invoice", _money(case.amount_due, case.currency), _day(case.opened_at, case))


def _total(cases: list[Case]) -> str:
    """One sum for each currency: "$148.00", or "$99.00 and €20.00"."""
    sums: dict[str, int] = defaultdict(int)
    for case in cases:
        sums[case.currency] += case.amount_due
    return " and ".join(_money(minor, currency) for currency, minor in sums.items())


def _money(minor: int, currency: str) -> str:
    return spoken(Money(minor, currency), LANGUAGE)


def _day(at: datetime, case: Case) -> str:
    return format_date(at.astimezone(zone(case.time_zone)).date(), "MMMM d, y", locale=LANGUAGE)


def _weekday(at: datetime, where: ZoneInfo) -> str:
    return format_date(at.astimezone(where).date(), "EEEE, MMMM d", locale=LANGUAGE)

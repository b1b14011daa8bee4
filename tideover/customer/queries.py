"""What the card page shows, read from our rows alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.conf import settings
from django.db.models import Q

from tideover.core.catalogue import Channel
from tideover.core.declines import HEALS, Decline, Family, Heals, for_payer
from tideover.core.facts import Learnt
from tideover.core.money import Money
from tideover.core.outcomes import FAILED_TRIES
from tideover.core.steps import CHARGES
from tideover.messages.brand import logo_path
from tideover.messages.color import Palette, palette
from tideover.messages.languages import Language, spoken_in
from tideover.messages.wording import BETWEEN, card_name, method_words, plan_name
from tideover.recovery import ledger
from tideover.recovery.models import Action, Attempt, Case, Link
from tideover.recovery.places import zone
from tideover.recovery.rulesets import rules_of
from tideover.recovery.telling import ways

# Once one of these is known, the invoice takes no payment.
NOTHING_OWED: Final = {Learnt.VOIDED, Learnt.UNCOLLECTIBLE, Learnt.INVOICE_DELETED}


@dataclass(frozen=True, slots=True)
class Owed:
    """Another open invoice of the same customer."""

    what: str
    amount: str
    since: str


@dataclass(frozen=True, slots=True)
class Page:
    """Everything the template shows. Texts are plain; the template escapes them. `kind` chooses the part that acts.

    say: the page's own words, filled in with the facts of this payment.
    """

    kind: str  # kind_of
    language: Language
    say: Mapping[str, str]
    paid_here: bool  # by this page or the message that led to it, as opposed to somewhere else
    merchant: str
    support_email: str
    logo_url: str
    return_url: str
    palette: Palette
    amount: str
    currency: str
    what: str
    number: str
    opened_on: str
    paid_on: str
    due_on: str  # of what is overdue; else empty
    reason: str
    to_do: str
    card: str
    next_try: str
    others: tuple[Owed, ...]
    others_are_paid_too: bool
    total: str
    hosted_url: str
    publishable_key: str
    stripe_js: str
    methods: str  # what may be brought, by Stripe's types


def language_of(case: Case) -> Language:
    """The language the customer is spoken to in."""
    return spoken_in(case.locale)


def page_of(link: Link) -> Page:
    """The page of the case behind `link`."""
    case, project, language = link.case, link.case.project, language_of(link.case)
    kind, family = kind_of(case), Family(case.family)
    others = _others(case) if kind in {"form", "authenticate", "hosted"} else []
    merchant = project.brand_name or project.name
    amount = language.amount(case.came if kind == "paid" else case.owed)
    card = card_name(case.card_brand, case.card_last4, BETWEEN) or ""
    next_try = _next_try(case, family, language)
    known = {"merchant": merchant, "amount": amount, "card": card, "next_try": next_try, "means": str(case.means)}
    due_on = language.day(_local(case.opened_at, case)) if case.is_overdue else ""
    say = language.lines("page", **known, due_on=due_on, subscription=case.is_subscription)
    return Page(
        kind=kind,
        language=language,
        say=say,
        paid_here=case.via in {Case.Via.CARD_PAGE, *Channel},
        merchant=merchant,
        support_email=project.support_email,
        logo_url=logo_path(project),
        return_url=project.return_url,
        palette=palette(project.brand_color),
        amount=amount,
        currency=case.currency,
        what=plan_name(language, case.description, case.other_lines) or "",
        number=case.invoice_number,
        opened_on=language.day(_local(case.opened_at, case)),
        paid_on=language.day(_local(case.ended_at, case)) if kind == "paid" and case.ended_at else "",
        due_on=due_on,
        reason=say["overdue_what"] if case.is_overdue else _reason(case, language),
        to_do="" if case.is_overdue else say[f"to_do.{family}"],  # then it has no form
        card=card,
        next_try=next_try,
        others=tuple(_owed(other, language) for other in others),
        others_are_paid_too=kind != "hosted" and any(rules_of(other.ruleset).charge_new_card for other in others),
        total=_total([case, *others], language) if others else "",
        hosted_url=case.hosted_url,
        publishable_key=case.connection.publishable_key,
        stripe_js=stripe_js(case),
        methods=" ".join(ways.offered(project)),
    )


def kind_of(case: Case) -> str:
    """What the page is for at this moment: form, authenticate, hosted, processing, paid or closed.

    Whatever became of the case, what is owed can be paid.
    """
    if case.state == Case.State.RECOVERED:
        return "paid"
    if case.state != Case.State.FAILING and case.facts.filter(kind__in=NOTHING_OWED).exists():
        return "closed"
    if case.processing:
        return "processing"
    connection = case.connection
    if not connection.may_write or _is_stopped(case) or not connection.publishable_key:
        return "hosted"  # we may not charge here; Stripe's own page always works
    if case.is_overdue or not case.customer_id:
        return "hosted"  # what was sent is paid as its receiver likes; and a card cannot be kept for nobody
    waits = case.attention == Case.Attention.AUTHENTICATION or case.family == Family.AUTHENTICATION
    return "authenticate" if waits else "form"


def _is_stopped(case: Case) -> bool:
    """Whether nothing may be charged for this merchant now, as its row and its project's say."""
    return case.connection.organization.stopped_at is not None or not case.project.recovery_enabled


def may_have_changed(case: Case) -> bool:
    """Whether something is owed and the case has ended, so that nobody else asks Stripe about it any more."""
    return case.state != Case.State.FAILING and kind_of(case) not in {"paid", "closed"}


def stripe_js(case: Case) -> str:
    """Where Stripe.js is loaded from: Stripe, or the simulator that plays its part."""
    base = case.connection.api_base.rstrip("/")
    return f"{base}/v3/" if base else str(settings.CONFIG.stripe_js_url)


def _reason(case: Case, language: Language) -> str:
    failed = Attempt.objects.filter(case=case, outcome__in=FAILED_TRIES).order_by("-at", "-id").first()
    told = ledger.decline_of(failed) if failed else None
    reason = for_payer(told or Decline(code=case.decline_code or None, brand=case.card_brand or None), case.means)
    return method_words(language, case.means)[f"reason.{reason}"]


def _next_try(case: Case, family: Family, language: Language) -> str:
    """The day on which this card is tried again by itself, ours or Stripe's try; empty where waiting helps nothing."""
    if HEALS[family] != Heals.TIME:
        return ""
    charges = Action.objects.filter(case=case, do__in=CHARGES, state=Action.State.PLANNED)
    may_charge = case.connection.may_write and not _is_stopped(case)
    ours = charges.order_by("due_at").values_list("due_at", flat=True).first() if may_charge else None
    moments = [at for at in (ours, case.stripe_next_attempt_at) if at is not None]
    return language.weekday_of_this_year(_local(min(moments), case)) if moments else ""


def _others(case: Case) -> list[Case]:
    """All other invoices of the customer that wait to be paid, oldest first: none may be charged that is not named."""
    if not case.customer_id:  # who has no id in common with anybody has no other invoices
        return []
    overdue = Q(family=Family.OVERDUE)  # no card pays these along with others
    same = Case.objects.filter(
        overdue if case.is_overdue else ~overdue, connection_id=case.connection_id, customer_id=case.customer_id
    )
    return list(same.filter(state=Case.State.FAILING, processing=False).exclude(pk=case.pk).order_by("opened_at"))


def _owed(case: Case, language: Language) -> Owed:
    since = language.say("page", "other_since", day=language.day(_local(case.opened_at, case)))
    what = plan_name(language, case.description, case.other_lines) or language.say("page", "other_invoice")
    return Owed(what, language.amount(case.owed), since)


def _total(cases: list[Case], language: Language) -> str:
    """One sum for each currency: "$148.00", or "$99.00 and €20.00"."""
    sums: dict[str, int] = defaultdict(int)
    for case in cases:
        sums[case.currency] += case.owed.minor
    return language.listed([language.amount(Money(minor, currency)) for currency, minor in sums.items()])


def _local(at: datetime, case: Case) -> date:
    """The customer's own day of this instant."""
    return at.astimezone(zone(case.time_zone)).date()

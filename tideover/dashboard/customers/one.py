"""All that is known of one customer: what is open, every case on one line of time, how they pay, how we reach them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

from tideover.core.catalogue import Channel
from tideover.core.money import Money
from tideover.core.outcomes import FAILED_TRIES
from tideover.dashboard.customers.listing import RUNNING, is_owed, theirs, together
from tideover.dashboard.customers.times import Bar, Dot, Month, bars, dots, months
from tideover.dashboard.progress import Row, rows
from tideover.dashboard.words import language_label, method_label
from tideover.messages.models import Message, Suppression
from tideover.messages.suppression import suppressed
from tideover.mirror.models import Customer, Method, MirrorInvoice, Payment, Subscription
from tideover.recovery.models import Case
from tideover.recovery.places import zone, zone_name

MOST_CASES: Final = 100
MOST_PAYMENTS: Final = 12
LATELY: Final = timedelta(days=30)
SOON: Final = timedelta(days=60)
BACK: Final = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Open:
    """An invoice that is open: with the case that is about it, where there is one."""

    number: str
    about: str
    amount: Money
    since: datetime
    row: Row | None


@dataclass(frozen=True, slots=True)
class Way:
    """A way to pay. main: it is charged at first. declined: how often in 30 days. ends_soon: the card does."""

    label: str
    method: Method
    main: bool
    declined: int
    ends_soon: bool
    ended: bool


@dataclass(frozen=True, slots=True)
class Reach:
    """How they are written to. silent: why they get no email; latest: the case by which they are let back in."""

    language: str
    zone: str
    clock: datetime
    silent: Suppression | None
    latest: Case | None
    sent: int
    opened: int


@dataclass(frozen=True, slots=True)
class Known:
    """The page of a customer."""

    customer: Customer
    plans: Sequence[Subscription]
    ended_plans: Sequence[Subscription]
    open: Sequence[Open]
    total: Sequence[Money]
    cases: Sequence[Row]
    ways: Sequence[Way]
    payments: Sequence[Payment]
    reach: Reach
    months: Sequence[Month]
    dots: Sequence[Dot]
    bars: Sequence[Bar]
    paid_back: int
    closed: int


def known_of(customer: Customer, now: datetime) -> Known:
    """Of this customer, at this moment."""
    mine = theirs([customer])
    cases = rows(list(Case.objects.filter(mine).select_related("connection").order_by("-opened_at", "pk")[:MOST_CASES]))
    asked = Q(made_at__gte=now - BACK) | Q(status="open")
    invoices = list(MirrorInvoice.objects.filter(mine & asked).order_by("made_at", "pk"))
    plans = list(Subscription.objects.filter(mine).order_by("-began_at", "pk"))
    payments = list(Payment.objects.filter(mine).order_by("-at", "pk")[:100])
    opened = _open(cases, invoices, now)
    span = months(now, zone(customer.project.time_zone))
    ended = [row for row in cases if row.case.state not in {Case.State.FAILING, Case.State.CANCELED}]
    return Known(
        customer=customer,
        plans=[plan for plan in plans if plan.status in RUNNING],
        ended_plans=[plan for plan in plans if plan.status not in RUNNING],
        open=opened,
        total=together(each.amount for each in opened),
        cases=cases,
        ways=_ways(customer, plans, payments, now),
        payments=payments[:MOST_PAYMENTS],
        reach=_reach(customer, [row.case for row in cases], now),
        months=span,
        dots=dots(invoices, span),
        bars=bars([row.case for row in cases], span, now),
        paid_back=sum(row.case.state == Case.State.RECOVERED for row in ended),
        closed=len(ended),
    )


def _open(cases: Sequence[Row], invoices: Sequence[MirrorInvoice], now: datetime) -> list[Open]:
    """By their cases, which were read at Stripe last; of the others as the mirror has them."""
    known = {row.case.invoice_id for row in cases}
    failing = [row for row in cases if row.case.state == Case.State.FAILING]
    others = [invoice for invoice in invoices if is_owed(invoice, now) and invoice.stripe_id not in known]
    found = [_by_case(row) for row in failing] + [
        Open(each.number or each.stripe_id, each.description, _owed(each), each.due_at or each.made_at, None)
        for each in others
    ]
    return sorted(found, key=lambda each: each.since)


def _by_case(row: Row) -> Open:
    case = row.case
    return Open(case.invoice_number or case.invoice_id, case.description, case.owed, case.opened_at, row)


def _owed(invoice: MirrorInvoice) -> Money:
    return Money(invoice.amount_open, invoice.currency)


def _ways(customer: Customer, plans: Sequence[Subscription], payments: Sequence[Payment], now: datetime) -> list[Way]:
    main = {customer.method_id, *(plan.method_id for plan in plans if plan.status in RUNNING)} - {""}
    lately = [each for each in payments if each.outcome in FAILED_TRIES and each.at >= now - LATELY]
    declined = Counter(each.method_id for each in lately)
    found = Method.objects.filter(theirs([customer]), gone=False).order_by("-pk")
    ways = [_way(method, main, declined[method.stripe_id], now) for method in found]
    return sorted(ways, key=lambda way: not way.main)


def _way(method: Method, main: set[str], declined: int, now: datetime) -> Way:
    ends = method.expires_on
    return Way(
        label=method_label(method.brand, method.last4) or method.stripe_id,
        method=method,
        main=method.stripe_id in main,
        declined=declined,
        ends_soon=ends is not None and now.date() <= ends <= (now + SOON).date(),
        ended=ends is not None and ends < now.date(),
    )


def _reach(customer: Customer, cases: Sequence[Case], now: datetime) -> Reach:
    project = customer.project
    latest = cases[0] if cases else None
    address = customer.email or (latest.customer_email if latest else "")
    name = zone_name(customer.country, customer.region, project.time_zone)
    about = Message.objects.filter(organization=project.organization_id, about__in=[case.pk for case in cases])
    sent = list(about.filter(state=Message.State.SENT).values_list("pk", "events__kind"))
    return Reach(
        language=language_label(customer.locale or (latest.locale if latest else "")),
        zone=name,
        clock=now.astimezone(zone(name)),
        silent=suppressed(project.organization, Channel.EMAIL, address),
        latest=latest,
        sent=len({pk for pk, _ in sent}),
        opened=len({pk for pk, kind in sent if kind in {"opened", "clicked"}}),
    )

"""All that is known of one customer: what is open, every case on one line of time, how they pay, how we reach them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import Case as Choose
from django.db.models import Q, When

from tideover.core.money import Money
from tideover.core.outcomes import FAILED_TRIES
from tideover.core.timing import local_day
from tideover.dashboard.customers.agreed import Kept, Promises, kept_of, promises_of
from tideover.dashboard.customers.listing import RUNNING, is_owed, theirs, together
from tideover.dashboard.customers.reach import Contact, Reach, address_of, reach_of
from tideover.dashboard.customers.times import Bar, Dot, Month, bars, dots, months
from tideover.dashboard.customers.told import Of, told_of
from tideover.dashboard.progress import Row, rows
from tideover.dashboard.words import method_label
from tideover.mirror.expiring import day_of
from tideover.mirror.models import Customer, MirrorInvoice, Payment, Subscription
from tideover.recovery.models import Case
from tideover.recovery.places import zone
from tideover.tenants.at_once import Line

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
    """A way to pay. main: it is charged at first. declined: how often in 30 days. ends_soon: the card does.

    gone_at: when it was taken off the customer, by whomever.
    """

    label: str
    stripe_id: str
    expires_on: date | None
    main: bool
    declined: int
    ends_soon: bool
    ended: bool
    gone_at: datetime | None


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
    kept: Kept
    promises: Promises
    months: Sequence[Month]
    dots: Sequence[Dot]
    bars: Sequence[Bar]
    paid_back: int
    closed: int

    @property
    def other_contacts(self) -> Sequence[Contact]:
        """Where they were written to before, and are no more."""
        return [contact for contact in self.reach.contacts if not contact.current]


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read of them: the latest cases, the invoices of a year and those that are open, plans, payments, and
    what many rows tell.
    """

    cases: Sequence[Case]
    invoices: Sequence[MirrorInvoice]
    plans: Sequence[Subscription]
    payments: Sequence[Payment]
    told: Sequence[Line]


def known_of(customer: Customer, now: datetime) -> Known:
    """Of this customer, at this moment."""
    mine = theirs([customer])
    cases = _cases(mine)
    asked = Q(made_at__gte=now - BACK) | Q(status="open")
    invoices = MirrorInvoice.objects.filter(mine & asked).order_by("made_at", "pk")
    read = _Read(
        cases,
        list(invoices),
        list(Subscription.objects.filter(mine).order_by("-began_at", "pk")),
        list(Payment.objects.filter(mine).order_by("-at", "pk")[:100]),
        told_of(customer, cases, address_of(customer, next(iter(cases), None))),
    )
    return _page(customer, read, now)


def _cases(mine: Q) -> list[Case]:
    """The latest, and before them those that are open: what is owed is never left out."""
    is_over = When(~Q(state=Case.State.FAILING), then=1)
    found = (
        Case.objects.filter(mine).select_related("connection").order_by(Choose(is_over, default=0), "-opened_at", "pk")
    )
    return sorted(found[:MOST_CASES], key=lambda case: case.opened_at, reverse=True)


def _page(customer: Customer, read: _Read, now: datetime) -> Known:
    found, cases = read.cases, rows(read.cases)
    owed = _open(cases, read.invoices, now)
    reach = reach_of(customer, next(iter(found), None), read.told, now)
    span = months(now, zone(customer.project.time_zone))
    ended = [case for case in found if case.state not in {Case.State.FAILING, Case.State.CANCELED}]
    return Known(
        customer=customer,
        plans=[plan for plan in read.plans if plan.status in RUNNING],
        ended_plans=[plan for plan in read.plans if plan.status not in RUNNING],
        open=owed,
        total=together(each.amount for each in owed),
        cases=cases,
        ways=_ways(customer, read, now),
        payments=read.payments[:MOST_PAYMENTS],
        reach=reach,
        kept=kept_of(found, read.told, local_day(now, zone(reach.zone)), now),
        promises=promises_of(found, read.told),
        months=span,
        dots=dots(read.invoices, span),
        bars=bars(found, span, now),
        paid_back=sum(case.state == Case.State.RECOVERED for case in ended),
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


def _ways(customer: Customer, known: _Read, now: datetime) -> list[Way]:
    """The main one first, the newest before older ones, and last what was taken off the customer."""
    main = {customer.method_id, *(plan.method_id for plan in known.plans if plan.status in RUNNING)} - {""}
    lately = [each for each in known.payments if each.outcome in FAILED_TRIES and each.at >= now - LATELY]
    declined = Counter(each.method_id for each in lately)
    methods = [each for each in known.told if each.of in {Of.METHOD, Of.DETACHED}]
    newest = sorted(methods, key=lambda each: each.id, reverse=True)
    ways = [_way(method, main, declined[method.first], now) for method in newest]
    return sorted(ways, key=lambda way: (way.gone_at is not None, not way.main))


def _way(method: Line, main: set[str], declined: int, now: datetime) -> Way:
    ends, gone = day_of(method.then) if method.then else None, method.of == Of.DETACHED
    return Way(
        label=method_label(method.second, method.third) or method.first,
        stripe_id=method.first,
        expires_on=ends,
        main=method.first in main and not gone,
        declined=declined,
        ends_soon=ends is not None and day_of(now) <= ends <= day_of(now + SOON),
        ended=ends is not None and ends < day_of(now),
        gone_at=method.at if gone else None,
    )

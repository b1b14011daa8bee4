"""Payments that failed before, from the mirror: as the planner would have seen each, and what others did with it then.

The mirror knows tries, and how an invoice and its subscription ended. Of what a customer brought, agreed to or asked
for it knows nothing, nor of a pause that is over; of a card it counts the tries of its customer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import reduce
from typing import Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject

from tideover.core.case import State
from tideover.core.choices import Rules
from tideover.core.declines import Decline
from tideover.core.editing.lives import LOOKS_BACK, Life, Story, heard
from tideover.core.money import Money
from tideover.core.networks import Attempt, By
from tideover.core.outcomes import FAILED_TRIES, Tried
from tideover.core.presentment import SCHEMES
from tideover.core.relay import DEFAULT_DAYS, DEFAULT_END_DAY, typical_days
from tideover.core.situation import Situation
from tideover.core.timing import day_after
from tideover.core.ways.plans import may_be_split, offered_from
from tideover.ids import public
from tideover.mirror.models import Customer, MirrorInvoice, Payment, Subscription
from tideover.recovery import models
from tideover.recovery.ledger import COUNTED_FOR
from tideover.recovery.places import zone, zone_name
from tideover.tenants.models import Project
from tideover.tenants.terms import terms_of

NEVER_BEGAN: Final = ("incomplete", "incomplete_expired")  # a first payment that never made a subscription
FIRST_OF_A_TRIAL: Final = timedelta(days=1)  # within it an invoice that a trial's end makes is charged
FAILED: Final = Q(outcome__in=FAILED_TRIES)
# Where it is known: of a try that an account has seen while it was connected.
_BY_US: Final = Exists(
    models.Attempt.objects.filter(connection_id=OuterRef("connection_id"), charge_id=OuterRef("stripe_id"), by=By.US)
)
LOOKED_AT: Final = 25  # failures
ENOUGH: Final = 5
OVER: Final = timedelta(days=DEFAULT_END_DAY + 1)
LASTED: Final = timedelta(days=365)


class Whose(NamedTuple):
    """Whose an invoice is: those of one customer are one conversation."""

    connection: UUID
    customer: str


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays an invoice, as far as they are known."""

    public_id: str
    stripe_id: str
    name: str
    email: str
    country: str
    region: str
    segment: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A payment that failed. prices: ids of what it charges for, as its case knows them.

    tries: everybody's on its invoice, oldest first. ours: which of all tries were by us.
    ended: how it came to its end, in the word of an invoice's status or of its subscription's; empty while it is open.
    """

    invoice: MirrorInvoice
    customer: Payer | None
    after_trial: bool
    prices: Sequence[str]
    tries: Sequence[Payment]
    elsewhere: Sequence[Payment]
    ours: Collection[str]
    ended: str
    ended_at: datetime | None

    @property
    def first(self) -> Payment:
        """The try that failed first."""
        return next(each for each in self.tries if each.outcome in FAILED_TRIES)


def first_failures(connections: Sequence[UUID], since: datetime, now: datetime) -> QuerySet[Payment]:
    """The first failed try of each invoice that failed first in that time, the latest first."""
    mine = Payment.objects.filter(FAILED, connection_id=OuterRef("connection_id"), invoice_id=OuterRef("invoice_id"))
    before = Q(at__lt=OuterRef("at")) | Q(at=OuterRef("at"), pk__lt=OuterRef("pk"))
    invoice = MirrorInvoice.objects.filter(connection_id=OuterRef("connection_id"), stripe_id=OuterRef("invoice_id"))
    theirs = Payment.objects.filter(FAILED, connection_id__in=connections, at__gte=since, at__lte=now)
    charged = Exists(_charged(invoice))
    return theirs.exclude(invoice_id="").filter(~Exists(mine.filter(before)), charged).order_by("-at", "-pk")


def _charged(invoices: QuerySet[MirrorInvoice]) -> QuerySet[MirrorInvoice]:
    """Those that are charged by themselves, and are not for a first payment that never made a subscription."""
    of_it = Subscription.objects.filter(connection_id=OuterRef("connection_id"), stripe_id=OuterRef("subscription_id"))
    never_began = Exists(of_it.filter(status__in=NEVER_BEGAN))
    return invoices.filter(sent=False).exclude(status="draft").exclude(never_began, reason="subscription_create")


def failures_around(firsts: Sequence[Payment], now: datetime) -> dict[Whose, list[Failure]]:
    """What failed with these, by customer: each with what else failed of theirs at about that time."""
    if not firsts:
        return {}
    tries, ours = _tries_around(firsts, now)
    by_invoice, by_customer = (
        defaultdict[tuple[UUID, str], list[Payment]](list),
        defaultdict[Whose, list[Payment]](list),
    )
    for each in tries:
        by_invoice[each.connection_id, each.invoice_id].append(each)
        by_customer[whose_of(each)].append(each)
    failed = {key: mine for key, mine in by_invoice.items() if key[1] and any(_failed(each) for each in mine)}
    found = defaultdict[Whose, list[Failure]](list)
    for read in _invoices(failed):
        invoice, mine = read.invoice, failed[read.invoice.connection_id, read.invoice.stripe_id]
        whose, ending = whose_of(mine[0]), _ending(invoice, mine, read.gone_at)
        others = [each for each in by_customer[whose] if each.invoice_id != invoice.stripe_id]
        found[whose].append(Failure(invoice, read.payer, read.after_trial, read.prices, mine, others, ours, *ending))
    return found


def whose_of(payment: Payment) -> Whose:
    """The customer, or nobody but its invoice where Stripe knows none."""
    return Whose(payment.connection_id, payment.customer_id or payment.invoice_id)


def _failed(payment: Payment) -> bool:
    return payment.outcome in FAILED_TRIES


def _tries_around(firsts: Sequence[Payment], now: datetime) -> tuple[list[Payment], set[str]]:
    """All tries of these customers, from as long before as they may matter; and which were ours."""
    theirs = Q(customer_id__in={each.customer_id for each in firsts} - {""})
    nobodys = Q(invoice_id__in={each.invoice_id for each in firsts if not each.customer_id})
    since = min(each.at for each in firsts) - LOOKS_BACK
    around = Payment.objects.filter(theirs | nobodys, connection_id__in={each.connection_id for each in firsts})
    rows = list(around.filter(at__gte=since, at__lte=now).annotate(by_us=_BY_US).order_by("at", "pk"))
    return [*rows], {each.stripe_id for each in rows if each.by_us}


class _Read(NamedTuple):
    """An invoice beside what its customer and subscription tell. gone_at: when the subscription ended."""

    invoice: MirrorInvoice
    payer: Payer | None
    after_trial: bool
    prices: Sequence[str]
    gone_at: datetime | None


_WHO: Final = ("stripe_id", "name", "email", "country", "region", "segment")


def _invoices(which: Collection[tuple[UUID, str]]) -> Iterator[_Read]:
    """Each that is (or was) a renewal that failed. One query for all three: a page asks a dozen times at most."""
    of_it = Subscription.objects.filter(connection_id=OuterRef("connection_id"), stripe_id=OuterRef("subscription_id"))
    whose = Customer.objects.filter(connection_id=OuterRef("connection_id"), stripe_id=OuterRef("customer_id"))
    mine = models.Case.objects.filter(connection_id=OuterRef("connection_id"), invoice_id=OuterRef("stripe_id"))
    asked = MirrorInvoice.objects.filter(
        connection_id__in={connection for connection, _ in which}, stripe_id__in={key for _, key in which}
    )
    rows = _charged(asked).annotate(
        trial_ends_at=Subquery(of_it.values("trial_ends_at")[:1]),
        gone_at=Subquery(of_it.values("ended_at")[:1]),
        prices=Subquery(mine.values("prices")[:1]),
        payer_id=Subquery(whose.values("pk")[:1]),
        payer=Subquery(whose.values(told=JSONObject(**{name: name for name in _WHO}))[:1]),
    )
    for row in rows.order_by("made_at", "pk"):
        if (row.connection_id, row.stripe_id) in which:
            trial = row.trial_ends_at
            first = trial is not None and trial <= row.made_at < trial + FIRST_OF_A_TRIAL
            payer = Payer(public("customer", row.payer_id), **row.payer) if row.payer_id else None
            yield _Read(row, payer, first, (row.prices or "").split(), row.gone_at)


def _ending(invoice: MirrorInvoice, tries: Sequence[Payment], gone_at: datetime | None) -> tuple[str, datetime | None]:
    """How it really ended, and when; nothing of that while it is open."""
    paid_at = max((each.at for each in tries if each.outcome == Tried.PAID), default=None)
    closed = [] if invoice.status == "open" else [(invoice.status_at or paid_at or invoice.told_at, invoice.status)]
    gone = [(gone_at, "subscription ended")] if gone_at else []
    at, how = min([*closed, *gone], default=(None, ""))
    return how, at


# ── Stripe's own tries ──


def stripes_days(connections: Sequence[UUID], now: datetime) -> tuple[int, ...]:
    """On which days after a failure Stripe tries again: as in the latest that lasted so long, else by its default.

    None at all where it made none: then the account has its retries turned off.
    """
    invoice = MirrorInvoice.objects.filter(connection_id=OuterRef("connection_id"), stripe_id=OuterRef("invoice_id"))
    lasting = Exists(invoice.filter(Q(status="open") | Q(status_at__gt=OuterRef("at") + OVER)))
    latest = first_failures(connections, now - LASTED, now - OVER).filter(lasting).values("invoice_id")[:LOOKED_AT]
    tries = Payment.objects.filter(connection_id__in=connections, invoice_id__in=latest)
    by_invoice = defaultdict[str, list[datetime]](list)
    for invoice_id, at in tries.filter(~_BY_US).order_by("at").values_list("invoice_id", "at"):
        by_invoice[invoice_id].append(at)
    if len(by_invoice) < ENOUGH:
        return DEFAULT_DAYS
    days = [[round((at - first) / timedelta(days=1)) for at in later] for first, *later in by_invoice.values()]
    return typical_days([[day for day in each if 0 < day <= DEFAULT_END_DAY] for each in days])


# ── as the planner sees it ──


@dataclass(frozen=True, slots=True)
class Past:
    """What is taken for every payment of a project. stripes_days: after a failure, when Stripe tries by its habit."""

    project: Project
    rules: Rules
    stripes_days: Sequence[int]
    now: datetime

    def life(self, failure: Failure) -> Life:
        """The failure from its first moment on."""
        tries = [self._as_core(each, failure) for each in failure.tries]
        elsewhere = [replace(self._as_core(each, failure), elsewhere=True) for each in failure.elsewhere]
        first = next(each for each in tries if each.outcome in FAILED_TRIES)
        counted = [each for each in elsewhere if each.at >= first.known_at - COUNTED_FOR and each.fingerprint]
        opened = self._opened(failure, first, [*tries, *counted])
        ahead = [each for each in (*tries, *counted) if each.known_at > first.known_at]
        ours = tuple(each for each in ahead if each.by == By.US and not each.elsewhere)
        theirs = tuple(each for each in ahead if each not in ours and not self._is_held(each))
        story = Story(theirs, ours, self._announced(opened, theirs, failure.ended_at), failure.ended_at)
        return Life(opened, self.rules, story, failure.invoice.number or failure.invoice.stripe_id)

    def _opened(self, failure: Failure, first: Attempt, tries: Sequence[Attempt]) -> Situation:
        """The case as it was when it failed."""
        who, project = failure.customer, self.project
        place = zone_name(who.country, who.region, project.time_zone) if who else project.time_zone
        case = Situation(
            first.known_at,
            first.amount,
            State.FAILING,
            zone(place),
            after_trial=failure.after_trial,
            prices=tuple(failure.prices),
            segment=who.segment if who else "",
            plan_offered_at=self._plan_offered_at(first, zone(place)),
        )
        return reduce(heard, [each for each in tries if each.known_at <= first.known_at], case)

    def _plan_offered_at(self, first: Attempt, place: ZoneInfo) -> datetime | None:
        """From when on it might have been paid in parts, by what the project offers now."""
        terms = terms_of(self.project)
        return offered_from(first.known_at, terms, place) if may_be_split(first.amount, terms) else None

    def _as_core(self, payment: Payment, failure: Failure) -> Attempt:
        scheme = SCHEMES.get(payment.brand)
        failed, returned_at = payment.outcome in FAILED_TRIES, None
        if scheme and failed:
            returned_at = min(self.now, payment.at + scheme.answers)
        elif scheme and payment.outcome == Tried.PAID:
            returned_at = failure.ended_at
        brought = payment.outcome == Tried.PAID and payment.fingerprint not in _failed_cards(failure)
        return Attempt(
            at=payment.at,
            by=By.US if payment.stripe_id in failure.ours else By.CUSTOMER if brought else By.STRIPE,
            amount=Money(payment.amount, payment.currency),
            outcome=Tried(payment.outcome),
            decline=_decline(payment) if failed else None,
            fingerprint=payment.fingerprint or None,
            brand=payment.brand or None,
            counts=payment.reached_network,
            returned_at=max(returned_at, payment.at) if returned_at else None,
        )

    def _is_held(self, tried: Attempt) -> bool:
        """Whether Stripe would not have made it: where the rules take over its own tries are turned off."""
        return self.rules.takes_over and tried.by == By.STRIPE and not tried.elsewhere

    def _announced(self, opened: Situation, tries: Sequence[Attempt], ended_at: datetime | None) -> datetime | None:
        """The try that Stripe would have made next by its habit, and did not, as the invoice had ended by then."""
        if self.rules.takes_over:
            return None
        last = max((each.at for each in tries if each.by == By.STRIPE and not each.elsewhere), default=opened.opened_at)
        days = (day_after(opened.opened_at, day, opened.zone) for day in self.stripes_days)
        following = next((at for at in days if at > last + timedelta(hours=12)), None)
        return following if following and following >= (ended_at or self.now) else None


def _failed_cards(failure: Failure) -> set[str]:
    return {each.fingerprint for each in failure.tries if each.outcome in FAILED_TRIES}


def _decline(payment: Payment) -> Decline:
    return Decline(
        code=payment.code or None,
        advice_code=payment.advice_code or None,
        network_decline_code=payment.network_decline_code or None,
        network_advice_code=payment.network_advice_code or None,
        brand=payment.brand or None,
        blocked=payment.outcome == Tried.BLOCKED,
    )

"""The list of customers: who a person looks for, and what stands in a line of each. One query for each column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict

from tideover.core.money import Money
from tideover.core.settings.segments import is_a_segment
from tideover.dashboard.search import customers_of, is_called, text_of
from tideover.messages.models import Message, Suppression
from tideover.messages.suppression import WINBACK
from tideover.mirror.models import Customer, MirrorInvoice, Subscription
from tideover.recovery.models import Case
from tideover.tenants.models import Project

SHOWN: Final[Mapping[str, str]] = {
    "": "All",
    "failing": "In recovery",
    "owing": "Owes something",
    "promised": "Promised",
    "subscribed": "Subscribed",
    "silent": "Gets no email",
}
MOST_SEGMENTS: Final = 50  # to choose from; any other is reached from a customer in it
RUNNING: Final = ("active", "trialing", "past_due", "unpaid", "paused")
Whose = tuple[object, str]  # a connection's id, and a customer's at Stripe


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address of the list says; empty words filter nothing."""

    shown: str
    search: str
    segment: str

    def customers(self, project: Project, now: datetime) -> QuerySet[Customer]:
        """Those of the project, by name."""
        found = customers_of(project)
        if self.shown:
            found = found.filter(_shown(self.shown, project, now))
        if self.segment:
            found = found.filter(segment=self.segment)
        if self.search:
            found = found.filter(is_called(self.search))
        return found.order_by("name", "pk")


def read_wanted(get: QueryDict) -> Wanted:
    """What an address states; a word nobody knows filters nothing."""
    shown, segment = get.get("show", ""), get.get("segment", "").lower()
    return Wanted(shown if shown in SHOWN else "", text_of(get), segment if is_a_segment(segment) else "")


def segments_of(project: Project) -> list[str]:
    """What their customers' metadata names, by the alphabet."""
    named = customers_of(project).exclude(segment="").order_by("segment").values_list("segment", flat=True)
    return list(named.distinct()[:MOST_SEGMENTS])


def _shown(name: str, project: Project, now: datetime) -> Q:
    whose = {"connection": OuterRef("connection"), "customer_id": OuterRef("stripe_id")}
    failing = Q(Exists(Case.objects.filter(**whose, state=Case.State.FAILING)))
    match name:
        case "failing":
            return failing
        case "owing":
            return failing | Q(Exists(owed(now).filter(**whose)))
        case "promised":
            promised = Case.objects.filter(**whose, state=Case.State.FAILING, promised_on__isnull=False)
            return Q(Exists(promised))
        case "subscribed":
            return Q(Exists(Subscription.objects.filter(**whose, status__in=RUNNING)))
        case _:
            return Q(Exists(_unwritten(project).filter(**whose)))


def owed(now: datetime) -> QuerySet[MirrorInvoice]:
    """Invoices that are open and were to be paid by now: tried, or past their day."""
    return MirrorInvoice.objects.filter(Q(tries__gt=0) | Q(due_at__lte=now), status="open", amount_open__gt=0)


def is_owed(invoice: MirrorInvoice, now: datetime) -> bool:
    """The same of one that was read."""
    to_be_paid = invoice.tries > 0 or (invoice.due_at is not None and invoice.due_at <= now)
    return to_be_paid and invoice.status == "open" and invoice.amount_open > 0


def _unwritten(project: Project) -> QuerySet[Case]:
    """Cases with a message to an address that gets none any more: of the address itself only its hash is kept."""
    organization = project.organization_id
    kept_out = Suppression.objects.filter(organization=organization).exclude(channel=WINBACK).values("address_hash")
    written = Message.objects.filter(organization=organization, to_hash__in=kept_out).values("about")
    return Case.objects.filter(organization=organization, pk__in=written)


@dataclass(frozen=True, slots=True)
class Line:
    """A customer in the list. owed: by currency. plans: what they subscribe to. failing: how many of their cases do."""

    customer: Customer
    owed: Sequence[Money]
    failing: int
    plans: Sequence[Subscription]


def lines(customers: Sequence[Customer], now: datetime) -> list[Line]:
    """The customers with what stands beside them."""
    failing, debts = _failing(customers), _debts(customers, now)
    plans = _plans(customers)
    found = []
    for customer in customers:
        whose = (customer.connection_id, customer.stripe_id)
        open_at = debts[whose] | {case.invoice_id: case.owed for case in failing[whose]}
        found.append(Line(customer, together(open_at.values()), len(failing[whose]), plans[whose]))
    return found


def together(amounts: Iterable[Money]) -> list[Money]:
    """The sums by currency: two are never added."""
    sums: dict[str, Money] = {}
    for amount in amounts:
        sums[amount.currency] = sums[amount.currency] + amount if amount.currency in sums else amount
    return [sums[currency] for currency in sorted(sums) if sums[currency].minor]


def theirs(customers: Sequence[Customer]) -> Q:
    """Rows of any of these, whose account they are of, too: two accounts may have customers of one id."""
    by_account: dict[object, list[str]] = defaultdict(list)
    for customer in customers:
        by_account[customer.connection_id].append(customer.stripe_id)
    found = Q(pk__in=[])
    for account, ids in by_account.items():
        found |= Q(connection_id=account, customer_id__in=ids)
    return found


def _failing(customers: Sequence[Customer]) -> Mapping[Whose, list[Case]]:
    found: dict[Whose, list[Case]] = defaultdict(list)
    for case in Case.objects.filter(theirs(customers), state=Case.State.FAILING):
        found[case.connection_id, case.customer_id].append(case)
    return found


def _debts(customers: Sequence[Customer], now: datetime) -> Mapping[Whose, dict[str, Money]]:
    found: dict[Whose, dict[str, Money]] = defaultdict(dict)
    for invoice in owed(now).filter(theirs(customers)):
        amount = Money(invoice.amount_open, invoice.currency)
        found[invoice.connection_id, invoice.customer_id][invoice.stripe_id] = amount
    return found


def _plans(customers: Sequence[Customer]) -> Mapping[Whose, list[Subscription]]:
    found: dict[Whose, list[Subscription]] = defaultdict(list)
    for plan in Subscription.objects.filter(theirs(customers), status__in=RUNNING).order_by("-monthly", "pk"):
        found[plan.connection_id, plan.customer_id].append(plan)
    return found

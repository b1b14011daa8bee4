"""What failed payments do to recurring revenue, and how well trying pays. Read-only; core.measures says what counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Sum

from tideover.analytics.period import Period
from tideover.analytics.scope import Scope
from tideover.analytics.sums import by_state, in_cases, in_money, split
from tideover.core.case import State
from tideover.core.measures import attempted_rate, success_rate
from tideover.core.money import Money
from tideover.core.networks import By
from tideover.core.outcomes import FAILED_TRIES, Tried
from tideover.messages.models import Message
from tideover.recovery.figures.tallies import Sort, What
from tideover.recovery.models import Attempt, Case


@dataclass(frozen=True, slots=True)
class Recurring:
    """A month of what recurs. cases: how many it is of; unread: of how many more nobody has read what recurs."""

    amount: Money
    cases: int
    unread: int


def at_risk(scope: Scope) -> Recurring:
    """Of the subscriptions with an open case, each once, at this moment."""
    failing = scope.cases().filter(state=State.FAILING, subscription_id__gt="")
    unread = Count("id", filter=Q(monthly=None))
    each = failing.values("connection_id", "subscription_id").annotate(month=Max("monthly"), unread=unread)
    found = each.aggregate(total=Sum("month"), number=Count("month"), more=Sum("unread", default=0))
    return Recurring(scope.money(found["total"]), found["number"], found["more"])


@dataclass(frozen=True, slots=True)
class BySort:
    """What opened and what ended in a period, by the sort of the invoice: read in one query."""

    scope: Scope
    rows: Sequence[Mapping[str, Any]]

    def total(self, what: What, *names: str, sort: Sort | None = None) -> int:
        """The sum of some columns, of one sort, or of all that failed."""
        some = [row for row in self.rows if row["what"] == what and _is_of(row["sort"], sort)]
        return sum(row[name] for row in some for name in names)

    def money(self, what: What, *names: str, sort: Sort | None = None) -> Money:
        return self.scope.money(self.total(what, *names, sort=sort))


def _is_of(found: str, sort: Sort | None) -> bool:
    return found == sort if sort is not None else found != Sort.SENT


_SUMMED: Final = ("cases", "won", "due", "back", "returned", "disputed", "monthly", "months", "unread")


def by_sort(scope: Scope, period: Period) -> BySort:
    """What `recovered`, `proceeds`, `kinds` and `chased` are made of."""
    counted = scope.all_tallies(What.OPENED, What.ENDED).filter(day__gte=period.first_on, day__lte=period.last_on)
    rows = counted.values("what", "sort").annotate(**{f"sum_{name}": Sum(name) for name in _SUMMED}).order_by()
    return BySort(scope, [{name.removeprefix("sum_"): value for name, value in row.items()} for row in rows])


def recovered(read: BySort) -> Recurring:
    """Of the invoices that were recovered in the period."""
    counts = (read.total(What.ENDED, name) for name in ("months", "unread"))
    return Recurring(read.money(What.ENDED, "monthly"), *counts)


def _ended(scope: Scope, period: Period) -> QuerySet[Case]:
    return scope.cases().filter(ended_at__gte=period.start, ended_at__lt=period.end)


@dataclass(frozen=True, slots=True)
class Tries:
    """The tries of a period that ended, by one side. rate: basis points, None where there was none."""

    paid: int
    failed: int

    @property
    def rate(self) -> int | None:
        return success_rate(self.paid, self.failed).basis_points


TRIED_BY: Final = (By.US, By.STRIPE)
RETRIES: Final = Q(by=By.US) | Q(by=By.STRIPE, at__gt=F("case__opened_at"))  # the first failure was no retry


def tries(scope: Scope, period: Period) -> Mapping[By, Tries]:
    """How our charges did, and Stripe's own retries."""
    made = Attempt.objects.filter(RETRIES, organization_id=scope.organization_id, case__project_id=scope.project_id)
    made = made.filter(currency=scope.currency, at__gte=period.start, at__lt=period.end)
    paid, failed = Count("id", filter=Q(outcome=Tried.PAID)), Count("id", filter=Q(outcome__in=FAILED_TRIES))
    found = {row["by"]: row for row in made.values("by").annotate(paid=paid, failed=failed).order_by("by")}
    return {by: Tries(found[by]["paid"], found[by]["failed"]) if by in found else Tries(0, 0) for by in TRIED_BY}


@dataclass(frozen=True, slots=True)
class Attempted:
    """Of the cases that ended in a period those in which we charged or wrote, and what came of them."""

    by_amount: int | None
    by_count: int | None
    cases: int


def attempted(scope: Scope, period: Period) -> Attempted:
    """The rate that Baremetrics calls the attempted recovery rate."""
    charged = Attempt.objects.filter(case_id=OuterRef("pk"), by=By.US)
    written = Message.objects.filter(
        organization_id=scope.organization_id, about=OuterRef("pk"), state=Message.State.SENT
    )
    rows = by_state(_ended(scope, period).filter(Exists(charged) | Exists(written)))
    by_amount, by_count = (attempted_rate(split(rows, shares)).basis_points for shares in (in_money, in_cases))
    return Attempted(by_amount, by_count, sum(row.cases for state, row in rows.items() if state != State.CANCELED))


@dataclass(frozen=True, slots=True)
class Proceeds:
    """Money of the cases that ended in a period: what came after the failure, and what of it went back since."""

    came: Money
    refunded: Money
    disputed: Money
    kept: Money


def proceeds(read: BySort) -> Proceeds:
    """What came, what went back by which way, what stayed."""
    disputed = read.money(What.ENDED, "disputed")
    return Proceeds(
        came=read.money(What.ENDED, "back", "returned"),
        refunded=read.money(What.ENDED, "returned") - disputed,
        disputed=disputed,
        kept=read.money(What.ENDED, "back"),
    )


@dataclass(frozen=True, slots=True)
class Chased:
    """Invoices that were sent and were overdue: those whose due date is in the period, and those paid in it."""

    due: Money
    cases: int
    came: Money
    paid: int


def chased(read: BySort) -> Chased:
    """No charge failed for them, so that they are told apart."""
    due, came = read.money(What.OPENED, "due", sort=Sort.SENT), read.money(What.ENDED, "back", sort=Sort.SENT)
    counts = read.total(What.OPENED, "cases", sort=Sort.SENT), read.total(What.ENDED, "won", sort=Sort.SENT)
    return Chased(due, counts[0], came, counts[1])


# ── beside Stripe's own page ──


@dataclass(frozen=True, slots=True)
class Kind:
    """Failures of one kind: what failed in a period, what came in it."""

    failed: Money
    came: Money


def kinds(read: BySort) -> Sequence[Kind]:
    """All failures; those of single invoices; the first after a trial.

    Stripe's recovery page is about subscriptions, and leaves out the first invoice after a trial.
    """
    return [
        Kind(read.money(What.OPENED, "due", sort=sort), read.money(What.ENDED, "back", "returned", sort=sort))
        for sort in (None, Sort.SINGLE, Sort.TRIAL)
    ]

"""Whose numbers: one project of one organization, one currency at a time, for amounts of two have no sum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import Case as Choose
from django.db.models import Count, F, Q, QuerySet, Sum, Value, When

from tideover.core.declines import Family
from tideover.core.money import Money
from tideover.recovery.figures.tallies import Sort, What
from tideover.recovery.models import UNCOUNTED, Action, Case, Tally
from tideover.tenants.models import Project

MANY: Final = 1000


@dataclass(frozen=True, slots=True)
class Scope:
    """The cases a figure is about."""

    organization_id: UUID
    project_id: UUID
    currency: str

    def cases(self) -> QuerySet[Case]:
        """Every payment of the project that failed in this currency; invoices that are overdue count apart."""
        mine = Case.objects.filter(
            organization_id=self.organization_id, project_id=self.project_id, currency=self.currency
        )
        return mine.exclude(first_family=Family.OVERDUE)

    def tallies(self, *what: What) -> QuerySet[Tally]:
        """What they add to the figures."""
        return self.all_tallies(*what).exclude(sort=Sort.SENT)

    def all_tallies(self, *what: What) -> QuerySet[Tally]:
        """The same, with what is overdue."""
        whose = {"organization_id": self.organization_id, "project_id": self.project_id}
        return Tally.objects.filter(**whose, currency=self.currency, what__in=what)

    def money(self, minor: int | None) -> Money:
        """Minor units of this scope's currency; nothing counts as zero."""
        return Money(minor or 0, self.currency)


def tallies_of(project: Project, what: What) -> QuerySet[Tally]:
    """What the cases of a project add to the figures, in every currency."""
    return Tally.objects.filter(organization_id=project.organization_id, project=project, what=what)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many cases a project has of each (currency, state), and how many of the open ones wait for a person.

    uncounted: how many the figures do not show as they are, MANY at most: after an upgrade, for some minutes.
    """

    standing: Mapping[tuple[str, str], int]
    attention: int
    uncounted: int


def counts(project: Project) -> Counts:
    """All of them in one query, as every page shows them."""
    mine = Case.objects.filter(organization_id=project.organization_id, project=project)
    stuck = mine.filter(needs_a_person(project.organization_id))
    # Whose they are is asked of the few that are not counted: as a plain filter SQLite reads all the project's cases.
    is_mine = Choose(When(organization_id=project.organization_id, project=project, then=True), default=False)
    # In the order of their index, which has these few alone: PostgreSQL takes them for a third of all, and would look
    # for the first of them through every case there is.
    late = Case.objects.filter(UNCOUNTED, is_mine).order_by("opened_at").values("pk")[:MANY]
    code, state = F("currency"), F("state")
    stand = tallies_of(project, What.STANDING).values(of=Value("standing"), code=code, stands=state)
    # Not by currency and state: SQLite would read all cases in that order, instead of the open ones.
    blank, each = Value(""), Count("pk")
    waiting = stuck.values(of=Value("attention"), code=blank, stands=blank)
    uncounted = Case.objects.filter(UNCOUNTED, pk__in=late).values(of=Value("uncounted"), code=blank, stands=blank)
    told = stand.annotate(number=Sum("cases")).order_by()
    told = told.union(waiting.annotate(number=each).order_by(), uncounted.annotate(number=each).order_by(), all=True)
    rows = [(row["of"], row["code"], row["stands"], row["number"]) for row in told if row["number"]]
    return Counts(
        {(code, stands): number for of, code, stands, number in rows if of == "standing"},
        sum(number for of, _, _, number in rows if of == "attention"),
        sum(number for of, _, _, number in rows if of == "uncounted"),
    )


def currencies(project: Project, standing: Mapping[tuple[str, str], int]) -> tuple[str, ...]:
    """The currencies the project has cases in: its own first, then the busiest."""
    cases = Counter[str]()
    for (currency, _), counted in standing.items():
        cases[currency] += counted
    found = sorted(cases, key=lambda code: (code != project.currency, -cases[code], code))
    return tuple(found) or (project.currency,)


def needs_a_person(organization_id: UUID) -> Q:
    """Open cases in which something waits for the merchant: a mark on the case, or an action that was given up."""
    stuck = Action.objects.filter(organization_id=organization_id, state=Action.State.DEAD)
    return Q(state=Case.State.FAILING) & (~Q(attention="") | Q(pk__in=stuck.values("case_id")))

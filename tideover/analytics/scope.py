"""Whose numbers: one project of one organization, one currency at a time, for amounts of two have no sum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

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


def standing(project: Project) -> Mapping[tuple[str, str], int]:
    """How many cases the project has of each (currency, state)."""
    rows = tallies_of(project, What.STANDING).values("currency", "state").annotate(number=Sum("cases")).order_by()
    return {(row["currency"], row["state"]): row["number"] for row in rows if row["number"]}


def uncounted(project: Project) -> int:
    """How many of its cases the figures do not show as they are, MANY at most: after an upgrade, for some minutes."""
    waiting = Case.objects.filter(UNCOUNTED, organization_id=project.organization_id, project=project)
    return waiting.order_by()[:MANY].count()


def currencies(project: Project, stand: Mapping[tuple[str, str], int] | None = None) -> tuple[str, ...]:
    """The currencies the project has cases in: its own first, then the busiest. `stand`, where it was read already."""
    cases = Counter[str]()
    for (currency, _), number in (standing(project) if stand is None else stand).items():
        cases[currency] += number
    found = sorted(cases, key=lambda code: (code != project.currency, -cases[code], code))
    return tuple(found) or (project.currency,)


def needs_a_person() -> Q:
    """Open cases in which something waits for the merchant: a mark on the case, or an action that was given up."""
    stuck = Action.objects.filter(case=OuterRef("pk"), state=Action.State.DEAD)
    return Q(state=Case.State.FAILING) & (~Q(attention="") | Q(Exists(stuck)))

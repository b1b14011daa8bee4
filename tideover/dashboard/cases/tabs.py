"""The tabs over the list of cases: each state with its count under the other filters that are on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import QuerySet, Sum

from tideover.analytics.scope import tallies_of
from tideover.core.declines import Family
from tideover.dashboard.cases.filters import COUNTED, CaseFilter
from tideover.dashboard.words import STATES, family_label
from tideover.recovery.figures.tallies import What
from tideover.recovery.figures.tally import Tally
from tideover.tenants.models import Project


@dataclass(frozen=True, slots=True)
class Tab:
    """A state to choose; the empty one is all. more: there are more cases than were counted."""

    state: str
    label: str
    cases: int
    chosen: bool
    more: bool

    @property
    def is_few(self) -> bool:
        """Whether its cases are few enough to be sorted each time."""
        return not self.more and self.cases <= COUNTED


def tabs_of(project: Project, wanted: CaseFilter) -> Sequence[Tab]:
    """All cases, then each state."""
    counts, more = _counts(project, replace(wanted, state=""))
    every = Tab("", "All", sum(counts.values()), not wanted.state, more)
    states = [
        Tab(state, word.label, counts.get(state, 0), state == wanted.state, more) for state, word in STATES.items()
    ]
    return [every, *states]


def _counts(project: Project, wanted: CaseFilter) -> tuple[Mapping[str, int], bool]:
    """How many of each state, from the figures where they know it, and whether there are more."""
    known = _tallies(project, wanted)
    if known is not None:
        rows = known.values("state").annotate(number=Sum("cases")).order_by("state")
        return {row["state"]: row["number"] for row in rows}, False
    found = list(wanted.cases(project).order_by().values_list("state", flat=True)[: COUNTED + 1])
    return Counter(found[:COUNTED]), len(found) > COUNTED


def _tallies(project: Project, wanted: CaseFilter) -> QuerySet[Tally] | None:
    """The rows that count these cases; none where a filter is on that they do not tell apart."""
    by_end = wanted.period is not None and wanted.dated == "ended"
    if wanted.attention or wanted.search or wanted.via or (by_end and wanted.family):
        return None
    by_day = What.ENDED if by_end else What.OPENED
    found = tallies_of(project, by_day if wanted.period or wanted.family else What.STANDING)
    named = {"family": wanted.family, "currency": wanted.currency}
    found = found.filter(**{column: value for column, value in named.items() if value})
    if wanted.period:
        found = found.filter(day__gte=wanted.period.first_on, day__lte=wanted.period.last_on)
    return found


def families() -> Sequence[tuple[str, str]]:
    """Every kind of failure with its name, for a choice."""
    return [(family.value, family_label(family)) for family in Family]

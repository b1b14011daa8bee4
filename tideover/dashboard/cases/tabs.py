"""The tabs over the list of cases: each state with its count under the other filters that are on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db.models import Count

from tideover.core.declines import Family
from tideover.dashboard.cases.filters import CaseFilter
from tideover.dashboard.words import STATES, family_label
from tideover.tenants.models import Project


@dataclass(frozen=True, slots=True)
class Tab:
    """A state to choose; the empty one is all."""

    state: str
    label: str
    cases: int
    chosen: bool


def tabs_of(project: Project, wanted: CaseFilter) -> Sequence[Tab]:
    """All cases, then each state."""
    found = replace(wanted, state="").cases(project).order_by().values("state").annotate(cases=Count("id"))
    counts = {row["state"]: row["cases"] for row in found}
    every = Tab("", "All", sum(counts.values()), chosen=not wanted.state)
    states = [Tab(state, word.label, counts.get(state, 0), state == wanted.state) for state, word in STATES.items()]
    return [every, *states]


def families() -> Sequence[tuple[str, str]]:
    """Every kind of failure with its name, for a choice."""
    return [(family.value, family_label(family)) for family in Family]

"""The list of cases as data: what an address filters and sorts by, shared by the page, its chips and the CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import QueryDict

from tideover.analytics.period import Period
from tideover.analytics.scope import needs_a_person
from tideover.core.declines import Family
from tideover.dashboard.paging import sorted_apart
from tideover.dashboard.periods import ALL_TIME, CUSTOM, RANGES, read_period
from tideover.dashboard.search import cases_of, matches, text_of
from tideover.dashboard.words import DASH, STATES, WAYS, family_label
from tideover.ids import public
from tideover.recovery.models import Case
from tideover.tenants.models import Project

LONGEST_WALK: Final = 1000
COUNTED: Final = 2000  # cases, one by one, where the figures do not know a filter; from there on there are more
DEFAULT_SORT: Final = "-opened"
SORTS: Final[Mapping[str, Sequence[str]]] = {
    "customer": ("customer_name",),
    "amount": ("currency", "amount_due"),
    "opened": ("opened_at",),
    "why": ("first_family", "opened_at"),
    "state": ("state", "opened_at"),
}
DATES: Final[Mapping[str, str]] = {"opened": "opened_at", "ended": "ended_at"}


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on, with the parameters that take it off."""

    label: str
    without: Sequence[str]


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What the address of the list says; empty words filter nothing."""

    state: str
    family: str
    via: str
    currency: str
    attention: bool
    search: str
    range: str
    period: Period | None
    dated: str
    sort: str

    def cases(self, project: Project) -> QuerySet[Case]:
        """The project's cases that match, in order."""
        found = cases_of(project)
        wanted = {"state": self.state, "first_family": self.family, "via": self.via, "currency": self.currency}
        found = found.filter(**{field: value for field, value in wanted.items() if value})
        if self.attention:
            found = found.filter(needs_a_person(project.organization_id))
        if self.search:
            found = found.filter(matches(self.search))
        if self.period:
            field = DATES[self.dated]
            found = found.filter(**{f"{field}__gte": self.period.start, f"{field}__lt": self.period.end})
        return found.order_by(*self._order())

    def _order(self) -> Sequence[str]:
        sign, name = ("-", self.sort[1:]) if self.sort.startswith("-") else ("", self.sort)
        return [f"{sign}{field}" for field in (*SORTS[name], "pk")]

    def chips(self) -> Sequence[Chip]:
        """Every filter that is on but the state, which has its own tabs."""
        chips = [
            ("Needs attention" if self.attention else "", ["attention"]),
            (f"First failure: {family_label(self.family)}" if self.family else "", ["family"]),
            (f"Recovered by: {WAYS[self.via].label}" if self.via else "", ["via"]),
            (self.currency.upper(), ["currency"]),
            (self._period_label() if self.period else "", ["range", "from", "to", "dated"]),
            (f"“{self.search}”" if self.search else "", ["q"]),
        ]
        return [Chip(label, without) for label, without in chips if label]

    def _period_label(self) -> str:
        verb = "Ended" if self.dated == "ended" else "Opened"
        if self.range == CUSTOM and self.period:
            return f"{verb} {self.period.first_on} {DASH} {self.period.last_on}"
        return f"{verb}: {RANGES.get(self.range, '').lower()}"


@dataclass(frozen=True, slots=True)
class Beside:
    """The cases before and after one in the list a person came from, by their public ids; empty where there is none."""

    before: str = ""
    after: str = ""
    place: int = 0
    cases: int = 0


def beside_in(wanted: CaseFilter, project: Project, case: Case) -> Beside:
    """A case's neighbours in the list, as far as anybody works through one."""
    found = wanted.cases(project).values_list("pk", flat=True)
    is_few = len(found.order_by()[: COUNTED + 1]) <= COUNTED
    ids = list((sorted_apart(found) if is_few else found)[:LONGEST_WALK])
    if case.pk not in ids:  # it has left the list, as who is worked on does
        return Beside(after=public("case", ids[0]) if ids else "", cases=len(ids))
    at = ids.index(case.pk)
    before, after = ids[at - 1 : at] if at else [], ids[at + 1 : at + 2]
    names = [public("case", some[0]) if some else "" for some in (before, after)]
    return Beside(names[0], names[1], place=at + 1, cases=len(ids))


def read_filter(get: QueryDict, today: date, zone: ZoneInfo) -> CaseFilter:
    """The filter an address states; a word nobody knows filters nothing."""
    name, period = read_period(get, today, zone, ALL_TIME)
    sort = get.get("sort", "")
    return CaseFilter(
        state=_known(get.get("state"), STATES),
        family=_known(get.get("family"), set(Family)),
        via=_known(get.get("via"), WAYS),
        currency=_currency(get.get("currency", "")),
        attention=get.get("attention") == "1",
        search=text_of(get),
        range=name,
        period=period,
        dated=_known(get.get("dated"), DATES) or "opened",
        sort=sort if sort.removeprefix("-") in SORTS else DEFAULT_SORT,
    )


def _known(text: str | None, words: Mapping[str, object] | set[Family]) -> str:
    return text if text and text in words else ""


def _currency(text: str) -> str:
    return text if len(text) == 3 and text.isascii() and text.isalpha() and text.islower() else ""

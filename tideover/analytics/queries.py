"""The figures of a period and of this moment. Read-only; each answer says what it counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db.models import Case as Choose
from django.db.models import (
    Count,
    DateField,
    F,
    IntegerField,
    Min,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast

from tideover.analytics.period import Period
from tideover.analytics.scope import Scope, needs_a_person
from tideover.analytics.sums import (
    IN_RECOVERY,
    NOBODY,
    TALLIED,
    Row,
    in_cases,
    in_money,
    row_of,
    split,
    together,
    won_and_lost,
)
from tideover.core.case import State
from tideover.core.measures import matured_rate, median_days, recovery_rate
from tideover.core.money import Money
from tideover.core.timing import local_day
from tideover.recovery.figures import reached
from tideover.recovery.figures.tallies import What
from tideover.recovery.models import Case, Ruleset, Tally
from tideover.tenants.at_once import Line, Question, line


@dataclass(frozen=True, slots=True)
class Day:
    """What happened on one local day, in minor units: what failed first, what ended and how, how long it took."""

    opened: int = 0  # of cases that are still open, what is open of them
    recovered: int = 0  # less what went back since
    won: int = 0  # the same without the canceled cases: with what was lost the measure of a rate
    lost: int = 0
    ended: int = 0  # what had failed in cases that ended in any way, canceled ones too
    waited: Mapping[int, int] = field(default_factory=dict)  # recovered cases by the tenths of a day they took


@dataclass(frozen=True, slots=True)
class Totals:
    """The flows of a period. Rates are basis points, None where nothing was there to measure.

    What came toward an invoice counts on the day its case ended. returned: of that, what went back since; it counts
    neither as recovered nor in a rate. lost: what of the cases that ended did not come, the rest of the matured rate.
    """

    recovered: Money
    recovered_cases: int
    returned: Money
    failed: Money
    failed_cases: int
    matured_by_amount: int | None
    matured_by_count: int | None
    all_by_amount: int | None
    all_by_count: int | None
    median_days: Decimal | None
    lost: Money


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is in recovery at this moment: a photo, not a flow."""

    amount: Money
    cases: int
    oldest_at: datetime | None
    attention: int


@dataclass(frozen=True, slots=True)
class Source:
    """How much came back by one way."""

    via: Case.Via
    amount: Money
    cases: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Cases of a period whose first failure was of one family: what was due, and what of it has come back."""

    family: str
    amount: Money
    recovered: Money
    cases: int


@dataclass(frozen=True, slots=True)
class Funnel:
    """Cases of a period, and how many took each step; every step counts only cases that took the one before.

    left_out: of the messaged ones those whose messages were opened, and by no person as far as anybody knows.
    """

    cases: int
    messaged: int
    opened: int
    visited: int
    card_updated: int
    paid: int
    left_out: int


@dataclass(frozen=True, slots=True)
class NewRules:
    """A version of the rules, and the local day on which it went live."""

    version: int
    live_on: date


def _in(period: Period, field: str) -> Q:
    return Q(**{f"{field}__gte": period.start, f"{field}__lt": period.end})


def _on(period: Period, tallies: QuerySet[Tally]) -> QuerySet[Tally]:
    return tallies.filter(day__gte=period.first_on, day__lte=period.last_on)


@dataclass(frozen=True, slots=True)
class Flows:
    """What opened and what ended in a period, by day and state, and how long the recovered took.

    open_before: the minor units that were in recovery when the period began.
    """

    scope: Scope
    period: Period
    open_before: int
    opened: Mapping[date, Mapping[str, Row]]
    ended: Mapping[date, Mapping[str, Row]]
    waited: Mapping[date, Counter[int]]

    def days(self) -> Mapping[date, Day]:
        """Each day of the period, in order, also the ones on which nothing happened."""
        return {day: self._day(day) for day in self.period.days()}

    def _day(self, day: date) -> Day:
        opened, ended = self.opened.get(day, {}), self.ended.get(day, {})
        won, lost = won_and_lost(ended)
        back, due = sum(row.back for row in ended.values()), sum(row.due for row in ended.values())
        began = sum(row.recovering for row in opened.values())
        return Day(began, back, won, lost, due, self.waited.get(day, Counter()))

    def totals(self) -> Totals:
        """The four figures' flows. Matured: cases that ended in the period. All: cases that opened in it."""
        ended, opened = together(self.ended.values()), together(self.opened.values())
        waited = sum(self.waited.values(), Counter[int]())
        return Totals(
            recovered=self.scope.money(sum(row.back for row in ended.values())),
            recovered_cases=ended.get(State.RECOVERED, NOBODY).won,
            returned=self.scope.money(sum(row.returned for row in ended.values())),
            failed=self.scope.money(sum(row.due for row in opened.values())),
            failed_cases=sum(row.cases for row in opened.values()),
            matured_by_amount=matured_rate(split(ended, in_money)).basis_points,
            matured_by_count=matured_rate(split(ended, in_cases)).basis_points,
            all_by_amount=recovery_rate(split(opened, in_money)).basis_points,
            all_by_count=recovery_rate(split(opened, in_cases)).basis_points,
            median_days=median_days(waited),
            lost=self.scope.money(won_and_lost(ended)[1]),
        )


@dataclass(frozen=True, slots=True)
class Shares:
    """What brought the money of a period back, the largest first; and why its payments failed first, the same."""

    sources: Sequence[Source]
    reasons: Sequence[Reason]


def flows(scope: Scope, period: Period) -> Flows:
    """All that flowed in a period."""
    return _flows(scope, period, list(_by_day(scope, [period])))


def shares(scope: Scope, period: Period) -> Shares:
    """How a period splits."""
    return _shares(scope, list(_by_key(scope, period)))


def flows_and_shares(scope: Scope, period: Period, before: Period | None) -> tuple[Flows, Flows | None, Shares]:
    """What flowed in a period and in the one it is compared with, and how the first splits: read in one query."""
    told = list(_by_day(scope, [period, before] if before else [period]).union(_by_key(scope, period), all=True))
    by_day, by_key = [row for row in told if row["on"]], [row for row in told if not row["on"]]
    earlier = _flows(scope, before, by_day) if before else None
    return _flows(scope, period, by_day), earlier, _shares(scope, by_key)


Told = Mapping[str, Any]


def _by_day(scope: Scope, periods: Sequence[Period]) -> QuerySet[Tally, Any]:
    """The days of the periods; those before a period are one row, on the day before its first."""
    within = Q(*(Q(day__gte=each.first_on, day__lte=each.last_on) for each in periods), _connector=Q.OR)
    begins = sorted(each.first_on for each in periods)
    earlier = [When(day__lt=first, then=Value(first - timedelta(days=1), output_field=DateField())) for first in begins]
    on = Choose(When(within, then=F("day")), *earlier, output_field=DateField())
    flowed = Q(what__in=[What.OPENED, What.ENDED], day__lte=max(each.last_on for each in periods))
    rows = scope.tallies(What.OPENED, What.ENDED, What.WAITED).filter(flowed | Q(within, what=What.WAITED))
    said = rows.annotate(on=on, key=Value("")).values("what", "on", "key", stands=F("state"), took=F("tenths"))
    return said.annotate(**TALLIED).order_by()


def _by_key(scope: Scope, period: Period) -> QuerySet[Tally, Any]:
    """What ended by the way its money came, and what opened by why it failed."""
    rows = _on(period, scope.tallies(What.ENDED, What.OPENED))
    key = Choose(When(what=What.ENDED, then=F("via")), default=F("family"))
    never, none = Cast(Value(None), DateField()), Cast(Value(None), IntegerField())
    said = rows.annotate(on=never, key=key).values("what", "on", "key", stands=Value(""), took=none)
    return said.annotate(**TALLIED).order_by()


def _flows(scope: Scope, period: Period, told: Iterable[Told]) -> Flows:
    by_day: dict[str, dict[date, dict[str, Row]]] = {What.OPENED: {}, What.ENDED: {}}
    waited: dict[date, Counter[int]] = {}
    before = 0
    for row in told:
        if row["on"] < period.first_on:
            before += row["recovering"] if row["what"] == What.OPENED else 0
            before -= row["due"] if row["what"] == What.ENDED else 0
        elif row["on"] > period.last_on:
            continue
        elif row["what"] == What.WAITED:
            waited.setdefault(row["on"], Counter())[row["took"]] = row_of(row).cases
        else:
            by_day[row["what"]].setdefault(row["on"], {})[row["stands"]] = row_of(row)
    return Flows(scope, period, before, by_day[What.OPENED], by_day[What.ENDED], waited)


def _shares(scope: Scope, told: Sequence[Told]) -> Shares:
    ended = [row for row in told if row["what"] == What.ENDED and row["key"] and row["back"] > 0]
    opened = [row for row in told if row["what"] == What.OPENED and row["n"] > 0]
    return Shares(
        tuple(
            Source(Case.Via(row["key"]), scope.money(row["back"]), row["brought"])
            for row in sorted(ended, key=lambda row: (-row["back"], row["key"]))
        ),
        tuple(
            Reason(row["key"], scope.money(row["due"]), scope.money(row["back"]), row["n"])
            for row in sorted(opened, key=lambda row: (-row["due"], row["key"]))
        ),
    )


def totals(scope: Scope, period: Period) -> Totals:
    """The totals of a period alone."""
    return flows(scope, period).totals()


def waiting(scope: Scope) -> Waiting:
    """What is in recovery now, and how much of it needs a person."""
    row = (
        scope.cases()
        .filter(state=State.FAILING)
        .aggregate(
            due=Sum(IN_RECOVERY),
            cases=Count("id"),
            oldest=Min("opened_at"),
            attention=Count("id", filter=needs_a_person(scope.organization_id)),
        )
    )
    return Waiting(scope.money(row["due"]), row["cases"], row["oldest"], row["attention"])


NEW_RULES: Final = "new rules"


def new_rules_asked(scope: Scope, period: Period) -> Question:
    """For `lines`: the versions of the rules that went live in the period, after the first."""
    versions = Ruleset.objects.filter(organization_id=scope.organization_id, project_id=scope.project_id, version__gt=1)
    return line(NEW_RULES, versions.filter(_in(period, "created_at")), "pk", "created_at", "version")


def new_rules(period: Period, told: Iterable[Line]) -> Sequence[NewRules]:
    """The same, in order."""
    live = sorted((each for each in told if each.of == NEW_RULES), key=lambda each: each.at)
    return tuple(NewRules(int(each.first), local_day(each.at, period.zone)) for each in live)


def funnel(scope: Scope, period: Period) -> Funnel:
    """From the failure over our messages to the payment, for the cases that opened in the period; of people alone."""
    said = _on(period, scope.tallies(What.REACHED)).values("state").annotate(n=Sum("cases")).order_by()
    cases = Counter({row["state"]: row["n"] for row in said})
    left_out = cases[reached.UNSEEN]
    cases["messaged"] += left_out
    steps = ["", *reached.STEPS, reached.PAID]
    counted = [sum(cases[step] for step in steps[place:]) for place, _ in enumerate(steps)]
    return Funnel(*[*counted, left_out])

"""Cases in sums: what had failed, what of it came and stayed, what is in recovery; and how that splits into a rate."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import astuple, dataclass
from typing import Any

from django.db.models import Case as Choose
from django.db.models import Count, Q, QuerySet, Sum, When
from django.db.models.functions import Coalesce

from tideover.core.case import State
from tideover.recovery.models import Case


@dataclass(frozen=True, slots=True)
class Row:
    """Cases of one state. due: what had failed. back: what came and stayed. won: of how many cases anything did."""

    cases: int
    won: int
    due: int
    back: int
    returned: int
    recovering: int = 0  # of an open case what is open, else what had failed


NOBODY = Row(0, 0, 0, 0, 0)
# A case whose money went back to the last cent stays in its state, as the invoice does, and counts for nothing.
WON = Q(state=State.RECOVERED, amount_recovered__gt=0)
SUMS = {
    "n": Count("id"),
    "won": Count("id", filter=WON),
    "due": Sum("amount_due"),
    "back": Sum("amount_recovered"),
    "returned": Sum("amount_returned"),
}


TALLIED = {
    "n": Sum("cases"),
    "won": Sum("won"),
    "due": Sum("due"),
    "back": Sum("back"),
    "returned": Sum("returned"),
    "recovering": Sum("recovering"),
    "brought": Sum("brought"),
}


def row_of(row: Mapping[str, Any]) -> Row:
    return Row(row["n"], row["won"], row["due"], row["back"], row["returned"], row.get("recovering", 0))


def by_state(cases: QuerySet[Case]) -> dict[str, Row]:
    return {row["state"]: row_of(row) for row in cases.values("state").annotate(**SUMS).order_by("state")}


def together(days: Iterable[Mapping[str, Row]]) -> dict[str, Row]:
    """Days as one, by state."""
    rows: dict[str, list[Row]] = {}
    for day in days:
        for state, row in day.items():
            rows.setdefault(state, []).append(row)
    return {state: Row(*map(sum, zip(*map(astuple, some), strict=True))) for state, some in rows.items()}


# What is in recovery: of an open case what is still open, of one that has ended what had failed first.
IN_RECOVERY = Choose(When(state=State.FAILING, then=Coalesce("amount_open", "amount_due")), default="amount_due")


# ── rates ──

# What of a state's cases brought something, and what did not: by money, or by count.
Shares = Callable[[Row], tuple[int, int]]


def in_money(row: Row) -> tuple[int, int]:
    return row.back, max(row.due - row.back, 0)


def in_cases(row: Row) -> tuple[int, int]:
    return row.won, row.cases - row.won


def split(rows: Mapping[str, Row], shares: Shares) -> dict[State, int]:
    """What came counts as recovered, in whatever state its case is; what did not come back counts as not."""
    parts = dict.fromkeys(State, 0)
    for name, row in rows.items():
        came, missing = shares(row)
        state = State(name)
        if state == State.CANCELED:
            continue
        parts[State.RECOVERED] += came
        parts[State.ABANDONED if state == State.RECOVERED else state] += missing
    return parts


def won_and_lost(rows: Mapping[str, Row]) -> tuple[int, int]:
    parts = split(rows, in_money)
    return parts[State.RECOVERED], parts[State.ABANDONED] + parts[State.CHURNED]

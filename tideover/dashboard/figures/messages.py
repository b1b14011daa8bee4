"""How messages do, told apart by their kind, language, step, tone or wording: one line for each, with its formulas."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from django.http import QueryDict

from tideover.analytics.messages import By, Performance, performance
from tideover.analytics.scope import Scope
from tideover.core import measures
from tideover.core.catalogue import template_label
from tideover.core.measures import part_of
from tideover.core.signals.signs import Who
from tideover.core.steps import Written, read
from tideover.dashboard.periods import Days, read_days
from tideover.dashboard.words import MESSAGE_STEPS, language_label

WITHIN: Final = (1, 3, 7, 14)  # days
AS_A_RULE: Final = 7
BY: Final[Mapping[By, str]] = {
    By.KIND: "Kind",
    By.LANGUAGE: "Language",
    By.STEP: "Step",
    By.TONE: "Tone",
    By.WORDING: "Wording",
}
FORMULAS: Final[Sequence[tuple[str, str]]] = (
    ("Delivered, as known", measures.DELIVERED),
    ("Opened by people", measures.OPENED),
    ("Clicked by people", measures.CLICKED),
    ("Paid after it", measures.PAID_AFTER),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """What the address of the table asks for. within: how many days after a message its invoice is to be paid."""

    days: Days
    by: By
    within: int

    @property
    def label(self) -> str:
        return BY[self.by]


def read_choice(get: QueryDict, today: date, zone: ZoneInfo) -> Choice:
    """A word nobody knows asks for nothing special."""
    by, within = get.get("each", ""), get.get("within", "")
    return Choice(
        days=read_days(get, today, zone),
        by=By(by) if by in set(By) else By.KIND,
        within=int(within) if within in map(str, WITHIN) else AS_A_RULE,
    )


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table, its counts with their rates in basis points."""

    label: str
    found: Performance

    @property
    def delivery_rate(self) -> int | None:
        return part_of(self.found.sums.delivered, self.found.sums.sent)

    @property
    def opened(self) -> int:
        return self.found.sums.opened.get(Who.PERSON, 0)

    @property
    def opening_rate(self) -> int | None:
        return self.found.sums.of_delivered(self.found.sums.opened)

    @property
    def clicked(self) -> int:
        return self.found.sums.clicked.get(Who.PERSON, 0)

    @property
    def click_rate(self) -> int | None:
        return self.found.sums.of_delivered(self.found.sums.clicked)

    @property
    def opened_by_others(self) -> int:
        """By machines alone, or by whom nobody can tell: in no rate."""
        return sum(self.found.sums.opened.values()) - self.opened

    @property
    def clicked_by_others(self) -> int:
        return sum(self.found.sums.clicked.values()) - self.clicked

    @property
    def paid_rate(self) -> int | None:
        return part_of(self.found.paid, self.found.sums.sent)


def lines_of(scope: Scope, choice: Choice) -> Sequence[Line]:
    """The table."""
    found = performance(scope, choice.days.period, choice.by, choice.within)
    return [Line(_LABELS[choice.by](each.key), each) for each in found]


def _step_label(key: str) -> str:
    step = read(key)
    if step is None:
        return key or "A step that is not kept"
    number = f" {step.number}" if isinstance(step, Written) else ""
    return MESSAGE_STEPS.get(type(step), key) + number


_LABELS: Final[Mapping[By, Callable[[str], str]]] = {
    By.KIND: template_label,
    By.LANGUAGE: language_label,
    By.STEP: _step_label,
    By.TONE: str.capitalize,
    By.WORDING: {"plain": "Plain", "psychology": "With psychology"}.__getitem__,
}


# ── as a file ──


def file_of(lines: Sequence[Line], choice: Choice) -> Iterator[Sequence[str]]:
    """A header that says what is counted, and a line of plain numbers for each line of the table."""
    heard = [f"{what}_{who.value}" for what in ("opened_by", "clicked_by") for who in Who]
    paid = [f"paid_within_{choice.within}_days", "paid_by_link", "money", "currency"]
    yield [choice.by.value, "sent", "delivered", "bounced", *heard, *paid]
    for line in lines:
        found, sums = line.found, line.found.sums
        by = [str(counted.get(who, 0)) for counted in (sums.opened, sums.clicked) for who in Who]
        money = [str(found.money.major()), found.money.currency.upper()]
        numbers = [str(number) for number in (sums.sent, sums.delivered, sums.bounced)]
        yield [line.label, *numbers, *by, str(found.paid), str(found.by_link), *money]

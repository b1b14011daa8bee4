"""What just happened, in one sentence per line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tideover.analytics.activity import Happening, Kind
from tideover.core.catalogue import channel_label
from tideover.core.facts import Learnt
from tideover.core.money import spoken
from tideover.dashboard.words import BY, FACTS, WAYS, failure_label, method_label, name_of
from tideover.recovery.models import Case


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the activity: `strong` leads, `text` follows, `under` is the small print."""

    case: Case
    at: datetime
    icon: str
    tone: str
    strong: str
    text: str
    under: str


def line_of(happening: Happening) -> Line:
    """The happening in words."""
    icon, tone, write = _LINES[happening.kind]
    strong, text, under = write(happening, name_of(happening.case))
    return Line(happening.case, happening.at, icon, tone, strong, text, under)


Words = tuple[str, str, str]


def _recovered(happening: Happening, name: str) -> Words:
    way = WAYS[Case.Via(happening.detail)].label if happening.detail else ""
    return spoken(happening.case.came), f"recovered from {name}", way


def _returned(happening: Happening, name: str) -> Words:
    return spoken(happening.case.returned), f"went back to {name}", FACTS[Learnt(happening.detail)].label


def _failed(happening: Happening, name: str) -> Words:
    card = method_label(happening.case.card_brand, happening.case.card_last4)
    parts = [failure_label(happening.case, happening.case.family), card, BY[happening.by]]
    return spoken(happening.case.amount), f"failed for {name}", " · ".join(part for part in parts if part)


def _sent(happening: Happening, name: str) -> Words:
    return "", f"{channel_label(happening.channel)} sent to {name}", happening.detail


def _opened(happening: Happening, name: str) -> Words:
    return "", f"{name} opened an email", happening.detail


def _visited(happening: Happening, name: str) -> Words:
    """What the page asked for; of a case that was paid since, what had failed."""
    case = happening.case
    return "", f"{name} visited the card page", spoken(case.owed if case.owed.minor else case.amount)


def _card(happening: Happening, name: str) -> Words:
    return (
        "",
        f"{name} brought a new payment method",
        method_label(happening.case.card_brand, happening.case.card_last4),
    )


_LINES: Final[Mapping[Kind, tuple[str, str, Callable[[Happening, str], Words]]]] = {
    Kind.RECOVERED: ("check", "good", _recovered),
    Kind.RETURNED: ("undo-2", "warn", _returned),
    Kind.FAILED: ("x", "bad", _failed),
    Kind.SENT: ("send", "", _sent),
    Kind.OPENED: ("mail-open", "info", _opened),
    Kind.VISITED: ("eye", "info", _visited),
    Kind.CARD: ("credit-card", "info", _card),
}

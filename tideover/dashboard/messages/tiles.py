"""The figures above the list: each leads to the messages it counts, and is held against the days before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tideover.analytics.messages import Standing, Standings
from tideover.core.measures import part_of
from tideover.core.signals.signs import Who
from tideover.dashboard.messages.filters import MessageFilter
from tideover.dashboard.messages.statuses import Status
from tideover.dashboard.templatetags.house import percent
from tideover.dashboard.words import DASH

Number = Callable[[Standing], int]
Rate = Callable[[Standing], int | None]


@dataclass(frozen=True, slots=True)
class Figure:
    """What a tile counts. rate: of what there is a share, in basis points."""

    status: Status
    label: str
    icon: str
    number: Number
    rate: Rate | None = None


FIGURES: Final[Sequence[Figure]] = (
    Figure(Status.SENT, "Sent", "send", lambda of: of.sums.sent),
    Figure(
        Status.DELIVERED, "Delivered, as known", "check", lambda of: of.sums.delivered,
        lambda of: part_of(of.sums.delivered, of.sums.sent),
    ),
    Figure(
        Status.OPENED, "Opened, person", "mail-open", lambda of: of.sums.opened.get(Who.PERSON, 0),
        lambda of: of.sums.of_delivered(of.sums.opened),
    ),
    Figure(
        Status.OPENED_MACHINE, "Opened, machine", "bot", lambda of: of.sums.opened.get(Who.MACHINE, 0),
        lambda of: of.sums.of_delivered(of.sums.opened, Who.MACHINE),
    ),
    Figure(
        Status.CLICKED, "Clicked, person", "mouse-pointer-click", lambda of: of.sums.clicked.get(Who.PERSON, 0),
        lambda of: of.sums.of_delivered(of.sums.clicked),
    ),
    Figure(
        Status.BOUNCED, "Bounced", "mail-x", lambda of: of.sums.bounced,
        lambda of: part_of(of.sums.bounced, of.sums.sent),
    ),
    Figure(Status.UNSENT, "Not sent", "ban", lambda of: of.unsent),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure as it is drawn."""

    status: Status
    label: str
    icon: str
    number: int
    below: str
    chosen: bool


def tiles_of(standings: Standings, wanted: MessageFilter) -> Sequence[Tile]:
    """What is still to go, and the figures of the days."""
    queued = Tile(Status.QUEUED, "Still to go", "clock", standings.queued, "", chosen=wanted.status == Status.QUEUED)
    compared = wanted.compared_with is not None
    return [queued, *(_tile(figure, standings, wanted, compared=compared) for figure in FIGURES)]


def _tile(figure: Figure, standings: Standings, wanted: MessageFilter, *, compared: bool) -> Tile:
    now, before = ((figure.rate or figure.number)(each) for each in (standings.now, standings.before))
    said = [_said(figure, now) if figure.rate else "", f"was {_said(figure, before)}" if compared else ""]
    below = ", ".join(each for each in said if each and not each.endswith(DASH))
    chosen = wanted.status == figure.status
    return Tile(figure.status, figure.label, figure.icon, figure.number(standings.now), below, chosen)


def _said(figure: Figure, value: int | None) -> str:
    if not figure.rate:
        return f"{value:,}"
    return f"{percent(value)}%" if value is not None else DASH


def left_out(standings: Standings) -> str:
    """How many openings count in no rate, in a sentence; empty where there are none."""
    opened = standings.now.sums.opened
    machines, unknown = opened.get(Who.MACHINE, 0), opened.get(Who.UNKNOWN, 0)
    if not machines and not unknown:
        return ""
    said = f"{machines:,} opened by machines alone" if machines else ""
    also = f"{unknown:,} by whom nobody can tell" if unknown else ""
    return f"Left out: {' and '.join(filter(None, [said, also]))}."

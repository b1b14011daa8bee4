"""The doors as they are drawn: a sign, two lines of words, and what the part behind it needs to know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tideover.core.ways.doors import Door
from tideover.customer.doors.again import shown as again
from tideover.customer.doors.card import shown as card
from tideover.customer.doors.day import shown as day
from tideover.customer.doors.owing import Owing
from tideover.customer.doors.parts import shown as parts
from tideover.customer.doors.paypal import shown as paypal
from tideover.customer.doors.portal import shown as portal


def _nothing_more(_owing: Owing) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Behind:
    """What is behind a door: its sign (a Lucide icon), and what its template is told besides the page.

    The template is customer/doors/<door>.html; the words stand in the language's page.liquid, as `door.<door>` and
    `door_says.<door>`.
    """

    icon: str
    facts: Callable[[Owing], Mapping[str, Any]] = _nothing_more


BEHIND: Final[Mapping[Door, Behind]] = {
    Door.CONFIRM: Behind("shield-check"),
    Door.AGAIN: Behind("rotate-cw", again.facts),
    Door.CARD: Behind("credit-card", card.facts),
    Door.PORTAL: Behind("wallet", portal.facts),
    Door.PAYPAL: Behind("circle-dollar-sign", paypal.facts),
    Door.DAY: Behind("calendar-check", day.facts),
    Door.PARTS: Behind("list-ordered", parts.facts),
    Door.STRIPE: Behind("external-link"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A door as the template draws it."""

    door: Door
    icon: str
    head: str
    says: str
    template: str
    facts: Mapping[str, Any]


def shown(door: Door, owing: Owing, say: Mapping[str, str]) -> Shown:
    """The door with its words: what it is, and when money moves."""
    behind = BEHIND[door]
    head, says = say[f"door.{door}"], say[f"door_says.{door}"]
    return Shown(door, behind.icon, head, says, f"customer/doors/{door}.html", behind.facts(owing))

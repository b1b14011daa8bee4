"""The notices there are: one table, from which page, command, mails and docs are made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tideover.core.calendars.paces import Pace
from tideover.tenants.roles import OLDER_NAMES, Role


class Kind(StrEnum):
    """What somebody of a merchant's can be told of."""

    RECOVERED = "recovered"
    ATTENTION = "attention"
    DEAD_KEY = "dead_key"
    PAUSED = "paused"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class About:
    """A kind of notice. says: what it tells of, in a sentence. page: where its button leads.

    paces: how often it can be had, off aside. by_role: what holds for whom nobody has chosen anything for; a role that
    is not named gets none. always: an owner has to get it. shared: it concerns the whole organization, and what is
    chosen holds for all its projects.
    """

    label: str
    says: str
    page: str
    paces: Sequence[Pace]
    by_role: Mapping[Role, Pace]
    always: bool = False
    shared: bool = False


_WHO_CAN_MEND: Final = {Role.OWNER: Pace.AT_ONCE, Role.ADMIN: Pace.AT_ONCE}
KINDS: Final[Mapping[Kind, About]] = {
    Kind.RECOVERED: About(
        "Recovered payments",
        "Payments that had failed and came back, with their amounts.",
        "/cases/?state=recovered",
        paces=(Pace.AT_ONCE, Pace.DAILY),
        by_role={Role.OWNER: Pace.DAILY},
    ),
    Kind.ATTENTION: About(
        "Cases that need you",
        "Open cases that wait for a person, on each morning on which there are any.",
        "/cases/?attention=1",
        paces=(Pace.DAILY,),
        by_role={Role.OWNER: Pace.DAILY, Role.ADMIN: Pace.DAILY, Role.SUPPORT: Pace.DAILY},
    ),
    Kind.DEAD_KEY: About(
        "A key that Stripe refuses",
        "An account of which nothing can be read or charged until it is connected again.",
        "/connections/",
        paces=(Pace.AT_ONCE,),
        by_role=_WHO_CAN_MEND,
        always=True,
    ),
    Kind.PAUSED: About(
        "A channel that is paused",
        "Messages to your customers that are held back, as too many came back or were marked as spam.",
        "/status/",
        paces=(Pace.AT_ONCE,),
        by_role=_WHO_CAN_MEND,
        always=True,
        shared=True,
    ),
    Kind.DIGEST: About(
        "The week",
        "What came back, what is at risk and what was lost beside the week before, and what was done about it.",
        "/analytics/",
        paces=(Pace.WEEKLY,),
        by_role={Role.OWNER: Pace.WEEKLY, Role.ADMIN: Pace.WEEKLY, Role.ANALYST: Pace.WEEKLY},
    ),
}
SUMMED_UP: Final = (Kind.RECOVERED, Kind.ATTENTION, Kind.DIGEST)  # the others tell of one thing that has happened
PACES: Final[Mapping[Pace, str]] = {
    Pace.AT_ONCE: "At once",
    Pace.DAILY: "One summary a day",
    Pace.WEEKLY: "On Monday mornings",
    Pace.OFF: "Off",
}


def usual(kind: Kind, role: str) -> Pace:
    """What a person of this role gets, unless they chose otherwise."""
    known = OLDER_NAMES.get(role, role)
    return next((pace for each, pace in KINDS[kind].by_role.items() if each == known), Pace.OFF)

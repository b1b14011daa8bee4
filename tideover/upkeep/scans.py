"""What is looked for without any event: overdue invoices, cards that end, cases that stand still, dead connections.

Nothing runs here: each is looked for by its own round, and this tells when that last was and what is there now.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from tideover.core.declines import Family
from tideover.flow import refusals
from tideover.mirror.expiring import day_of, expiring
from tideover.mirror.models import Mirror
from tideover.recovery.models import Case
from tideover.recovery.rulesets import rules_asked, rules_told
from tideover.tenants.at_once import at_once, number
from tideover.tenants.models import Connection, Project
from tideover.upkeep.doctor.checks.cases import not_read, nothing_happens
from tideover.upkeep.doctor.patient import Patient

SILENT_FOR: Final = timedelta(hours=1)  # Stripe's list of events is asked for every few minutes


class Scan(StrEnum):
    """Each thing that is looked for."""

    OVERDUE = "overdue"
    CARDS = "cards"
    STALE = "stale"
    CONNECTIONS = "connections"


@dataclass(frozen=True, slots=True)
class About:
    """What people call a scan, what it finds, and what one of it is called: one, or several."""

    label: str
    says: str
    one: str
    several: str


ABOUT: Final = {
    Scan.OVERDUE: About(
        "Overdue invoices",
        "Invoices that were sent to be paid by hand and are past their day. Once a day, where your rules chase them.",
        "open case",
        "open cases",
    ),
    Scan.CARDS: About(
        "Expiring cards",
        "Cards that end within 60 days, or have ended, and that a subscription charges next. From Stripe's lists and"
        " events.",
        "card",
        "cards",
    ),
    Scan.STALE: About(
        "Cases that stand still",
        "Open, with nothing planned and nothing learnt for two weeks, or not read at Stripe for three days. Each open"
        " case is read once a day.",
        "case",
        "cases",
    ),
    Scan.CONNECTIONS: About(
        "Dead connections",
        "Accounts whose key Stripe refuses, or whose events could not be listed for an hour. Every few minutes.",
        "account",
        "accounts",
    ),
}


@dataclass(frozen=True, slots=True)
class Scanned:
    """How a scan stands. on: whether it looks at all. ran_at: when it last did of every account; None: not yet."""

    scan: Scan
    on: bool
    ran_at: datetime | None
    found: int

    @property
    def about(self) -> About:
        """Its words."""
        return ABOUT[self.scan]

    @property
    def counted(self) -> str:
        """How many it found, in words; that there are none only where all was looked at."""
        if not self.found:
            return "Not looked for" if not self.on else "None so far" if self.ran_at is None else "None"
        return f"{self.found} {self.about.one if self.found == 1 else self.about.several}"


def scanned(project: Project, now: datetime) -> list[Scanned]:
    """Every scan of a project, as it stands at this moment."""
    mine = Connection.objects.filter(project=project, state=Connection.State.ACTIVE)
    accounts = list(mine.select_related("lane", "mirror").order_by("created_at", "pk"))
    patient = Patient(project.organization, [project], accounts, [], now)
    failing = Case.objects.filter(project=project, state=Case.State.FAILING)
    stale = nothing_happens(patient).filter(project=project).values("pk")
    unread = not_read(patient).filter(project=project).values("pk")
    found = at_once(
        project.organization_id,
        {
            "overdue": number(failing.filter(family=Family.OVERDUE)),
            "cards": number(expiring(project, day_of(now))),
            "stale": number(Case.objects.filter(pk__in=stale.union(unread))),
            "rules": rules_asked(project),
        },
    )
    swept, walked = [each.swept_at for each in accounts], [_walked(each) for each in accounts]
    return [
        Scanned(Scan.OVERDUE, rules_told(found["rules"]).chase_overdue, _longest(swept), found["overdue"]),
        Scanned(Scan.CARDS, True, _longest(walked), found["cards"]),
        Scanned(Scan.STALE, True, now, found["stale"]),
        Scanned(
            Scan.CONNECTIONS, True, _longest([each.events_seen_to for each in accounts]), len([*dead(accounts, now)])
        ),
    ]


def dead(accounts: Sequence[Connection], now: datetime) -> Iterator[Connection]:
    """Of accounts that were read with their lanes those that do not answer us."""
    for account in accounts:
        heard = account.events_seen_to or account.created_at
        if refusals.known_of(account) or heard < now - SILENT_FOR:
            yield account


def _walked(account: Connection) -> datetime | None:
    mirror: Mirror | None = getattr(account, "mirror", None)  # there is none before the first minute
    return mirror.walked_at if mirror else None


def _longest(times: Sequence[datetime | None]) -> datetime | None:
    """When all of them had been looked at; None where there is one that was not, or no account at all."""
    known = [at for at in times if at is not None]
    return min(known) if known and len(known) == len(times) else None

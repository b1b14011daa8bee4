"""What had failed before an account was connected, in words: how much was found, and how far the reading is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import F, Func, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from tideover.recovery.models import Case
from tideover.tenants.at_once import number
from tideover.tenants.kept_apart import Backlog
from tideover.tenants.models import Connection, Project

FOUND: Final = "failed_before"  # how many, in the rows of `connected`


@dataclass(frozen=True, slots=True)
class Earlier:
    """Of one account. found: how many are open cases. older: how many failed too long ago and are left alone."""

    account: str
    connected_at: datetime
    since: datetime
    found: int
    older: int
    reads: bool
    read_back_to: datetime | None

    @property
    def sentences(self) -> Sequence[str]:
        """What to say of it: one or two sentences more where there is more to say."""
        still = "is open still" if self.found == 1 else "are open still"
        before = f"before {self.account} was connected on {_day(self.connected_at)}"
        said = [f"{_payments(self.found)} that had failed {before} {still}."]
        if self.older:
            more = "1 older one is" if self.older == 1 else f"{self.older} older ones are"
            said.append(f"{more} left alone: what failed before {_day(self.since)} is not taken up.")
        if self.reads:
            so_far = f"back to {_day(self.read_back_to)}" if self.read_back_to else "from the newest on"
            said.append(f"Stripe's list of open invoices is being read, {so_far}: there may be more.")
        return said


def _payments(number: int) -> str:
    return "1 payment" if number == 1 else f"{number or 'No'} payments"


def _day(at: datetime) -> str:
    return f"{at:%b} {at.day}"


def earlier(accounts: Iterable[Connection]) -> list[Earlier]:
    """Of each of these `connected` accounts whose earlier failures were read, or are being read."""
    return [told for each in accounts if (told := earlier_of(each, getattr(each, FOUND)))]


def connected(project: Project) -> QuerySet[Connection]:
    """The project's accounts, oldest first, with what is asked of each here and by the set-up."""
    mine = Connection.objects.filter(
        organization_id=project.organization_id, project=project, state=Connection.State.ACTIVE
    )
    since = Coalesce(OuterRef("connected_at"), OuterRef("created_at"))
    before = _failing(OuterRef("organization_id"), OuterRef("pk"), OuterRef("backlog__since"), since)
    counted = mine.annotate(**{FOUND: Subquery(number(before))})
    return counted.select_related("backlog", "lane").order_by("created_at", "pk")


def earlier_of(connection: Connection, found: int | None = None) -> Earlier | None:
    """Of this account; None where they are not looked at, or somebody chose to leave them.

    found: how many are open, where that was counted already.
    """
    backlog: Backlog | None = getattr(connection, "backlog", None)
    if backlog is None or backlog.left_at is not None:
        return None
    if found is None:
        found = _failing(connection.organization_id, connection.pk, backlog.since, connection.since).count()
    return Earlier(
        connection.account_name or connection.account_id,
        connection.since,
        backlog.since,
        found,
        backlog.older,
        backlog.read_at is None,
        backlog.read_back_to,
    )


def _failing(
    organization: UUID | OuterRef, connection: UUID | OuterRef, since: datetime | F, until: datetime | Func
) -> QuerySet[Case]:
    """What failed in an account between the two and is open still."""
    mine = Case.objects.filter(
        organization_id=organization, connection_id=connection, state=Case.State.FAILING, clock=None
    )
    return mine.filter(opened_at__gte=since, opened_at__lt=until)

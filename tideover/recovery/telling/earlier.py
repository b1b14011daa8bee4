"""What had failed before an account was connected, in words: how much was found, and how far the reading is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tideover.recovery.models import Case
from tideover.tenants.kept_apart import Backlog
from tideover.tenants.models import Connection, Project


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


def earlier(project: Project) -> list[Earlier]:
    """Of each account of the project whose earlier failures were read, or are being read."""
    mine = Connection.objects.filter(organization_id=project.organization_id, project=project)
    connected = mine.filter(state=Connection.State.ACTIVE).select_related("backlog").order_by("created_at", "pk")
    return [told for connection in connected if (told := earlier_of(connection))]


def earlier_of(connection: Connection) -> Earlier | None:
    """Of this account; None where they are not looked at, or somebody chose to leave them."""
    backlog: Backlog | None = getattr(connection, "backlog", None)
    if backlog is None or backlog.left_at is not None:
        return None
    mine = Case.objects.filter(organization_id=connection.organization_id, connection=connection)
    before = mine.filter(opened_at__gte=backlog.since, opened_at__lt=connection.since)
    return Earlier(
        connection.account_name or connection.account_id,
        connection.since,
        backlog.since,
        before.filter(state=Case.State.FAILING).count(),
        backlog.older,
        backlog.read_at is None,
        backlog.read_back_to,
    )

"""The stop: nothing is charged or sent for everybody, one merchant or one account, until it is started again.

A project that is not live yet, or not any more, is stopped too: its switch is a setting, `recovery.enabled`.

Actions that come due meanwhile stay planned. Workers read the switch with every claim and again right before each
effect, so it holds within seconds. Who turned it, and when, is in the audit log of each merchant whom it concerns.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Case as Choose
from django.db.models import F, Subquery, Value, When
from django.db.models.functions import Coalesce

from tideover.flow.models import Provider
from tideover.tenants import audit
from tideover.tenants.ending import merchants
from tideover.tenants.models import Connection, Organization, Project

EVERYTHING: Final = "everything"
Target = Organization | Connection | None


def stop(target: Target, *, by: str, now: datetime) -> None:
    """Stop the merchant, the account, or (None) everything. What was stopped before keeps its instant."""
    _turn(target, "stopped effects", now, by, now)


def start(target: Target, *, by: str, now: datetime) -> None:
    """End the stop. What came due meanwhile is looked at anew, and done only if it still makes sense."""
    _turn(target, "started effects", None, by, now)


def _turn(target: Target, what: str, stopped_at: datetime | None, by: str, now: datetime) -> None:
    """Set the switch and write it down; a switch that stands as it should is no deed.

    One merchant's switch and its entry are one transaction. With thousands of merchants their entries take seconds,
    and a stop of everything must not wait for them.
    """
    with nullcontext() if target is None else transaction.atomic():
        _record(_set(target, what, stopped_at, by), target, now)


def _set(target: Target, what: str, stopped_at: datetime | None, by: str) -> audit.Deed | None:
    with transaction.atomic():
        switch = _switch(target)
        if (switch.stopped_at is None) == (stopped_at is None):
            return None
        before, switch.stopped_at = _said(switch.stopped_at), stopped_at
        switch.save(update_fields=["stopped_at"])
    return audit.Deed(by, what, _about(target), before, _said(stopped_at))


def _record(deed: audit.Deed | None, target: Target, now: datetime) -> None:
    if deed is not None:
        for organization_id in _concerned(target):
            audit.write(organization_id, deed, now)


def _switch(target: Target) -> Organization | Connection | Provider:
    """The row that holds the switch, locked until the transaction ends."""
    if target is None:
        Provider.objects.get_or_create(name=EVERYTHING)
        return Provider.objects.select_for_update(no_key=True).get(name=EVERYTHING)
    return type(target).objects.select_for_update(no_key=True).get(pk=target.pk)


def _about(target: Target) -> str:
    if isinstance(target, Connection):
        return str(target.pk)
    return "everybody" if target is None else "the organization"


def _concerned(target: Target) -> list[UUID]:
    """Whose log tells of it. Everybody's where everything stops: a merchant's own log says why nothing was done."""
    if target is None:  # always in the same order, so that two who turn it do not wait for each other
        return list(
            merchants().order_by("pk").values_list("pk", flat=True)
        )  # one that is being erased may be gone soon
    return [target.organization_id if isinstance(target, Connection) else target.pk]


def _said(stopped_at: datetime | None) -> dict[str, str | None]:
    return {"stopped_at": stopped_at.isoformat() if stopped_at else None}


class Whom(StrEnum):
    """For whom nothing may be charged or sent, and in quarantine why."""

    EVERYBODY = "everybody"
    ORGANIZATION = "organization"
    PROJECT = "project"
    ACCOUNT = "account"
    QUARANTINE = "quarantine"
    DISCONNECTED = "disconnected"


_SAID: Final = {
    Whom.EVERYBODY: "everything is stopped",
    Whom.ORGANIZATION: "everything is stopped for this organization",
    Whom.PROJECT: "recovery is off for this project",
    Whom.ACCOUNT: "everything is stopped for this account",
    Whom.QUARANTINE: "restored from a backup: Stripe is read first",
    Whom.DISCONNECTED: "this account is disconnected",
}


@dataclass(frozen=True, slots=True)
class Halt:
    """One thing for which nothing may happen for an account."""

    whom: Whom
    since: datetime

    @property
    def why(self) -> str:
        return _SAID[self.whom]


def halts(connection: Connection) -> list[Halt]:
    """Everything for which nothing may happen for this account at this very moment, read afresh."""
    found = Connection.objects.filter(pk=connection.pk).values_list(
        stopped_for_everybody(),
        "organization__stopped_at",
        _off_since(),
        "stopped_at",
        "quarantined_at",
        "disconnected_at",
    )
    return _halts(*(found.first() or (None,) * len(Whom)))


def is_everything_stopped() -> bool:
    """Whether nothing may go out for anybody, read afresh."""
    return Provider.objects.filter(name=EVERYTHING, stopped_at__isnull=False).exists()


def stopped_for_everybody() -> Subquery:
    """Since when everything is stopped, as a column of whatever is read."""
    return Subquery(Provider.objects.filter(name=EVERYTHING).values("stopped_at")[:1])


def _off_since() -> Choose:
    """Since when the account's project is off, as a column of the connection; null where it is on."""
    since = Coalesce(F("project__recovery_turned_at"), F("project__created_at"))
    return Choose(When(project__recovery_enabled=False, then=since), default=Value(None))


def halts_of(account: Connection, project: Project, everybody: datetime | None) -> list[Halt]:
    """The same from an account and its project that were read this moment, with the switch for everybody."""
    its_own = (account.stopped_at, account.quarantined_at, account.disconnected_at)
    return _halts(everybody, account.organization.stopped_at, project.off_since, *its_own)


def _halts(*since: datetime | None) -> list[Halt]:
    return [Halt(whom, at) for whom, at in zip(Whom, since, strict=True) if at]


def why_stopped(connection: Connection) -> str:
    """Why nothing may happen for this account at this very moment, read afresh; empty where it may."""
    return next((halt.why for halt in halts(connection)), "")


def why_not_set_up(connection: Connection) -> str:
    """The same for what only lets us hear of an account: that is set up before its project goes live."""
    return next((halt.why for halt in halts(connection) if halt.whom != Whom.PROJECT), "")

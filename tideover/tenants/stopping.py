"""The kill switch: nothing is charged or sent for everybody, one merchant or one account, until it is started again.

Actions that come due meanwhile stay planned. Workers read the switch with every claim and again right before each
effect, so it holds within seconds.
"""

from __future__ import annotations

from datetime import datetime

from tideover.tenants.fuses import EVERYTHING
from tideover.tenants.models import Connection, Organization, Provider


def stop(target: Organization | Connection | None, now: datetime) -> None:
    """Stop the merchant, the account, or (None) everything. What was stopped before keeps its instant."""
    if target is None:
        Provider.objects.get_or_create(name=EVERYTHING)
        Provider.objects.filter(name=EVERYTHING, stopped_at__isnull=True).update(stopped_at=now)
    else:
        type(target).objects.filter(pk=target.pk, stopped_at__isnull=True).update(stopped_at=now)


def start(target: Organization | Connection | None) -> None:
    """End the stop. What came due meanwhile is looked at anew, and done only if it still makes sense."""
    if target is None:
        Provider.objects.filter(name=EVERYTHING).update(stopped_at=None)
    else:
        type(target).objects.filter(pk=target.pk).update(stopped_at=None)


def why_stopped(connection: Connection) -> str:
    """Why nothing may happen for this account at this very moment, read afresh; empty where it may."""
    if Provider.objects.filter(name=EVERYTHING, stopped_at__isnull=False).exists():
        return "everything is stopped"
    found = (
        Connection.objects.filter(pk=connection.pk)
        .values_list("stopped_at", "organization__stopped_at", "quarantined_at")
        .first()
    )
    account, organization, quarantined = found or (None, None, None)
    if organization is not None:
        return "everything is stopped for this organization"
    if account is not None:
        return "everything is stopped for this account"
    return "restored from a backup: Stripe is read first" if quarantined is not None else ""

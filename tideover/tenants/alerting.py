"""Which accounts tell of cards that end: where their project does, and they were not left out."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tideover.tenants import audit
from tideover.tenants.models import Connection, Project
from tideover.tenants.settings import change

SETTING = "recovery.card_alerts"


def alerts(connection: Connection) -> bool:
    """Whether it is switched on for the account."""
    return connection.project.card_alerts and connection.card_alerts


def switch_alerts(connection: Connection, *, on: bool, by: str, now: datetime) -> None:
    """For this account alone: where its project was off until now, its other accounts stay so."""
    with transaction.atomic():
        project = Project.objects.select_for_update(no_key=True).get(pk=connection.project_id)
        if on and not project.card_alerts:
            for other in project.connections.exclude(pk=connection.pk).filter(card_alerts=True):
                _take_part(other, on=False, by=by, now=now)
            change(project, {SETTING: True}, by, now)
        _take_part(connection, on=on, by=by, now=now)
    connection.project.refresh_from_db(fields=["card_alerts"])


def _take_part(connection: Connection, *, on: bool, by: str, now: datetime) -> None:
    if connection.card_alerts == on:
        return
    connection.card_alerts = on
    connection.save(update_fields=["card_alerts"])
    told = {"card_alerts": not on}, {"card_alerts": on}
    audit.write(connection.organization_id, audit.Deed(by, "card alerts switched", str(connection.pk), *told), now)

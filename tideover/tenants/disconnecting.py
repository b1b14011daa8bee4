"""Disconnect an account: from this moment on nothing is done for it. What we hold there is given back afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet

from tideover.tenants import audit
from tideover.tenants.connecting import SECRETS
from tideover.tenants.models import Connection


def disconnect(connection: Connection, *, by: str, now: datetime) -> bool:
    """Stop everything for the account; False where that was done already.

    The key is kept until what we hold is given back (`upkeep.leaving`), which is begun at once.
    """
    active = Connection.objects.filter(pk=connection.pk, state=Connection.State.ACTIVE)
    begun = {"state": Connection.State.DISCONNECTED, "disconnected_at": now, "left_at": None, "left_undone": ""}
    with transaction.atomic():
        if not active.update(**begun):
            return False
        audit.write(connection.organization_id, audit.Deed(by, "disconnected", str(connection.pk)), now)
    connection.refresh_from_db()
    return True


def leaving() -> QuerySet[Connection]:
    """The accounts that were disconnected and of which we may still hold something."""
    return Connection.objects.filter(state=Connection.State.DISCONNECTED, left_at__isnull=True)


def is_leaving(connection: Connection) -> bool:
    """Whether this one is among them, as its row stands now."""
    return leaving().filter(pk=connection.pk).exists()


def leave(connection: Connection, undone: Sequence[str], now: datetime) -> bool:
    """Forget the keys and say what could not be done; False where the account was connected again meanwhile."""
    forgotten = dict.fromkeys(("api_key", "refresh_token", *SECRETS, "webhook_endpoint_id", "webhook_url"), "")
    gone = {
        **forgotten,
        "rolls": F("rolls") + 1,
        "webhook_secret_previous_until": None,
        "left_at": now,
        "left_undone": "\n".join(undone),
    }
    with transaction.atomic():
        if not leaving().filter(pk=connection.pk).update(**gone):
            return False
        deed = audit.Deed("tideover", "left", str(connection.pk), after={"undone": list(undone)})
        audit.write(connection.organization_id, deed, now)
    return True

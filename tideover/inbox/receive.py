"""Take in one webhook: verify, store once, and only then say yes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from django.db import transaction

from tideover.inbox.models import StripeEvent
from tideover.inbox.signature import authentic
from tideover.tenants.models import Connection

LARGEST_BODY = 512_000
DEEPEST_JSON = 64


class Receipt(StrEnum):
    """What became of a delivery. Only STORED and REPEATED are acknowledged."""

    STORED = "stored"
    REPEATED = "repeated"
    REJECTED = "rejected"


def _deeper_than(text: bytes, limit: int) -> bool:
    """Whether brackets nest deeper than `limit`, counted before any parser recurses into them."""
    depth = deepest = 0
    in_string = escaped = False
    for byte in text:
        if in_string:
            if escaped:
                escaped = False
            elif byte == 0x5C:  # backslash
                escaped = True
            elif byte == 0x22:  # quote
                in_string = False
        elif byte == 0x22:
            in_string = True
        elif byte in (0x7B, 0x5B):
            depth += 1
            deepest = max(deepest, depth)
        elif byte in (0x7D, 0x5D):
            depth -= 1
    return deepest > limit


def _parsed(body: bytes) -> dict[str, Any] | None:
    """The event in `body`, or None where it is not one."""
    # Only a text with that many opening brackets at all can nest too deep; the slow count is for those.
    if body.count(b"{") + body.count(b"[") > DEEPEST_JSON and _deeper_than(body, DEEPEST_JSON):
        return None
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(event, dict) or event.get("object") != "event":
        return None
    return event if isinstance(event.get("id"), str) and isinstance(event.get("type"), str) else None


def receive(connection: Connection, body: bytes, signature: str, now: datetime) -> Receipt:
    """Store the event of an authentic delivery exactly once. Raises DatabaseError where it cannot be stored."""
    secrets = (connection.webhook_secret, connection.webhook_secret_previous)
    if len(body) > LARGEST_BODY or not authentic(body, signature, secrets, now):
        return Receipt.REJECTED
    event = _parsed(body)
    if event is None:
        return Receipt.REJECTED
    row = _row(connection, event, body, now)
    with transaction.atomic():
        known = StripeEvent.objects.filter(connection=connection, event_id=row.event_id).exists()
        StripeEvent.objects.bulk_create([row], ignore_conflicts=True)
    return Receipt.REPEATED if known else Receipt.STORED


def _row(connection: Connection, event: dict[str, Any], body: bytes, now: datetime) -> StripeEvent:
    thing = (event.get("data") or {}).get("object") or {}
    foreign = _foreign(connection, event)
    return StripeEvent(
        organization_id=connection.organization_id,
        connection=connection,
        event_id=event["id"][:255],
        type=event["type"][:120],
        object_id=str(thing.get("id") or "")[:255],
        happened_at=datetime.fromtimestamp(int(event.get("created") or 0), UTC),
        received_at=now,
        try_at=now,
        body=body,
        state=StripeEvent.State.REFUSED if foreign else StripeEvent.State.STORED,
        reason=foreign,
    )


def _foreign(connection: Connection, event: dict[str, Any]) -> str:
    """Why a signed event has no effect here: it is another account's, or of the other mode."""
    account = event.get("account")
    if account and account != connection.account_id:
        return f"the event belongs to account {str(account)[:40]}"
    if bool(event.get("livemode")) != connection.livemode:
        return "a test event on a live connection" if connection.livemode else "a live event on a test connection"
    return ""

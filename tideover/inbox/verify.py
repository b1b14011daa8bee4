"""What a delivery is: authentic, whole, and for this account and mode. Pure: nothing is read or written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from tideover.gateways.shape import LAST_SECOND, LONGEST_ID
from tideover.ids import new_id
from tideover.inbox.endpoints import Endpoint
from tideover.inbox.models import StripeEvent
from tideover.inbox.signature import authentic
from tideover.inbox.store import Row

LARGEST_BODY = 512_000
DEEPEST_JSON = 64
LONGEST_TYPE = 120


def verify(endpoint: Endpoint, body: bytes, signature: str, now: datetime) -> Row | None:
    """The row of an authentic delivery, or None where it is none. Nothing is parsed before the signature holds."""
    if len(body) > LARGEST_BODY or not authentic(body, signature, endpoint.secrets, now):
        return None
    event = _event(body)
    return None if event is None else _row(endpoint, event, body, now)


def _event(body: bytes) -> dict[str, Any] | None:
    """The event in `body`, or None where it is not one."""
    try:
        event = orjson.loads(body)  # it gives up at 1,024 levels, before any stack does
    except orjson.JSONDecodeError:
        return None
    # Only a text with that many opening brackets at all can nest too deep; the walk is for those.
    if body.count(b"{") + body.count(b"[") > DEEPEST_JSON and _too_deep(event):
        return None
    return event if isinstance(event, dict) and _is_event(event) else None


def _too_deep(value: object) -> bool:
    level = [value]
    for _ in range(DEEPEST_JSON + 1):
        inside = [node.values() if isinstance(node, dict) else node for node in level if isinstance(node, dict | list)]
        if not inside:
            return False
        level = [child for children in inside for child in children]
    return True


def _is_event(event: dict[str, Any]) -> bool:
    created = event.get("created")
    return (
        event.get("object") == "event"
        and _is_a_name(event.get("id"), LONGEST_ID)
        and _is_a_name(event.get("type"), LONGEST_TYPE)
        and type(created) is int
        and 0 <= created <= LAST_SECOND
    )


def _is_a_name(value: object, most: int) -> bool:
    """Never cut: two events would be one."""
    return isinstance(value, str) and 0 < len(value) <= most and "\x00" not in value


def _row(endpoint: Endpoint, event: dict[str, Any], body: bytes, now: datetime) -> Row:
    foreign = _foreign(endpoint, event)
    return Row(
        id=new_id(),
        organization_id=endpoint.organization_id,
        connection_id=endpoint.connection_id,
        event_id=event["id"],
        type=event["type"],
        object_id=about(event),
        happened_at=datetime.fromtimestamp(event["created"], UTC),
        received_at=now,
        body=body,
        state=StripeEvent.State.REFUSED.value if foreign else StripeEvent.State.STORED.value,
        tries=0,
        try_at=now,
        reason=foreign,
        handled_at=None,
    )


def about(event: Mapping[str, Any]) -> str:
    """The id of the object the event is about; no database takes a NUL into a text."""
    data = event.get("data")
    thing = data.get("object") if isinstance(data, dict) else None
    name = thing.get("id") if isinstance(thing, dict) else None
    return name[:LONGEST_ID].replace("\x00", "") if isinstance(name, str) else ""


def _foreign(endpoint: Endpoint, event: dict[str, Any]) -> str:
    """Why a signed event has no effect here: it is another account's, or of the other mode."""
    account = event.get("account")
    if account and account != endpoint.account_id:
        return f"the event belongs to account {str(account)[:40]}".replace("\x00", "")
    if bool(event.get("livemode")) != endpoint.livemode:
        return "a test event on a live connection" if endpoint.livemode else "a live event on a test connection"
    return ""

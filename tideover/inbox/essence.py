"""What is kept of an event's content where nobody's name or address may be: of what tells of money, ids and amounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from tideover.inbox.translate import MONEY_MOVES

# What `news_of` asks of them: recovery.learnt reads them again, once it is known whose charge it was.
ENVELOPE: Final = ("id", "type", "created")
KEPT: Final = ("id", "object", "charge", "payment_intent", "amount", "amount_refunded", "currency", "status")


def essence(kind: str, body: bytes) -> bytes:
    """Of an event that tells of money of a charge what names nobody; of all others nothing."""
    try:
        event = orjson.loads(body) if kind in MONEY_MOVES else None
    except orjson.JSONDecodeError:
        event = None
    data = event.get("data") if isinstance(event, dict) else None
    thing = data.get("object") if isinstance(data, dict) else None
    if not isinstance(event, dict) or not isinstance(thing, dict):
        return b""
    return orjson.dumps({**_of(event, ENVELOPE), "data": {"object": _of(thing, KEPT)}})


def _of(whole: Mapping[str, Any], wanted: tuple[str, ...]) -> dict[str, Any]:
    """Of an object that was expanded its id alone."""
    return {name: _plain(whole[name]) for name in wanted if name in whole}


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever stands in JSON
    return value.get("id") if isinstance(value, dict) else None if isinstance(value, list) else value

"""What is told of a mail, and how a provider tells it: the proof that it is the provider's, and its words as values."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import orjson

from tideover.gateways.words import printable, storable

FRESH: Final = timedelta(minutes=5)
MOST_DIGITS: Final = 15
MESSAGE_ID: Final = "Message-ID".lower()  # how several of them call their name for a mail


class Fate(StrEnum):
    """What became of a mail."""

    DELIVERED = "delivered"
    CAME_BACK = "came_back"  # this time: a mailbox that is full, a server that would not have it
    NO_SUCH_MAILBOX = "no_such_mailbox"
    COMPLAINED = "complained"  # its reader called it spam
    UNSUBSCRIBED = "unsubscribed"  # by the provider's own way


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of one mail. tag: our name for it; provider_id: the provider's. Either may be missing."""

    fate: Fate
    tag: str
    provider_id: str
    detail: str = ""

    @classmethod
    def of(cls, fate: Fate, tag: object, provider_id: object, detail: object = "") -> Told:
        """Of a stranger's words."""
        name = _words(provider_id).strip("<>")[:200]
        return cls(fate, _words(tag)[:64], name, printable(_words(detail))[:280])


def _words(said: object) -> str:
    return storable(said) if isinstance(said, str) else ""


@dataclass(frozen=True, slots=True)
class Request:
    """What was posted. key: by which the provider is known. Names of headers are in small letters."""

    body: bytes
    headers: Mapping[str, str]
    key: str = field(repr=False)
    now: datetime
    base: str = ""  # where providers are spoken to instead (the simulator)

    def within(self, seconds: str, span: timedelta = FRESH) -> bool:
        """Whether it was signed about now: an older one may be somebody's who has seen it."""
        told = seconds if seconds.isascii() and seconds.isdigit() and len(seconds) <= MOST_DIGITS else ""
        return bool(told) and abs(self.now.timestamp() - int(told)) <= span.total_seconds()


@dataclass(frozen=True, slots=True)
class Hook:
    """How a provider tells. key: how it calls what proves it; empty where it proves nothing, and the address must.

    events: at the provider, what to have told.
    """

    key: str
    where: str
    events: str
    is_theirs: Callable[[Request], bool]
    told: Callable[[Mapping[str, Any]], Iterator[Told]]


def by_address(_request: Request) -> bool:
    """Of providers that sign nothing: who knows the address is believed."""
    return True


def objects_in(body: bytes) -> list[Mapping[str, Any]]:
    """The objects that were posted: one, or a list of them; what is none is passed over."""
    try:
        said = orjson.loads(body)
    except ValueError:
        return []
    many = said if isinstance(said, list) else [said]
    return [each for each in many if isinstance(each, dict)]


def the_object_in(body: bytes) -> Mapping[str, Any]:
    """The one object that was posted, for who proves one; an empty one where there are others beside it."""
    many = objects_in(body)
    return many[0] if len(many) == 1 else {}


def inside(said: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    """An object within objects; an empty one where there is none."""
    found: object = said
    for name in names:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def decoded(base64_text: str) -> bytes:
    """The bytes behind it; none where it is no such text."""
    try:
        return base64.b64decode(base64_text, validate=True)
    except (binascii.Error, ValueError):
        return b""

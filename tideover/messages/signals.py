"""A request for a picture or a link of a message as a raw signal: what of it is looked at, and what of that is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.http import HttpRequest

from tideover.core.signals.agents import shortened
from tideover.core.signals.heard import Trace, without_names
from tideover.core.signals.origins import Origin, origin_of
from tideover.core.signals.signs import CROWD, Asked, Sign, Signal, sign_of
from tideover.flow.throttle import Throttle
from tideover.messages.models import Message
from tideover.tenants.requests import place_of

A_MINUTE: Final = 60
_people = Throttle("signal.person", limit=1, seconds=A_MINUTE)
_places = Throttle("signal.place", limit=CROWD - 1, seconds=A_MINUTE)


@dataclass(frozen=True, slots=True)
class Told:
    """What a request says of who asks. place: the address with the agent, to be counted by and never kept."""

    method: str
    agent: str
    origin: Origin
    place: str = ""


ACTED: Final = Told("POST", "", Origin.NOT_KNOWN)  # whoever presses a button is a person, whatever they press it with


def told_by(request: HttpRequest) -> Told:
    """What this request says."""
    agent, place = request.headers.get("User-Agent", ""), place_of(request)
    origin = origin_of(str(request.META.get("REMOTE_ADDR", "")))
    counted = "" if origin in {Origin.LOCAL, Origin.NOT_KNOWN} else f"{place} {agent}"
    return Told(str(request.method), shortened(agent), origin, counted)


def is_crowd(told: Told, message: Message, now: datetime) -> bool:
    """Whether the links of many people are asked for from one place; each person counts once a minute."""
    if not told.place or not _people.allows(f"{told.place} {message.to_hash}", now):
        return False
    return not _places.allows(told.place, now)


def trace_of(told: Told, asked: Asked, message: Message, now: datetime, **seen: bool) -> Trace:
    """The signal with its sign. In minimal mode neither the agent nor the network is kept."""
    after = now - message.data_started_at if message.data_started_at else None
    if message.state == Message.State.PREVIEWED:  # by a clock that stands still: how soon it was tells nothing
        after = None
    sign = sign_of(Signal(asked, told.method, told.agent, told.origin, after, **seen))
    milliseconds = round(after.total_seconds() * 1000) if after is not None else None
    trace = Trace(sign, now, now, 1, told.method, told.agent, told.origin, milliseconds)
    return without_names(trace) if message.project.minimal else trace


def sign_without_message(told: Told) -> Sign:
    """The same of a link that no message carried."""
    return sign_of(Signal(Asked.LINK, told.method, told.agent, told.origin))

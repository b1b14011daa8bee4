"""What was heard of one message, of one kind: the first signal of each sort of asker, and how often it came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from tideover.core.signals.origins import Origin
from tideover.core.signals.signs import WHO, Sign, Who


@dataclass(frozen=True, slots=True)
class Trace:
    """The first signal of a sort of asker, as much of it as is kept, with how many there were and when the last.

    after: milliseconds since the message left, None where that is not known.
    """

    sign: Sign
    at: datetime
    last: datetime
    count: int = 1
    method: str = ""
    agent: str = ""
    origin: Origin = Origin.NOT_KNOWN
    after: int | None = None

    def and_again(self, other: Trace) -> Trace:
        """Both as one: the earlier is kept."""
        first = min(self, other, key=lambda trace: trace.at)
        return replace(first, last=max(self.last, other.last), count=self.count + other.count)


Heard = Mapping[Who, Trace]
NOTHING: Final[Heard] = {}


def with_trace(heard: Heard, trace: Trace) -> Heard:
    """What was heard before, and this."""
    by = WHO[trace.sign]
    return {**heard, by: heard[by].and_again(trace) if by in heard else trace}


def strongest(heard: Iterable[Who]) -> Who | None:
    """Who it was, as far as anybody can tell: a person wherever there was one. None where nothing was heard."""
    known = set(heard)
    return next((by for by in Who if by in known), None)


def opened_by(opened: Heard, clicked: Heard) -> Who | None:
    """Who has followed the link has opened the message, whatever its picture says; a machine that did has not."""
    return strongest([*opened, *(by for by in clicked if by != Who.MACHINE)])


def turned(heard: Heard, since: datetime) -> Heard:
    """What began since then is a machine's, as another link was asked for at the same time; what was proven stays."""
    mistaken = {
        by: trace for by, trace in heard.items() if by != Who.MACHINE and trace.at >= since and trace.sign != Sign.ACTED
    }
    left = {by: trace for by, trace in heard.items() if by not in mistaken}
    for trace in mistaken.values():
        left = dict(with_trace(left, replace(trace, sign=Sign.AT_ONCE)))
    return left


def nameless(heard: Heard) -> Heard:
    """The same without the programs' names and their networks."""
    return {by: without_names(trace) for by, trace in heard.items()}


def without_names(trace: Trace) -> Trace:
    return replace(trace, agent="", origin=Origin.NOT_KNOWN)


def is_fresh(heard: Heard, since: datetime) -> bool:
    """Whether anything was heard since then."""
    return any(trace.last >= since for trace in heard.values())


# ── as a column keeps it ──


def stored(heard: Heard) -> dict[str, Any]:
    """As JSON, in the order of strength."""
    return {str(by): _stored(heard[by]) for by in Who if by in heard}


def _stored(trace: Trace) -> dict[str, Any]:
    told = {
        "sign": str(trace.sign), "at": trace.at.isoformat(), "last": trace.last.isoformat(), "count": trace.count,
        "method": trace.method, "agent": trace.agent, "origin": str(trace.origin), "after": trace.after,
    }  # fmt: skip
    return {name: value for name, value in told.items() if value not in {"", None}}


def read(column: Mapping[str, Any]) -> Heard:
    """The same back; what a later version may have written and nobody knows here is passed over."""
    return {Who(by): _read(told) for by, told in column.items() if by in set(Who) and told.get("sign") in set(Sign)}


def _read(told: Mapping[str, Any]) -> Trace:
    origin = told.get("origin", "")
    return Trace(
        sign=Sign(told["sign"]),
        at=datetime.fromisoformat(told["at"]),
        last=datetime.fromisoformat(told["last"]),
        count=int(told.get("count", 1)),
        method=str(told.get("method", "")),
        agent=str(told.get("agent", "")),
        origin=Origin(origin) if origin in set(Origin) else Origin.NOT_KNOWN,
        after=told.get("after"),
    )

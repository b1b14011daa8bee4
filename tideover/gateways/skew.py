"""How far this machine's clock is from Stripe's, heard in passing: every answer carries the Date it was written at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import stripe

from tideover import clock

NONE = timedelta(0)
SECOND = timedelta(seconds=1)

_latest: timedelta | None = None


class ListeningClient(stripe.RequestsClient):
    """Asks as ever, and compares the Date of what comes back.

    With the machine's own clock, as the demo's and the harness's time is no clock that anybody could set: the simulator
    lives in another year, and dates its answers by the machine nevertheless.
    """

    def request(  # type: ignore[override] # narrower than the base of all clients, just as RequestsClient is
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,  # noqa: ANN401 - the library's own word
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """As the library does."""
        sent = clock.wall()
        content, status, told = super().request(method, url, headers, post_data)
        _hear(ahead(told.get("Date", ""), sent, clock.wall()))
        return content, status, told


def ahead(date: str, sent: datetime, received: datetime) -> timedelta | None:
    """By how much our clock is ahead at the least, negative where it is behind; None for a `date` that is none.

    A Date leaves out the parts of a second, and was written at any time between sending and receiving: what that may
    explain is no difference, so that an answer which took 20 seconds accuses no clock.
    """
    try:
        written = parsedate_to_datetime(date)
        written = written.replace(tzinfo=written.tzinfo or UTC)
        if sent >= written + SECOND:
            return sent - written - SECOND
        return min(received - written, NONE)
    except (ValueError, OverflowError):  # the second: at the end of the year 9999, say
        return None


def _hear(found: timedelta | None) -> None:
    global _latest  # noqa: PLW0603 - a process has one clock
    _latest = _latest if found is None else found


def take() -> timedelta | None:
    """What the latest answer told, once: None where none has come since it was last taken."""
    global _latest
    found, _latest = _latest, None
    return found

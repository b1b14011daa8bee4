"""Test clocks: the time of customers in test mode, which stands still until somebody advances it.

https://docs.stripe.com/api/test_clocks. An advance takes a while. Until it is over nothing on the clock may be changed,
and what its invoices tell is half done, so that none is read then.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

import stripe

from tideover.gateways.answers import ClockRead, InvoiceRead, LockedOut, OnItsWay
from tideover.gateways.errors import in_reading, in_writing
from tideover.gateways.leading.comebacks import Comebacks
from tideover.gateways.shape import Json, given, moment, part, text
from tideover.gateways.way import plain

ADVANCING: Final = "advancing"
DELETED: Final = "deleted"


def clock_read(clock: Json) -> ClockRead:
    """The clock as Stripe tells of it. Raises Odd."""
    details = part(part(clock, "status_details"), "advancing")
    return ClockRead(
        id=given(clock, "id"),
        status=DELETED if clock.get("deleted") is True else given(clock, "status"),
        shows=moment(clock, "frozen_time"),
        target=moment(details, "target_frozen_time"),
        name=text(clock, "name"),
    )


class Clocks(Comebacks):
    """The test clocks of an account. A key that may not read them is no alarm: it does all else."""

    def read_clock(self, clock_id: str) -> ClockRead:
        """What it shows; of one that is gone, that it was deleted. Raises LockedOut where our key may not ask."""
        with self._heard(in_reading(), (stripe.AuthenticationError, stripe.InvalidRequestError)):
            found = self._found(lambda: self._v1.test_helpers.test_clocks.retrieve(clock_id))
            return clock_read(found) if found else ClockRead(clock_id, DELETED)

    def advance_clock(self, clock_id: str, to: datetime, *, key: str) -> ClockRead:
        """Ask for it to be advanced. It has begun then, and is over once the clock is read as ready.

        Raises NotPossible where Stripe will not, most of all farther than two billing intervals at once.
        """
        self._must_write()
        with self._heard(in_writing(), (stripe.AuthenticationError,)):
            asked = self._v1.test_helpers.test_clocks.advance(
                clock_id, {"frozen_time": int(to.timestamp())}, {"idempotency_key": key}
            )
            return clock_read(plain(asked))

    def _with_its_clock(self, read: InvoiceRead) -> InvoiceRead:
        """The invoice of a customer on a test clock, with that. Raises OnItsWay while it is advanced."""
        if not read.test_clock:
            return read
        try:
            clock = self.read_clock(read.test_clock)
        except LockedOut as closed:
            clock = ClockRead(read.test_clock, closed=str(closed))
        if clock.status == ADVANCING:
            raise OnItsWay(f"the test clock {clock.id} is being advanced")
        return replace(read, clock=clock)

"""Who reads for a customer besides: from which day on, and whose turn it is where mail comes back. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """Who they are to the customer."""

    BILLING = "billing"
    OWNER = "owner"
    ADMIN = "admin"
    OTHER = "other"


class Source(StrEnum):
    """How they came to be written to."""

    PAGE = "page"
    FILE = "file"
    COMMAND = "command"
    STRIPE = "stripe"  # the customer's metadata there names them
    PAYER = "payer"  # the customer forwarded the payment link to them, and asked that they hear of what follows


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody besides the customer. key: as steps name them. from_day: of the sequence. since: not of what was before.

    bounced: mail to them comes back.
    """

    key: str
    role: Role
    from_day: int
    since: datetime
    bounced: bool = False


def whose_turn(readers: Sequence[Reader], day: int, *, unreached: bool) -> Iterable[tuple[Reader, str]]:
    """Who gets the message of this day, each with the reason; where nobody else is reached, the next whose day is yet
    to come.
    """
    reached = [reader for reader in readers if not reader.bounced]
    due = [reader for reader in reached if reader.from_day <= day]
    if due or not unreached:
        return [(reader, f"to the customer's {WORDS[reader.role]}, from day {reader.from_day} on") for reader in due]
    return [
        (reader, f"to the customer's {WORDS[reader.role]}, as nobody before them is reached") for reader in reached[:1]
    ]


WORDS = {
    Role.BILLING: "billing contact",
    Role.OWNER: "owner",
    Role.ADMIN: "admin",
    Role.OTHER: "other reader",
}

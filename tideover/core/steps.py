"""The steps of a case: their kinds, and the keys they are known by.

A key is unique among the steps of its case and stored as it reads. What it is made of stands here alone: who needs a
key makes it, and who wants to know what a stored key says has it read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Final, NewType


class Do(StrEnum):
    """The kinds of step. A charge and a message never share a name."""

    CHARGE = "charge"
    MESSAGE = "message"
    CLOSE = "close"
    HOLD = "hold"  # Stripe's own tries of the invoice are held, or given back


class Reaches(StrEnum):
    """Whom a step reaches. Steps that reach the same keep their distance from one another."""

    BANK = "bank"  # it is a try to charge: one at a time, and the networks count it
    CUSTOMER = "customer"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Kind:
    """What the rules need to know of a kind of step. order: which of two due at one instant goes first."""

    order: int
    reaches: Reaches


KINDS: Final[Mapping[Do, Kind]] = {
    Do.HOLD: Kind(order=0, reaches=Reaches.NOBODY),
    Do.CHARGE: Kind(order=1, reaches=Reaches.BANK),
    Do.MESSAGE: Kind(order=2, reaches=Reaches.CUSTOMER),  # who can be charged is not written to
    Do.CLOSE: Kind(order=3, reaches=Reaches.NOBODY),
}
CHARGES: Final = tuple(do for do in Do if KINDS[do].reaches == Reaches.BANK)
MESSAGES: Final = tuple(do for do in Do if KINDS[do].reaches == Reaches.CUSTOMER)

Key = NewType("Key", str)

END_OF_ID: Final = 12  # of a payment method's id as much as tells one from another


@dataclass(frozen=True, slots=True)
class Scheduled:
    """The strategy's try of this number, from 1."""

    number: int

    @property
    def key(self) -> Key:
        return Key(f"charge-{self.number}")


@dataclass(frozen=True, slots=True)
class Brought:
    """The try of what the customer brought, under the end of the method's id or the moment they acted.

    again: which of several tries of the same this is, from 2; 0 for the first. here: a further one, on the card page.
    """

    name: str
    again: int = 0
    here: bool = False

    @classmethod
    def of_method(cls, method_id: str) -> Brought:
        return cls(method_id.removeprefix("pm_")[-END_OF_ID:])

    @classmethod
    def at(cls, acted_at: datetime) -> Brought:
        """Where no method is known: an old one was renewed."""
        return cls(f"{acted_at:%Y%m%d%H%M%S}")

    @property
    def key(self) -> Key:
        again = f"-{self.again}" if self.again else ""
        return Key(f"charge-on-{self.name}{again}{'-here' if self.here else ''}")


@dataclass(frozen=True, slots=True)
class Promised:
    """The try on the day the customer promised to pay."""

    day: date

    @property
    def key(self) -> Key:
        return Key(f"charge-promised-{self.day.isoformat()}")


@dataclass(frozen=True, slots=True)
class Backup:
    """The try of this number, from 1, with another method of the customer's than the one that failed."""

    number: int

    @property
    def key(self) -> Key:
        return Key(f"charge-backup-{self.number}")


IN_PARTS: Final = "charge-plan-"  # how the key of every try of a part begins
BESIDE: Final = "charge-returned-"  # and that of every try to collect what came back


@dataclass(frozen=True, slots=True)
class InPart:
    """The try to collect a part, by its number, of the case's plan of this number.

    again: which try of the same part this is, from 2; 0 for the first.
    """

    plan: int
    part: int
    again: int = 0

    @property
    def key(self) -> Key:
        return Key(f"{IN_PARTS}{self.plan}-part-{self.part}{f'-again-{self.again}' if self.again else ''}")


@dataclass(frozen=True, slots=True)
class Beside:
    """The try to collect what a bank sent back, by a payment of its own: of which of the case's debts that came back.

    again: which try of the same debt this is, from 2; 0 for the first.
    """

    debt: int
    again: int = 0

    @property
    def key(self) -> Key:
        return Key(f"{BESIDE}{self.debt}{f'-again-{self.again}' if self.again else ''}")


@dataclass(frozen=True, slots=True)
class Asked:
    """The try of this number, from 1, that a person of the merchant's asked for."""

    number: int

    @property
    def key(self) -> Key:
        return Key(f"charge-asked-{self.number}")


@dataclass(frozen=True, slots=True)
class Again:
    """The try of this number, from 1, of what is on file, asked for by the payer on the pay page."""

    number: int

    @property
    def key(self) -> Key:
        return Key(f"charge-again-{self.number}")


@dataclass(frozen=True, slots=True)
class Written:
    """The message of this number, from 1, in the sequence."""

    number: int

    @property
    def key(self) -> Key:
        return Key(f"message-{self.number}")


@dataclass(frozen=True, slots=True)
class Copied:
    """The same message of the sequence to somebody else who reads for the customer: to whom, by the end of their id."""

    number: int
    reader: str

    @property
    def key(self) -> Key:
        return Key(f"message-{self.number}-to-{self.reader}")


@dataclass(frozen=True, slots=True)
class Remembered:
    """The message on the day before the one the customer promised to pay on."""

    day: date

    @property
    def key(self) -> Key:
        return Key(f"message-promised-{self.day.isoformat()}")


@dataclass(frozen=True, slots=True)
class Holding:
    """The hold of this number, from 1, on Stripe's own tries; or its end. 0: one that only the invoice tells of."""

    number: int
    over: bool = False

    @property
    def key(self) -> Key:
        return Key(f"hold-{self.number}{'-over' if self.over else ''}")


@dataclass(frozen=True, slots=True)
class Receipt:
    """The message that names the backup method which paid."""

    @property
    def key(self) -> Key:
        return Key("message-receipt")


@dataclass(frozen=True, slots=True)
class PlanOffered:
    """The message that offers to pay in parts."""

    @property
    def key(self) -> Key:
        return Key("message-plan-offered")


class OfPart(StrEnum):
    """What a message tells of a part of a plan."""

    DUE = "due"
    PAID = "paid"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class PartTold:
    """The message that tells this of a part, by its number, of the case's plan of this number."""

    plan: int
    part: int
    what: OfPart

    @property
    def key(self) -> Key:
        return Key(f"message-plan-{self.plan}-part-{self.part}-{self.what}")


@dataclass(frozen=True, slots=True)
class ReturnTold:
    """The message that tells of a debt that came back: of which of the case's."""

    debt: int

    @property
    def key(self) -> Key:
        return Key(f"message-returned-{self.debt}")


@dataclass(frozen=True, slots=True)
class NewLink:
    """The message with a new link, for which the payer asked the so manieth time, from 1."""

    number: int

    @property
    def key(self) -> Key:
        return Key(f"message-link-{self.number}")


@dataclass(frozen=True, slots=True)
class Forwarded:
    """The message with the payment link to somebody whom the payer named, the so manieth of the case, from 1."""

    number: int

    @property
    def key(self) -> Key:
        return Key(f"message-forward-{self.number}")


@dataclass(frozen=True, slots=True)
class Closing:
    """The end of the plan."""

    @property
    def key(self) -> Key:
        return Key("close")


Step = (
    Scheduled
    | Brought
    | Promised
    | InPart
    | Backup
    | Beside
    | Asked
    | Again
    | Written
    | Copied
    | Remembered
    | PlanOffered
    | PartTold
    | Receipt
    | ReturnTold
    | NewLink
    | Forwarded
    | Holding
    | Closing
)


@dataclass(frozen=True, slots=True)
class Form:
    """How the keys of one sort of step read, and of which kind these steps are."""

    do: Do
    reads: re.Pattern[str]
    step: Callable[[re.Match[str]], Step]


def _in_part(key: re.Match[str]) -> InPart:
    return InPart(int(key["plan"]), int(key["part"]), int(key["again"] or 0))


def _part_told(key: re.Match[str]) -> PartTold:
    return PartTold(int(key["plan"]), int(key["part"]), OfPart(key["what"]))


def _brought(key: re.Match[str]) -> Brought:
    return Brought(key["name"], int(key["again"] or 0), bool(key["here"]))


FORMS: Final[Mapping[type[Step], Form]] = {
    Scheduled: Form(Do.CHARGE, re.compile(r"charge-(\d+)"), lambda key: Scheduled(int(key[1]))),
    Brought: Form(Do.CHARGE, re.compile(r"charge-on-(?P<name>.+?)(?:-(?P<again>\d+))?(?P<here>-here)?"), _brought),
    Promised: Form(
        Do.CHARGE, re.compile(r"charge-promised-(\d{4}-\d\d-\d\d)"), lambda key: Promised(date.fromisoformat(key[1]))
    ),
    Backup: Form(Do.CHARGE, re.compile(r"charge-backup-(\d+)"), lambda key: Backup(int(key[1]))),
    InPart: Form(
        Do.CHARGE, re.compile(rf"{IN_PARTS}(?P<plan>\d+)-part-(?P<part>\d+)(?:-again-(?P<again>\d+))?"), _in_part
    ),
    Beside: Form(
        Do.CHARGE,
        re.compile(rf"{BESIDE}(?P<debt>\d+)(?:-again-(?P<again>\d+))?"),
        lambda key: Beside(int(key["debt"]), int(key["again"] or 0)),
    ),
    Asked: Form(Do.CHARGE, re.compile(r"charge-asked-(\d+)"), lambda key: Asked(int(key[1]))),
    Again: Form(Do.CHARGE, re.compile(r"charge-again-(\d+)"), lambda key: Again(int(key[1]))),
    Written: Form(Do.MESSAGE, re.compile(r"message-(\d+)"), lambda key: Written(int(key[1]))),
    Copied: Form(Do.MESSAGE, re.compile(r"message-(\d+)-to-([0-9a-f]{12})"), lambda key: Copied(int(key[1]), key[2])),
    Remembered: Form(
        Do.MESSAGE,
        re.compile(r"message-promised-(\d{4}-\d\d-\d\d)"),
        lambda key: Remembered(date.fromisoformat(key[1])),
    ),
    Holding: Form(Do.HOLD, re.compile(r"hold-(\d+)(-over)?"), lambda key: Holding(int(key[1]), bool(key[2]))),
    Receipt: Form(Do.MESSAGE, re.compile(r"message-receipt"), lambda _: Receipt()),
    PlanOffered: Form(Do.MESSAGE, re.compile(r"message-plan-offered"), lambda _: PlanOffered()),
    PartTold: Form(
        Do.MESSAGE,
        re.compile(rf"message-plan-(?P<plan>\d+)-part-(?P<part>\d+)-(?P<what>{'|'.join(OfPart)})"),
        _part_told,
    ),
    ReturnTold: Form(Do.MESSAGE, re.compile(r"message-returned-(\d+)"), lambda key: ReturnTold(int(key[1]))),
    NewLink: Form(Do.MESSAGE, re.compile(r"message-link-(\d+)"), lambda key: NewLink(int(key[1]))),
    Forwarded: Form(Do.MESSAGE, re.compile(r"message-forward-(\d+)"), lambda key: Forwarded(int(key[1]))),
    Closing: Form(Do.CLOSE, re.compile(r"close"), lambda _: Closing()),
}


TO_OTHERS: Final = (Copied, Forwarded)  # messages that go to somebody besides the customer


@lru_cache(maxsize=4096)
def read(key: str) -> Step | None:
    """The step behind a stored key; None where it is of no form that is known here."""
    for form in FORMS.values():
        found = form.reads.fullmatch(key)
        if found:
            return form.step(found)
    return None

"""Many invoices of an account, one after the other, where an odd one stops no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog
from django.db import InterfaceError, OperationalError

from tideover.gateways.answers import Garbled, NotHere, NotNow, Unreachable

MOST_SILENCES = 5  # of invoices in a round; so many are no trouble of one of them, but of the account or of Stripe
Thing = TypeVar("Thing")

log = structlog.get_logger("recovery")


class Silences:
    """For which invoices Stripe did not answer, in one round over an account."""

    def __init__(self) -> None:
        self.of: list[str] = []

    def add(self, invoice_id: str, silent: Unreachable) -> None:
        """Raises `silent` where there are too many of them."""
        self.of.append(invoice_id)
        if len(self.of) >= MOST_SILENCES:
            raise silent


@dataclass(frozen=True)
class Work(Generic[Thing]):
    """What is done to each thing. invoice: whose it is. aside: what is done where that cannot be."""

    invoice: Callable[[Thing], str]
    do: Callable[[Thing], bool]
    aside: Callable[[Thing], object] = lambda _: None


def one_by_one(things: Iterable[Thing], work: Work[Thing], silences: Silences) -> int:
    """To how many of `things` the work says yes. What cannot be worked on is told in the log and set aside.

    Raises Busy, LockedOut and the like, which hold for the whole account; Unreachable after five of them; and the
    errors of a database that is away.
    """
    return sum(_guarded(thing, work, silences) for thing in things)


def _guarded(thing: Thing, work: Work[Thing], silences: Silences) -> bool:
    invoice = work.invoice(thing)
    try:
        return work.do(thing)
    except Garbled as odd:
        log.error("invoice.set_aside", invoice=invoice, reason=str(odd))  # noqa: TRY400 - the place in our code says nothing of it
    except Unreachable as silent:
        log.warning("invoice.passed_over", invoice=invoice, reason=str(silent))
        silences.add(invoice, silent)
        return False
    except (NotNow, NotHere, InterfaceError, OperationalError):
        raise
    except Exception:  # whatever is wrong with one, the others are looked at
        log.exception("invoice.set_aside", invoice=invoice)
    work.aside(thing)
    return False

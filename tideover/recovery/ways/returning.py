"""Debits that came back late: the case is open again, with what is owed. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from django.db.models import Exists, OuterRef

from tideover.core.case import State
from tideover.core.facts import Fact, Learnt, fact
from tideover.core.methods import is_debit
from tideover.core.ways.returns import Returned, returns_among, which
from tideover.gateways.answers import InvoiceRead
from tideover.recovery.known import Known
from tideover.recovery.models import Case, LearntFact

# What waits for a person all the more: whether a charge of it was made, and that nobody could be written to.
_SAID_FIRST: Final = {Case.Attention.UNKNOWN, Case.Attention.NO_ADDRESS, Case.Attention.BOUNCED}


def returned(known: Known) -> Sequence[Fact]:
    """What the disputes of debits mean to the case, where that is new; of who was erased nothing is opened again."""
    if known.case.erased_at:
        return ()
    debits = {attempt.charge_id for attempt in known.own_attempts if is_debit(attempt.card_brand)}
    return returns_among(known.facts, debits) if debits else ()


def debt_of(known: Known) -> Returned | None:
    """What is owed again; None where the case is not open for that."""
    return which(known.facts) if known.case.state == State.FAILING else None


def is_back() -> Exists:
    """Whether an open case that is read is open for that, as a condition on it."""
    return Exists(LearntFact.objects.filter(case_id=OuterRef("pk"), kind=Learnt.CAME_BACK))


def is_open_again(case: Case) -> bool:
    """The same of a case at this moment."""
    return Case.objects.filter(is_back(), pk=case.pk, state=State.FAILING).exists()


def open_at_stripe(known: Known, read: InvoiceRead, now: datetime) -> Iterator[Fact]:
    """That Stripe shows the invoice as open again, of which it says nowhere that it does that."""
    debt = debt_of(known)
    if debt is not None and read.status == "open":
        yield fact(Learnt.OPEN_AGAIN, now, str(debt.number))


def settle(known: Known) -> None:
    """The row of a case that is open again: what is owed, and that a person may want to see to it. It is held."""
    case, debt = known.case, debt_of(known)
    if debt is not None and debt.amount:
        case.amount_open, case.processing = debt.amount, False
        case.attention = case.attention if case.attention in _SAID_FIRST else Case.Attention.CAME_BACK

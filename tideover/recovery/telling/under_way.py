"""The bank debit that a case waits for: what was presented, when, and until when it takes as a rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from tideover.core.facts import Learnt
from tideover.core.money import Money
from tideover.core.outcomes import Tried
from tideover.core.presentment import expected_on
from tideover.recovery.models import Attempt, Case
from tideover.recovery.places import zone


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A debit the bank has not answered. expected_on: the payer's day by which it has, as a rule."""

    amount: Money
    brand: str
    last4: str
    since: datetime
    expected_on: date | None


def under_way(case: Case) -> UnderWay | None:
    """What the case waits for; None where it waits for no bank, or nobody has told since when."""
    if not case.processing:
        return None
    debit = Attempt.objects.filter(case=case, outcome=Tried.PROCESSING).order_by("-at", "-id").first()
    if debit is not None:
        amount = Money(debit.amount, debit.currency)
        return _told(case, amount, debit.card_brand, debit.card_last4, debit.at)
    heard = case.facts.filter(kind=Learnt.PROCESSING).order_by("-at").values_list("at", flat=True).first()
    return _told(case, case.owed, case.card_brand, case.card_last4, heard) if heard else None


def _told(case: Case, amount: Money, brand: str, last4: str, since: datetime) -> UnderWay:
    return UnderWay(amount, brand, last4, since, expected_on(brand, since, zone(case.time_zone)))

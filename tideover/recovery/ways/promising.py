"""The promise of a case: what its row says, brought to what has become of it. Decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tideover.core.facts import Fact, Learnt, fact
from tideover.core.ways.promises import Days, Limits, NoDay, choosable, ending_of
from tideover.recovery.known import Known
from tideover.recovery.planning import situation_of
from tideover.recovery.rulesets import rules_of


def made(known: Known) -> int:
    """How many promises there were in this case, by the facts; one whose day was moved is one."""
    told = [learnt for learnt in known.facts if learnt.kind == Learnt.PROMISED]
    return sum(not learnt.detail.get("instead_of") for learnt in told)


def number_of(known: Known) -> int:
    """By which the latest promise is known among the facts; a day that was moved has a number of its own."""
    return sum(learnt.kind == Learnt.PROMISED for learnt in known.facts)


def days_of(known: Known, now: datetime, limits: Limits | None) -> Days | NoDay:
    """The days that may be promised; `limits` of a payer, None for the merchant."""
    return choosable(situation_of(known, now), rules_of(known.case.ruleset), now, limits, made(known))


def settled(known: Known, now: datetime) -> Sequence[Fact]:
    """How the promise that stands has ended, as a fact; the case's row has none then. The caller holds it."""
    case = known.case
    ending = ending_of(situation_of(known, now), rules_of(case.ruleset), now)
    return [ended(known, ending.kind, now, ending.why)] if ending else []


def ended(known: Known, kind: Learnt, now: datetime, why: str, **detail: str) -> Fact:
    """The end of the promise that stands: the case's row has none any more."""
    case = known.case
    assert case.promised_on is not None
    day, case.promised_on, case.promised_since = case.promised_on.isoformat(), None, None
    return fact(kind, now, str(number_of(known)), day=day, why=why, **detail)

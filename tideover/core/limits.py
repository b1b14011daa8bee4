"""What holds back a try to charge: Stripe's own, the gap, the most tries in a month, the networks and schemes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tideover.core.choices import Coexistence, Rules
from tideover.core.methods import is_debit
from tideover.core.networks import Attempt, Budget, By, budget
from tideover.core.outcomes import Tried
from tideover.core.situation import HOUR, Situation
from tideover.core.timing import DAY, spoken_time

MONTH: Final = 30 * DAY
# Limits of the merchant's own, beside the networks' and the schemes'.
STRIPE_TRIES, GAP, MOST_RETRIES = "stripe_tries", "gap", "most_retries"
OURS: Final = (STRIPE_TRIES, GAP, MOST_RETRIES)


@dataclass(frozen=True, slots=True)
class Verdict:
    """When a try may go out that was wanted for a slot, or None; and what stood in the way, by which rule.

    rule: of a network or scheme, or one of OURS.
    """

    at: datetime | None
    why: str = ""
    rule: str = ""


def allowed(situation: Situation, rules: Rules, wanted: datetime) -> Verdict:
    """The first instant from `wanted` on at which every limit lets a try through."""
    at, why, rule = wanted, "", ""
    for _ in range(12):  # each round moves past one limit; more than a few never overlap
        verdict = _limit(situation, rules, at)
        if verdict.at is None:
            return Verdict(None, verdict.why, verdict.rule)
        if verdict.at <= at:
            return Verdict(at, why, rule)
        at, why, rule = verdict.at, verdict.why, verdict.rule
    return Verdict(None, why, rule)


def _limit(situation: Situation, rules: Rules, at: datetime) -> Verdict:
    """`at` where it is free, a later instant where one limit holds until then, None where it holds for good."""
    return (
        _stripe_tries(situation, rules, at)
        or _too_soon(situation, rules, at)
        or _too_often(situation, rules, at)
        or _network(situation, rules, at)
    )


def _stripe_tries(situation: Situation, rules: Rules, at: datetime) -> Verdict | None:
    theirs = situation.stripe_next_attempt_at
    if theirs is None or rules.coexistence != Coexistence.COEXIST:
        return None
    clear = rules.stripe_clear_hours * HOUR
    if not theirs - clear < at < theirs + clear:
        return None
    why = (
        f"Stripe itself tries on {spoken_time(theirs, situation.zone)}, and we keep {rules.stripe_clear_hours} h away."
    )
    return Verdict(theirs + clear if at > theirs else None, why, STRIPE_TRIES)


def _too_soon(situation: Situation, rules: Rules, at: datetime) -> Verdict | None:
    last = max((tried for tried in (*situation.tries, *situation.returns) if tried <= at), default=None)
    if last is None or last + rules.min_gap_hours * HOUR <= at:
        return None
    why = f"within {rules.min_gap_hours} h of the try on {spoken_time(last, situation.zone)}."
    return Verdict(last + rules.min_gap_hours * HOUR, why, GAP)


def _too_often(situation: Situation, rules: Rules, at: datetime) -> Verdict | None:
    times = sorted(
        attempt.at
        for attempt in situation.attempts
        if attempt.counts
        and not attempt.elsewhere
        and at - MONTH < attempt.at <= at
        and (situation.fingerprint is None or attempt.fingerprint in {None, situation.fingerprint})
    )
    most = rules.most_retries + 1  # the first try is no retry
    if len(times) < most:
        return None
    why = f"{rules.most_retries} retries by anyone in 30 days are the most we allow."
    return Verdict(times[-most] + MONTH, why, MOST_RETRIES)


def _network(situation: Situation, rules: Rules, at: datetime) -> Verdict:
    left = same_method_budget(situation, rules, at)
    return Verdict(left.earliest_at, left.why, left.rule)


def same_method_budget(situation: Situation, rules: Rules, at: datetime) -> Budget:
    """What the networks, or a debit's scheme, leave on the method that failed."""
    attempts = (*situation.attempts, *_announced(situation, rules))
    return budget(situation.brand, situation.amount, attempts, at, fingerprint=situation.fingerprint)


def _announced(situation: Situation, rules: Rules) -> Iterator[Attempt]:
    """Stripe's own next presentment of a bank debit: of the few that are allowed one is taken already.

    Where we take over it never comes: the invoice is taken out of Stripe's hands before our first try.
    """
    theirs = situation.stripe_next_attempt_at
    if theirs and is_debit(situation.brand) and rules.coexistence == Coexistence.COEXIST:
        told = situation.fingerprint, situation.brand
        yield Attempt(theirs, By.STRIPE, situation.amount, Tried.DECLINED, None, *told)

"""A backup method: when another method of the customer's is charged after the one that failed, and why none is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from tideover.core.catalogue import Template, Tone
from tideover.core.choices import Coexistence, Rules
from tideover.core.declines import Family, Heals
from tideover.core.outcomes import Word, word_of
from tideover.core.situation import HOUR, DoneStep, Planned, Situation
from tideover.core.steps import Backup, Do, Receipt, read
from tideover.core.timing import DAY, day_after, next_opening

# The customer hears first that the payment failed, and has these days to choose otherwise.
AFTER_DAYS: Final = 3
FRESH_FOR: Final = 3 * DAY  # a receipt that comes later is none
MOST: Final = 2  # of the customer's other methods, one try each

_NOT_AFTER: Final[Mapping[Family, str]] = {
    Family.REVOKED: "the customer took back the permission to charge, and that is not passed by with another method",
    Family.BLOCKED: "Stripe itself blocked the payment, and that is not passed by with another method",
}
_NOT_WHILE: Final[Mapping[Heals, str]] = {
    Heals.CUSTOMER: "the bank waits for the customer to confirm, and no other method is charged meanwhile",
    Heals.MERCHANT: "somebody must look at it at Stripe first",
    Heals.RECEIVER: "it was sent to be paid by its receiver",
}


def backup(situation: Situation, rules: Rules, planned: Sequence[Planned], now: datetime) -> Planned | None:
    """The next try of a backup method, clear of every other try; None where there is none. planned: other charges."""
    if not situation.backup_allowed or why_none(situation) or _is_out(situation):
        return None
    begun, since = _begun(situation)
    meant = day_after(begun, AFTER_DAYS, situation.zone)
    at = _clear(situation, rules, planned, max(meant, situation.rest_until(now)))
    if at > day_after(situation.dunned_from, rules.window_days, situation.zone):
        return None
    why = (
        f"{AFTER_DAYS} days after {since} another method of the customer's is charged, once:"
        f" {situation.backup_allowed}."
    )
    step = Backup(max((number for number, _ in _tried(situation)), default=0) + 1).key
    return Planned(step, Do.CHARGE, at, "", "", f"{rules.name}.backup", why)


def _begun(situation: Situation) -> tuple[datetime, str]:
    """From when on the customer has these days: nobody was told while recovery was off, nor dunned during a plan."""
    live, begun = situation.live_since, situation.dunned_from
    if live is not None and live > begun:
        return live, "recovery was turned on"
    return begun, "the failure, not counting the time of a payment plan," if situation.rested else "the failure"


def why_none(situation: Situation) -> str:
    """Why no backup method is charged (any more) although one may be, as a clause; empty where one is."""
    never = _NOT_AFTER.get(situation.family) or _NOT_WHILE.get(situation.heals)
    if never:
        return never
    done = [step for _, step in _tried(situation)]
    if any(word_of(step.outcome) == Word.SKIPPED for step in done):
        return "no other method of theirs was left that may be charged"
    return "all backup methods that may be tried were tried" if len(done) >= MOST else ""


def _tried(situation: Situation) -> Iterator[tuple[int, DoneStep]]:
    """The tries of backup methods behind us, with their numbers."""
    for done in situation.done:
        step = read(done.step)
        if isinstance(step, Backup):
            yield step.number, done


def _is_out(situation: Situation) -> bool:
    """Whether one of them is being tried at this moment: what comes of it is not known yet."""
    return any(word_of(done.outcome) == Word.CLAIMED for _, done in _tried(situation))


def _clear(situation: Situation, rules: Rules, planned: Sequence[Planned], at: datetime) -> datetime:
    """The first instant from `at` on that keeps the distance of the rules from each try, by anyone."""
    gap = rules.min_gap_hours * HOUR
    taken: list[tuple[datetime, timedelta]] = [(tried, gap) for tried in (*situation.tries, *situation.returns)]
    taken += [(step.at, gap) for step in planned]
    theirs = situation.stripe_next_attempt_at
    if theirs and rules.coexistence == Coexistence.COEXIST:
        taken.append((theirs, rules.stripe_clear_hours * HOUR))
    if situation.customer_waits and situation.customer_acted_at:  # what they brought comes first
        taken.append((situation.customer_acted_at, DAY))
    while ends := [tried + away for tried, away in taken if tried - away < at < tried + away]:
        at = max(ends)
    return at


def receipt(situation: Situation, rules: Rules, now: datetime) -> Planned | None:
    """The message that names the backup method which paid; None where none did, or it was told, or that is long ago."""
    paid_at, key = situation.backup_paid_at, Receipt().key
    if paid_at is None or situation.has_done(key) or now > paid_at + FRESH_FOR:
        return None
    at = next_opening(now, rules.sending, situation.zone)
    why = "A backup method paid: the customer is told which one was charged, and how much."
    return Planned(key, Do.MESSAGE, at, str(Template.BACKUP), str(Tone.FRIENDLY), f"{rules.name}.backup.receipt", why)

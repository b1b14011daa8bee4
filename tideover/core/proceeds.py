"""What a failed invoice brought: the money that came after its failure, less what went back. A fold over its facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from tideover.core.facts import Fact, Learnt

UNNAMED: Final = ""  # the charge of money of which nobody said what brought it
ELSEWHERE: Final = "elsewhere"  # in place of a charge: paid in ways Stripe does not list, told as the sum until then


@dataclass(frozen=True, slots=True)
class Proceeds:
    """Minor units of the invoice's currency. came: toward what had failed. back: of this, what went back since.

    disputed: of what went back, what is gone by disputes alone; the rest was refunded.
    """

    came: int
    back: int
    disputed: int = field(default=0, compare=False)

    @property
    def kept(self) -> int:
        """What was recovered."""
        return self.came - self.back


def proceeds(facts: Iterable[Fact], failed: int, since: datetime) -> Proceeds:
    """What the facts of a case add up to, in whatever order they came and however often.

    failed: what was open when it first failed, and never more is recovered. since: when that was; what was paid before
    is no recovery, and no loss where it goes back.
    """
    known = list({fact.key: fact for fact in facts}.values())
    came = min(failed, sum(_received(known, since).values()))
    back = _gone(known, since, came)
    undisputed = [fact for fact in known if fact.kind not in _COURSE]
    return Proceeds(came, back, back - _gone(undisputed, since, came))


def _gone(known: Sequence[Fact], since: datetime, came: int) -> int:
    """What of that which came is gone again."""
    received = _received(known, since)
    earlier = {_charge(fact) for fact in _of(known, Learnt.RECEIVED) if fact.at < since}
    returned = {charge: minor for charge, minor in _returned(known).items() if charge not in earlier}
    kept = sum(minor - min(minor, returned.pop(charge, 0)) for charge, minor in received.items())
    kept -= sum(returned.values())  # of a charge that nobody named: something of what came is gone
    return came - min(came, max(kept, 0))


def _of(facts: Iterable[Fact], *kinds: Learnt) -> Sequence[Fact]:
    return [fact for fact in facts if fact.kind in kinds]


def _amount(fact: Fact) -> int:
    return int(fact.detail.get("amount") or 0)


def _charge(fact: Fact) -> str:
    """The charge a fact is about. Facts of earlier versions name it in their key alone."""
    return str(fact.detail.get("charge") or fact.key.partition(":")[2])


# ── what came ──


def _received(known: Sequence[Fact], since: datetime) -> dict[str, int]:
    """What came after the failure, by charge."""
    payments = _of(known, Learnt.RECEIVED)
    if not payments:  # learnt by an earlier version, which kept the sum alone
        return {UNNAMED: sum(_amount(fact) for fact in _of(known, Learnt.PAID))}
    received = defaultdict[str, int](int)
    for payment in payments:
        if payment.at >= since and _charge(payment) != ELSEWHERE:
            received[_charge(payment)] += _amount(payment)
    elsewhere = [_amount(payment) for payment in payments if _charge(payment) == ELSEWHERE]
    received[ELSEWHERE] = max(elsewhere, default=0) - elsewhere_before(payments, since)
    return received


def elsewhere_before(facts: Iterable[Fact], since: datetime) -> int:
    """What had been paid in unlisted ways before the failure."""
    earlier = [fact for fact in _of(facts, Learnt.RECEIVED) if fact.at < since and _charge(fact) == ELSEWHERE]
    return max(map(_amount, earlier), default=0)


# ── what went back ──


def _returned(known: Sequence[Fact]) -> Mapping[str, int]:
    """What went back of each charge."""
    returned = defaultdict[str, int](int)
    for charge, minor in _refunded(known).items():
        returned[charge] += minor
    for charge, minor in _charged_back(known):
        returned[charge] += minor
    return returned


def _refunded(known: Sequence[Fact]) -> Mapping[str, int]:
    """Stripe tells with each refund what was refunded of the charge until then; one that fails gives its part back."""
    standing = defaultdict[str, int](int)
    told = _of(known, Learnt.REFUNDED, Learnt.REFUND_FAILED)
    for fact in sorted(told, key=lambda fact: (fact.at, fact.kind == Learnt.REFUND_FAILED, _amount(fact), fact.key)):
        charge = _charge(fact)
        if fact.kind == Learnt.REFUNDED:
            standing[charge] = _amount(fact)
        else:
            standing[charge] = max(standing[charge] - _amount(fact), 0)
    return standing


# What is known of a dispute, as it goes on; the money is the bank's until one that is won brings it back.
_COURSE: Final = {Learnt.DISPUTED: 0, Learnt.DISPUTE_LOST: 1, Learnt.DISPUTE_WON: 2}


def _charged_back(known: Sequence[Fact]) -> Iterable[tuple[str, int]]:
    """(charge, amount) of each dispute that holds money."""
    latest = dict[str, Fact]()
    for fact in sorted(_of(known, *_COURSE), key=lambda fact: (fact.at, _COURSE[fact.kind], _amount(fact), fact.key)):
        latest[str(fact.detail.get("dispute") or fact.key)] = fact
    return [(_charge(fact), _amount(fact)) for fact in latest.values() if fact.kind != Learnt.DISPUTE_WON]

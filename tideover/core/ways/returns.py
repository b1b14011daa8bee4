"""A debit that came back after it had gone through: what was paid is owed again. A fold over the facts. Pure.

A bank may send a debit back weeks after the money came. Stripe tells of it as of a dispute, and the invoice stays paid:
nothing can be charged on it any more, and what is owed is collected by a payment of its own. Not confirmed on an
account of Stripe's own; where Stripe opened the invoice again that is seen (Learnt.OPEN_AGAIN), and nothing collected.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from tideover.core.facts import Fact, Learnt, fact
from tideover.core.proceeds import ELSEWHERE

_GONE: Final = (Learnt.DISPUTED, Learnt.DISPUTE_LOST)
# Who has closed the matter, or is not there any more, is not asked again because of what a bank did.
_OVER: Final = (
    Learnt.STOPPED,
    Learnt.FORGIVEN,
    Learnt.VOIDED,
    Learnt.UNCOLLECTIBLE,
    Learnt.INVOICE_DELETED,
    Learnt.CUSTOMER_DELETED,
    Learnt.DISCONNECTED,
)
_A_MOMENT: Final = timedelta(seconds=1)  # Stripe tells no finer time


@dataclass(frozen=True, slots=True)
class Returned:
    """What is owed again.

    number: how often something came back until now, which tells one debt from another. at: when it last did. amount: in
    minor units; nothing once it was made up for. disputes: Stripe's ids of those by which it is owed. at_stripe: its
    invoice is open there once more, and is paid there.
    """

    number: int
    at: datetime
    amount: int
    disputes: tuple[str, ...] = ()
    at_stripe: bool = False


def returns_among(facts: Iterable[Fact], debits: Collection[str]) -> list[Fact]:
    """What the disputes of these charges are to the case: those after all was paid; and that nothing is owed any more,
    as it was made up for by other payments or the disputes were won.

    debits: the charges of bank accounts. A card's dispute is its holder's, and opens nothing again.
    """
    known = _each_once(facts)
    found = list(_came_back(known, debits))
    made_up = _made_up_for([*known, *found])
    return [*found, made_up] if made_up else found


def _came_back(known: Sequence[Fact], debits: Collection[str]) -> Iterator[Fact]:
    """The disputes that open the case again, and are not known to.

    What is told of only after all before it was made up for is owed all the same: it came back a moment later.
    """
    paid = min((each.at for each in known if each.kind == Learnt.PAID), default=None)
    if paid is None or any(each.kind in _OVER for each in known):
        return
    gone = [each for each in known if each.kind in _GONE and each.detail.get("charge") in debits and each.at >= paid]
    told, earliest = {each.key for each in known}, _last_made_up(known)
    for dispute in {_dispute(each): each for each in reversed(gone)}.values():
        back = _of(Learnt.CAME_BACK, dispute)
        if back.key not in told:
            yield back if earliest is None else replace(back, at=max(back.at, earliest + _A_MOMENT))


def _made_up_for(known: Sequence[Fact]) -> Fact | None:
    """That nothing of what came back is owed any more, by what ended that; None where something is, or was said so."""
    standing = _standing(known)
    ended_by = [*_received_since(standing, known), *_won(standing, known)]
    if not ended_by or _left(standing, known):
        return None
    last = max(ended_by, key=_told_last)
    about: Mapping[str, object] = {"charge": last.detail.get("charge"), "dispute": last.detail.get("dispute")}
    said = {name: value for name, value in about.items() if value}
    at = max(each.at for each in (*standing, *ended_by))
    return fact(Learnt.PAID_AFTER_ALL, at, str(about["dispute"] or _charge(last)), **said)


def which(facts: Iterable[Fact]) -> Returned | None:
    """The debt by what came back until now; None where nothing ever did."""
    known = _each_once(facts)
    back = [each for each in known if each.kind == Learnt.CAME_BACK]
    if not back:
        return None
    standing, at = _standing(known), max(each.at for each in back)
    disputes = tuple(sorted(map(_dispute, _not_won(standing, known))))
    at_stripe = fact(Learnt.OPEN_AGAIN, at, str(len(back))).key in {each.key for each in known}
    return Returned(len(back), at, _left(standing, known), disputes, at_stripe)


def beyond(facts: Iterable[Fact]) -> int:
    """Minor units of what came for debts that had come back, over what these were; nothing where all is right."""
    known = _each_once(facts)
    back = [each for each in known if each.kind == Learnt.CAME_BACK]
    return max(_sum(_received_since(back, known)) - _sum(_not_won(back, known)), 0)


def _left(standing: Sequence[Fact], known: Sequence[Fact]) -> int:
    """What of these is owed: each that was not won, less what came since the first of them."""
    return max(_sum(_not_won(standing, known)) - _sum(_received_since(standing, known)), 0)


def _standing(known: Sequence[Fact]) -> list[Fact]:
    """What came back since it was last made up for."""
    last = _last_made_up(known)
    return [each for each in known if each.kind == Learnt.CAME_BACK and (last is None or each.at > last)]


def _last_made_up(known: Sequence[Fact]) -> datetime | None:
    return max((each.at for each in known if each.kind == Learnt.PAID_AFTER_ALL), default=None)


def _received_since(back: Sequence[Fact], known: Iterable[Fact]) -> list[Fact]:
    """What came by other payments than those that were sent back, since the first of these was."""
    if not back:
        return []
    since, gone = min(each.at for each in back), {each.detail.get("charge") for each in back}
    received = [each for each in known if each.kind == Learnt.RECEIVED and each.at >= since]
    return [each for each in received if _charge(each) not in {*gone, ELSEWHERE}]


def _won(back: Sequence[Fact], known: Iterable[Fact]) -> list[Fact]:
    """Those of the disputes that were won: nothing is owed by them."""
    disputes = set(map(_dispute, back))
    return [each for each in known if each.kind == Learnt.DISPUTE_WON and _dispute(each) in disputes]


def _not_won(back: Sequence[Fact], known: Iterable[Fact]) -> list[Fact]:
    won = set(map(_dispute, _won(back, known)))
    return [each for each in back if _dispute(each) not in won]


def _each_once(facts: Iterable[Fact]) -> list[Fact]:
    return list({each.key: each for each in facts}.values())


def _sum(told: Iterable[Fact]) -> int:
    return sum(int(each.detail.get("amount") or 0) for each in told)


def _charge(told: Fact) -> str:
    """The charge that a fact is about. Facts of earlier versions name it in their key alone."""
    return str(told.detail.get("charge") or told.key.partition(":")[2])


def _dispute(told: Fact) -> str:
    return str(told.detail.get("dispute") or told.key.partition(":")[2])


def _told_last(told: Fact) -> tuple[datetime, str]:
    return told.at, told.key


def _of(kind: Learnt, told: Fact) -> Fact:
    about: Mapping[str, object] = {"charge": told.detail.get("charge"), "amount": told.detail.get("amount")}
    return fact(kind, told.at, _dispute(told), dispute=_dispute(told), **about)

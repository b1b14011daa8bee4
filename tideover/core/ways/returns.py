"""A debit that came back after it had gone through: what was paid is owed again. A fold over the facts. Pure.

A bank may send a debit back weeks after the money came. Stripe tells of it as of a dispute, and the invoice stays paid:
nothing can be charged for it any more. Not confirmed on an account of Stripe's own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Final

from tideover.core.facts import Fact, Learnt, fact

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


def returns_among(facts: Iterable[Fact], debits: Collection[str]) -> list[Fact]:
    """What the disputes of these charges are to the case: those after all was paid, and that none of them is owed any
    more, as the last was won.

    debits: the charges of bank accounts. A card's dispute is its holder's, and opens nothing again.
    """
    known = list(facts)
    paid = min((each.at for each in known if each.kind == Learnt.PAID), default=None)
    if paid is None or any(each.kind in _OVER for each in known):
        return []
    told = [each for each in known if each.detail.get("charge") in debits and each.at >= paid]
    gone = {_dispute(each): each for each in reversed(told) if each.kind in _GONE}
    won = [each for each in told if each.kind == Learnt.DISPUTE_WON and _dispute(each) in gone]
    found = [_of(Learnt.CAME_BACK, each) for each in gone.values()]
    if won and not _owed([*known, *found]):
        found.append(_of(Learnt.PAID_AFTER_ALL, max(won, key=_told_last)))
    keys = {each.key for each in known}
    return [each for each in found if each.key not in keys]


def owed_again(facts: Iterable[Fact]) -> int:
    """Minor units of what came back and was not made up for since; nothing where it was."""
    return sum(int(each.detail.get("amount") or 0) for each in _owed(facts))


def _owed(facts: Iterable[Fact]) -> list[Fact]:
    """What came back since it was last made up for, and was not won."""
    known = list({each.key: each for each in facts}.values())
    last = max((each.at for each in known if each.kind == Learnt.PAID_AFTER_ALL), default=None)
    won = {_dispute(each) for each in known if each.kind == Learnt.DISPUTE_WON}
    back = [each for each in known if each.kind == Learnt.CAME_BACK and (last is None or each.at > last)]
    return [each for each in back if _dispute(each) not in won]


def _told_last(told: Fact) -> tuple[datetime, str]:
    return told.at, told.key


def _dispute(told: Fact) -> str:
    return str(told.detail.get("dispute") or told.key.partition(":")[2])


def _of(kind: Learnt, told: Fact) -> Fact:
    about: Mapping[str, object] = {"charge": told.detail.get("charge"), "amount": told.detail.get("amount")}
    return fact(kind, told.at, _dispute(told), dispute=_dispute(told), **about)

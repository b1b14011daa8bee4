"""The states of a case and what moves it: one table, and the fold of a set of facts over it; and what marks a case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from tideover.core.facts import Fact, Learnt


class State(StrEnum):
    """Where a failed payment stands."""

    FAILING = "failing"  # open: we try, write and wait
    RECOVERED = "recovered"  # the money came, by whatever way
    ABANDONED = "abandoned"  # every step was taken and nothing helped
    CHURNED = "churned"  # the subscription ended first
    CANCELED = "canceled"  # voided, credited, written off, stopped by hand, disconnected


class Attention(StrEnum):
    """What of an open case waits for a person."""

    NONE = ""
    AUTHENTICATION = "authentication"  # the bank wants to see the customer
    NO_ADDRESS = "no_address"
    BOUNCED = "bounced"
    UNKNOWN = "unknown"  # a charge was given up in doubt
    NEW_CARD = "new_card"  # Stripe would not try what was brought
    CAME_BACK = "came_back"  # a debit did, weeks after it had gone through, and Stripe keeps the invoice paid
    REPLIED = "replied"  # they answered a text message, and wait for an answer
    REFUSED = "refused"  # Stripe would not try at all, or nothing can be charged before somebody changes it there


# The same in a merchant's words; and what else waits for a person.
WAITS_FOR: Final[Mapping[Attention, str]] = {
    Attention.AUTHENTICATION: "Authentication needed",
    Attention.NO_ADDRESS: "No email address",
    Attention.BOUNCED: "Email bounced",
    Attention.UNKNOWN: "Charge outcome unknown",
    Attention.NEW_CARD: "New method refused",
    Attention.CAME_BACK: "The debit came back",
    Attention.REPLIED: "The customer replied",
    Attention.REFUSED: "Stripe will not charge it",
}
FAILED_STEP: Final = "A step failed for good"


def attention(stored: str) -> Attention | None:
    """The mark as one of these; None for one that is not known here: a newer version of ours may have set it."""
    return Attention(stored) if stored in set(Attention) else None


class Rest(StrEnum):
    """What of the subscription makes an open case rest: nothing is charged or sent as long as it is so."""

    NONE = ""
    PAUSED = "paused"  # the merchant paused its collection
    CANCELS = "cancels"  # the customer has cancelled, and it ends with its period


WHY_AT_REST: Final[Mapping[Rest, str]] = {
    Rest.PAUSED: "the collection of the subscription is paused at Stripe: the case rests until that is lifted",
    Rest.CANCELS: "the customer has cancelled the subscription: nothing is charged or sent for it any more",
}


_WITHDRAWN: Final = (
    Learnt.FORGIVEN,
    Learnt.VOIDED,
    Learnt.UNCOLLECTIBLE,
    Learnt.INVOICE_DELETED,
    Learnt.STOPPED,
    Learnt.CUSTOMER_DELETED,
    Learnt.DISCONNECTED,
)

# Late money is money: an uncollectible or stopped invoice can still be paid, so PAID moves every other state.
MOVES: Final[Mapping[tuple[State, Learnt], State]] = {
    **{(state, Learnt.PAID): State.RECOVERED for state in State if state != State.RECOVERED},
    **{(State.FAILING, fact): State.CANCELED for fact in _WITHDRAWN},
    (State.FAILING, Learnt.SUBSCRIPTION_ENDED): State.CHURNED,
    (State.FAILING, Learnt.EXHAUSTED): State.ABANDONED,
    # A bank may send a debit back weeks after it went through: what was paid is owed again.
    (State.RECOVERED, Learnt.CAME_BACK): State.FAILING,
    **{(state, Learnt.PAID_AFTER_ALL): State.RECOVERED for state in State if state != State.RECOVERED},
}

# Money that moves ends nothing by itself, and a refund or a card's dispute opens nothing again: that is what the
# merchant gave back, or the card's holder took.
MONEY: Final = (
    Learnt.RECEIVED,
    Learnt.REFUNDED,
    Learnt.REFUND_FAILED,
    Learnt.DISPUTED,
    Learnt.DISPUTE_LOST,
    Learnt.DISPUTE_WON,
)

# A promise moves steps, and ends nothing: only the money does.
PROMISES: Final = (Learnt.PROMISED, Learnt.PROMISE_KEPT, Learnt.PROMISE_BROKEN, Learnt.PROMISE_OFF)

# What tells something about a case that is still open, without ending it.
_NEWS: Final = (
    Learnt.PAYMENT_FAILED,
    Learnt.ACTION_REQUIRED,
    Learnt.PROCESSING,
    Learnt.CARD_REPLACED,
    Learnt.METHOD_ATTACHED,
    Learnt.CARD_RENEWED,
    Learnt.METHOD_CHANGED,
    *PROMISES,
    Learnt.BACKUP_ALLOWED,
    Learnt.BACKUP_WITHDRAWN,
    Learnt.LINK_ASKED,
    Learnt.FORWARDED,
    Learnt.REPLIED,
    Learnt.ACCESS_PROMISED,
    *MONEY,
    Learnt.CAME_BACK,
    Learnt.OPEN_AGAIN,
)

STAYS: Final[frozenset[tuple[State, Learnt]]] = frozenset(
    {(state, fact) for state in State for fact in Learnt if state != State.FAILING}
    | {(State.FAILING, fact) for fact in _NEWS}
) - frozenset(MOVES)

# Two endings in the same second (Stripe's events have no finer time) need an order that does not depend on how they
# came in: Stripe cancels the subscription and voids its invoice at once, and that is a customer lost.
_RANK: Final[Mapping[Learnt, int]] = {
    kind: rank
    for rank, kind in enumerate(
        (
            *(kind for kind in _NEWS if kind != Learnt.CAME_BACK),
            Learnt.PAID,
            Learnt.CAME_BACK,
            Learnt.PAID_AFTER_ALL,
            Learnt.SUBSCRIPTION_ENDED,
            *_WITHDRAWN,
            Learnt.EXHAUSTED,
        ),
    )
}


def after(state: State, learnt: Learnt) -> State:
    """The state once this is known. Raises KeyError for a pair nobody thought of; a test says that there is none."""
    return state if (state, learnt) in STAYS else MOVES[state, learnt]


def _in_order(facts: Iterable[Fact]) -> list[Fact]:
    return sorted(facts, key=lambda fact: (fact.at, _RANK[fact.kind], fact.key))


def state_of(facts: Iterable[Fact]) -> State:
    """The state of a case: a function of the set of its facts, whatever order they came in and however often."""
    state = State.FAILING
    for fact in _in_order(facts):
        state = after(state, fact.kind)
    return state


def ended_at(facts: Iterable[Fact]) -> datetime | None:
    """When the case came into the state it is in now, by Stripe's clock; None while it is failing."""
    state, since = State.FAILING, None
    for fact in _in_order(facts):
        reached = after(state, fact.kind)
        if reached != state:
            state, since = reached, None if reached == State.FAILING else fact.at
    return since

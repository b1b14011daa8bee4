"""What can be learnt about a failed payment, from whatever source, in whatever order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final


class Learnt(StrEnum):
    """The kinds of fact.

    The first block tells of tries, the second ends a case, the third tells what people did, the fourth of days that
    were promised, by the customer and to them, the last of money.
    """

    PAYMENT_FAILED = "payment_failed"
    ACTION_REQUIRED = "action_required"  # the bank wants to see the customer (3-D Secure)
    PROCESSING = "processing"  # a bank debit is under way and takes days

    PAID = "paid"
    FORGIVEN = "forgiven"  # nothing is open, and no money came: credited, or taken from the customer's balance
    VOIDED = "voided"
    UNCOLLECTIBLE = "uncollectible"
    INVOICE_DELETED = "invoice_deleted"
    SUBSCRIPTION_ENDED = "subscription_ended"
    CUSTOMER_DELETED = "customer_deleted"
    STOPPED = "stopped"  # by a person
    EXHAUSTED = "exhausted"  # our plan has no step left
    DISCONNECTED = "disconnected"  # the merchant took our access away

    CARD_REPLACED = "card_replaced"
    METHOD_ATTACHED = "method_attached"
    CARD_RENEWED = "card_renewed"  # by the card network's updater
    METHOD_CHANGED = "method_changed"  # another one is charged by default, or its details were corrected
    BACKUP_ALLOWED = "backup_allowed"  # the payer agrees that another method of theirs may be charged; in which words
    BACKUP_WITHDRAWN = "backup_withdrawn"
    LINK_ASKED = "link_asked"  # the payer's link opened nothing any more, and they asked for a new one
    FORWARDED = "forwarded"  # the payer had the payment link sent to somebody else
    REPLIED = "replied"  # they answered in words of their own; by whom it was noted

    PROMISED = "promised"  # a day on which the customer will pay
    PROMISE_KEPT = "promise_kept"
    PROMISE_BROKEN = "promise_broken"  # the charge of that day did not go through
    PROMISE_OFF = "promise_off"  # it stands no more, for a reason that is not the customer's

    ACCESS_PROMISED = "access_promised"  # the day until which the customer keeps what they pay for

    RECEIVED = "received"  # money that came toward the invoice, all of it or a part
    REFUNDED = "refunded"  # amount: all that was refunded of the charge until then
    REFUND_FAILED = "refund_failed"  # it came back to the merchant
    DISPUTED = "disputed"  # the bank took the money back: the payer disputes it, or their bank returned a debit
    DISPUTE_LOST = "dispute_lost"
    DISPUTE_WON = "dispute_won"  # the money is the merchant's again
    CAME_BACK = "came_back"  # a debit that had gone through: what was paid is owed again
    PAID_AFTER_ALL = "paid_after_all"  # and was made up for since
    OPEN_AGAIN = "open_again"  # Stripe shows the invoice as open after that: then nothing is collected beside it


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing learnt. `at` is when it happened by Stripe's clock (aware UTC), not when we heard of it.

    `key` is unique within a case: the same thing learnt twice has the same key. `detail` is JSON, for people to read;
    the state of a case never depends on it, and what it brought only on the amounts of money that moved.
    """

    kind: Learnt
    at: datetime
    key: str
    detail: Mapping[str, Any] = field(default_factory=dict)


# Under which key a fact is known for good: once in a case, or once for each thing ({}) that it is about.
WENT_BACK: Final = (Learnt.REFUNDED, Learnt.DISPUTED, Learnt.DISPUTE_LOST)

KEYS: Final[Mapping[Learnt, str]] = {
    Learnt.PAYMENT_FAILED: "charge:{}",
    Learnt.ACTION_REQUIRED: "auth:{}",
    Learnt.PROCESSING: "processing:{}",
    Learnt.PAID: "paid",
    Learnt.FORGIVEN: "forgiven",
    Learnt.VOIDED: "void",
    Learnt.UNCOLLECTIBLE: "uncollectible",
    Learnt.INVOICE_DELETED: "deleted",
    Learnt.SUBSCRIPTION_ENDED: "subscription-ended",
    Learnt.CUSTOMER_DELETED: "customer-deleted",
    Learnt.STOPPED: "stopped",
    Learnt.EXHAUSTED: "exhausted",
    Learnt.DISCONNECTED: "disconnected",
    Learnt.CARD_REPLACED: "card:{}",
    Learnt.METHOD_ATTACHED: "method_attached:{}",
    Learnt.CARD_RENEWED: "card_renewed:{}",
    Learnt.METHOD_CHANGED: "method_changed:{}",
    Learnt.PROMISED: "promised:{}",
    Learnt.PROMISE_KEPT: "promise-kept:{}",
    Learnt.PROMISE_BROKEN: "promise-broken:{}",
    Learnt.PROMISE_OFF: "promise-off:{}",
    Learnt.BACKUP_ALLOWED: "backup-allowed:{}",
    Learnt.BACKUP_WITHDRAWN: "backup-withdrawn:{}",
    Learnt.LINK_ASKED: "link-asked:{}",
    Learnt.FORWARDED: "forwarded:{}",
    Learnt.REPLIED: "replied:{}",
    Learnt.ACCESS_PROMISED: "access:{}",
    Learnt.RECEIVED: "received:{}",
    Learnt.REFUNDED: "refunded:{}",
    Learnt.REFUND_FAILED: "refund-failed:{}",
    Learnt.DISPUTED: "disputed:{}",
    Learnt.DISPUTE_LOST: "dispute-lost:{}",
    Learnt.DISPUTE_WON: "dispute-won:{}",
    Learnt.CAME_BACK: "came-back:{}",
    Learnt.PAID_AFTER_ALL: "paid-after-all:{}",
    Learnt.OPEN_AGAIN: "open-again:{}",
}


def fact(kind: Learnt, at: datetime, about: str = "", **detail: Any) -> Fact:  # noqa: ANN401 - JSON
    """A fact under its key. `about`: the id of the charge, intent, method or event, where the key asks for one."""
    return Fact(kind, at, KEYS[kind].replace("{}", about), detail)

"""What the pages call things: states, ways, marks, steps and outcomes in a merchant's words, with icon and tone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tideover.core.declines import Family, for_merchant
from tideover.recovery.models import Action, Case


@dataclass(frozen=True, slots=True)
class Word:
    """A label with the tone of its badge ("good", "warn", "bad", "info" or "") and an icon's name."""

    label: str
    tone: str = ""
    icon: str = "circle"


STATES: Final[Mapping[str, Word]] = {
    Case.State.FAILING: Word("In recovery", "warn", "rotate-cw"),
    Case.State.RECOVERED: Word("Recovered", "good", "check"),
    Case.State.ABANDONED: Word("Given up", "bad", "circle-slash"),
    Case.State.CHURNED: Word("Subscription ended", "bad", "user-minus"),
    Case.State.CANCELED: Word("Canceled", "", "ban"),
}

WAYS: Final[Mapping[str, Word]] = {
    Case.Via.STRIPE: Word("Stripe retry alone", icon="refresh-cw"),
    Case.Via.RETRY: Word("Our retry", icon="rotate-cw"),
    Case.Via.EMAIL: Word("Email", icon="mail"),
    Case.Via.CARD_PAGE: Word("Card page", icon="credit-card"),
    Case.Via.CUSTOMER: Word("Customer, unprompted", icon="user"),
}
DASH: Final = "\u2013"  # en dash: nothing known, or from one to another
NOT_OURS: Final = frozenset({Case.Via.STRIPE, Case.Via.CUSTOMER})

MARKS: Final[Mapping[str, Word]] = {
    Case.Attention.AUTHENTICATION: Word("Authentication needed", "warn", "shield-alert"),
    Case.Attention.NO_ADDRESS: Word("No email address", "bad", "mail-x"),
    Case.Attention.BOUNCED: Word("Email bounced", "bad", "mail-x"),
    Case.Attention.UNKNOWN: Word("Charge outcome unknown", "bad", "circle-question-mark"),
    Case.Attention.NEW_CARD: Word("New card refused", "warn", "credit-card"),
}
GIVEN_UP: Final = Word("A step was given up", "bad", "triangle-alert")

TEMPLATES: Final[Mapping[str, str]] = {
    "failed": "Payment failed",
    "reminder": "Reminder",
    "urgent": "Urgent notice",
    "help": "Help offer",
    "warning": "Warning",
    "suspension": "Suspension warning",
    "last_chance": "Last chance",
    "final": "Final notice",
    "authenticate": "Bank confirmation",
    "update_card": "Card update",
    "paid": "Thank you",
    "stopped": "Stopped",
}

FACTS: Final[Mapping[str, Word]] = {
    "payment_failed": Word("Payment failed", "bad", "x"),
    "action_required": Word("The bank asks the customer to confirm", "warn", "shield-alert"),
    "processing": Word("Bank debit under way", "info", "hourglass"),
    "part_paid": Word("Paid in part", "info", "coins"),
    "paid": Word("Paid", "good", "check"),
    "voided": Word("Invoice voided", "", "ban"),
    "uncollectible": Word("Invoice marked uncollectible", "", "ban"),
    "invoice_deleted": Word("Invoice deleted at Stripe", "", "trash-2"),
    "subscription_ended": Word("Subscription ended", "bad", "user-minus"),
    "customer_deleted": Word("Customer deleted at Stripe", "", "trash-2"),
    "stopped": Word("Stopped by a person", "", "hand"),
    "exhausted": Word("Every step was taken, the case was given up", "bad", "circle-slash"),
    "card_replaced": Word("New card", "info", "credit-card"),
    "method_attached": Word("Payment method added", "info", "credit-card"),
    "card_renewed": Word("Card renewed by its network", "info", "credit-card"),
    "refunded": Word("Refunded", "warn", "undo-2"),
    "disputed": Word("Disputed", "bad", "gavel"),
    "disconnected": Word("Stripe account disconnected", "", "unplug"),
}

EVENTS: Final[Mapping[str, Word]] = {
    "opened": Word("The customer opened the email", "info", "mail-open"),
    "clicked": Word("The customer followed the link to the card page", "info", "mouse-pointer-click"),
    "bounced": Word("Came back", "bad", "mail-x"),
    "complained": Word("Marked as spam", "bad", "flag"),
    "unsubscribed": Word("Unsubscribed from emails", "warn", "bell-off"),
}

STEPS: Final[Mapping[str, Word]] = {
    Action.Do.CHARGE: Word("Charge", icon="credit-card"),
    Action.Do.MESSAGE: Word("Email", icon="send"),
    Action.Do.CLOSE: Word("Close the case", icon="circle-slash"),
}

BY: Final[Mapping[str, str]] = {"us": "our retry", "stripe": "Stripe's own retry", "customer": "the customer"}

REASONS: Final[Mapping[str, str]] = {
    "no-address": "there is no email address at Stripe",
    "invalid-address": "the email address is not valid",
    "recipient-cap": "this person was written to within the last 24 hours",
    "suppressed:unsubscribed": "the customer unsubscribed",
    "suppressed:bounced": "an earlier email came back",
    "suppressed:complained": "the customer marked an earlier email as spam",
}


def family_label(family: str) -> str:
    """A failure's family in a merchant's words; one that is not known reads as itself."""
    return for_merchant(Family(family)) if family in set(Family) else family.replace("_", " ").capitalize()


def reason_label(reason: str) -> str:
    """Why a step was not done, as a clause."""
    return REASONS.get(reason, reason)


def step_label(action: Action) -> str:
    """The step's name: "Email · Final notice", "Charge", "Close the case"."""
    if action.do != Action.Do.MESSAGE:
        return STEPS[action.do].label
    return f"Email · {TEMPLATES.get(action.template, action.template)}"


def steps_label(actions: Sequence[Action]) -> str:
    """One step by its name, several by their kinds: "5 emails, 2 charges"."""
    if len(actions) == 1:
        return step_label(actions[0])
    counts = Counter(Action.Do(action.do) for action in actions)
    named = [
        f"{count} {_PLURALS[do] if count > 1 else _PLURALS[do][:-1]}" for do, count in counts.items() if do in _PLURALS
    ]
    return ", ".join(named) or step_label(actions[0])


_PLURALS: Final = {Action.Do.MESSAGE: "emails", Action.Do.CHARGE: "charges"}


def card_label(brand: str, last4: str) -> str:
    """The card as people know it: "Visa ·· 4242"; empty where none is known."""
    if not last4:
        return ""
    names = {"visa": "Visa", "mastercard": "Mastercard", "amex": "American Express", "": "Card"}
    return f"{names.get(brand, brand.capitalize())} ·· {last4}"


def name_of(case: Case) -> str:
    """The customer as people call them."""
    return case.customer_name or case.customer_email or case.customer_id

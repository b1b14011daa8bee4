"""What the pages call things: states, ways, marks, steps and outcomes in a merchant's words, with icon and tone.

Each table is total over what it names, by test: a word that is missing is an error there, not a code on a page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from babel.core import Locale, UnknownLocaleError

from tideover.core.case import FAILED_STEP, WAITS_FOR, Attention, State
from tideover.core.catalogue import Channel, channel_label, template_label
from tideover.core.declines import Family, for_merchant
from tideover.core.facts import Learnt
from tideover.core.methods import is_debit
from tideover.core.networks import By
from tideover.core.outcomes import Tried, Unsent, unsent
from tideover.core.signals.signs import Sign, Who
from tideover.core.steps import (
    MESSAGES,
    Copied,
    Do,
    Forwarded,
    Holding,
    NewLink,
    PartTold,
    PlanOffered,
    Receipt,
    Remembered,
    ReturnTold,
    Step,
    Written,
    read,
)
from tideover.core.ways.access import Standing
from tideover.messages.models import Message, MessageEvent, Suppression
from tideover.messages.suppression import ENOUGH
from tideover.messages.wording import BETWEEN, BRANDS
from tideover.recovery.models import Action, Case


@dataclass(frozen=True, slots=True)
class Word:
    """A label with the tone of its badge ("good", "warn", "bad", "info" or "") and an icon's name."""

    label: str
    tone: str = ""
    icon: str = "circle"


ACCESS: Final[Mapping[Standing, Word]] = {
    Standing.FULL: Word("Full", "good", "key-round"),
    Standing.WARNED: Word("Full, and its end announced", "warn", "key-round"),
    Standing.LIMITED: Word("Limited", "bad", "key-round"),
    Standing.ENDED: Word("Ended", "bad", "key-round"),
}

STATES: Final[Mapping[str, Word]] = {
    State.FAILING: Word("In recovery", "warn", "rotate-cw"),
    State.RECOVERED: Word("Recovered", "good", "check"),
    State.ABANDONED: Word("Given up", "bad", "circle-slash"),
    State.CHURNED: Word("Subscription ended", "bad", "user-minus"),
    State.CANCELED: Word("Canceled", "", "ban"),
}

WAYS: Final[Mapping[str, Word]] = {
    Case.Via.STRIPE: Word("Stripe retry alone", icon="refresh-cw"),
    Case.Via.RETRY: Word("Our retry", icon="rotate-cw"),
    Case.Via.EMAIL: Word("Email", icon="mail"),
    Case.Via.SMS: Word("SMS", icon="smartphone"),
    Case.Via.CARD_PAGE: Word("Card page", icon="credit-card"),
    Case.Via.CUSTOMER: Word("Customer, unprompted", icon="user"),
}
# By what a message goes, as a sign.
CHANNEL_ICONS: Final[Mapping[str, str]] = {Channel.EMAIL: "mail", Channel.SMS: "smartphone"}
DASH: Final = "\u2013"  # en dash: nothing known, or from one to another
NOT_OURS: Final = frozenset({Case.Via.STRIPE, Case.Via.CUSTOMER})

MARKS: Final[Mapping[Attention, Word]] = {
    Attention.AUTHENTICATION: Word(WAITS_FOR[Attention.AUTHENTICATION], "warn", "shield-alert"),
    Attention.NO_ADDRESS: Word(WAITS_FOR[Attention.NO_ADDRESS], "bad", "mail-x"),
    Attention.BOUNCED: Word(WAITS_FOR[Attention.BOUNCED], "bad", "mail-x"),
    Attention.UNKNOWN: Word(WAITS_FOR[Attention.UNKNOWN], "bad", "circle-question-mark"),
    Attention.NEW_CARD: Word(WAITS_FOR[Attention.NEW_CARD], "warn", "credit-card"),
    Attention.CAME_BACK: Word(WAITS_FOR[Attention.CAME_BACK], "bad", "undo-2"),
    Attention.REPLIED: Word(WAITS_FOR[Attention.REPLIED], "warn", "reply"),
    Attention.REFUSED: Word(WAITS_FOR[Attention.REFUSED], "bad", "shield-ban"),
}
UNKNOWN_MARK: Final = Word("Needs a look", "warn", "triangle-alert")  # set by a newer version of ours
GIVEN_UP: Final = Word(FAILED_STEP, "bad", "triangle-alert")

FACTS: Final[Mapping[Learnt, Word]] = {
    Learnt.PAYMENT_FAILED: Word("Payment failed", "bad", "x"),
    Learnt.ACTION_REQUIRED: Word("The bank asks the customer to confirm", "warn", "shield-alert"),
    Learnt.PROCESSING: Word("Bank debit under way", "info", "hourglass"),
    Learnt.PAID: Word("Paid", "good", "check"),
    Learnt.FORGIVEN: Word("Nothing is open any more, and no money came: credited", "", "ban"),
    Learnt.VOIDED: Word("Invoice voided", "", "ban"),
    Learnt.UNCOLLECTIBLE: Word("Invoice marked uncollectible", "", "ban"),
    Learnt.INVOICE_DELETED: Word("Invoice deleted at Stripe", "", "trash-2"),
    Learnt.SUBSCRIPTION_ENDED: Word("Subscription ended", "bad", "user-minus"),
    Learnt.CUSTOMER_DELETED: Word("Customer deleted at Stripe", "", "trash-2"),
    Learnt.STOPPED: Word("Stopped by a person", "", "hand"),
    Learnt.EXHAUSTED: Word("Every step was taken, the case was given up", "bad", "circle-slash"),
    Learnt.CARD_REPLACED: Word("New payment method", "info", "credit-card"),
    Learnt.METHOD_ATTACHED: Word("Payment method added", "info", "credit-card"),
    Learnt.CARD_RENEWED: Word("Card renewed by its network", "info", "credit-card"),
    Learnt.METHOD_CHANGED: Word("Payment method changed at Stripe", "info", "credit-card"),
    Learnt.PROMISED: Word("Promised to pay", "info", "calendar-check"),
    Learnt.PROMISE_KEPT: Word("The promise was kept", "good", "calendar-check"),
    Learnt.PROMISE_BROKEN: Word("The promise was broken", "bad", "calendar-x"),
    Learnt.PROMISE_OFF: Word("The promise is off", "", "calendar-off"),
    Learnt.BACKUP_ALLOWED: Word("The customer allowed backup methods", "info", "credit-card"),
    Learnt.BACKUP_WITHDRAWN: Word("The customer allows backup methods no more", "info", "credit-card"),
    Learnt.LINK_ASKED: Word("The customer asked for a new link", "info", "link"),
    Learnt.FORWARDED: Word("The customer forwarded the payment link", "info", "forward"),
    Learnt.REPLIED: Word("The customer replied", "warn", "reply"),
    Learnt.ACCESS_PROMISED: Word("Access is promised", "info", "key-round"),
    Learnt.RECEIVED: Word("Money came", "good", "check"),
    Learnt.REFUNDED: Word("Refunded", "warn", "undo-2"),
    Learnt.REFUND_FAILED: Word("A refund failed: the money is yours again", "info", "undo-2"),
    Learnt.DISPUTED: Word("Disputed: the bank took the money back", "bad", "gavel"),
    Learnt.DISPUTE_LOST: Word("Dispute lost", "bad", "gavel"),
    Learnt.DISPUTE_WON: Word("Dispute won: the money is yours again", "good", "gavel"),
    Learnt.CAME_BACK: Word("The bank sent the debit back: what was paid is owed again", "bad", "undo-2"),
    Learnt.PAID_AFTER_ALL: Word("What came back was paid after all", "good", "check"),
    Learnt.OPEN_AGAIN: Word("Stripe shows the invoice as open again: it is paid at Stripe", "warn", "triangle-alert"),
    Learnt.DISCONNECTED: Word("Stripe account disconnected", "", "unplug"),
}

# What a person did to a case, by the audit log's own words.
DEEDS: Final[Mapping[str, Word]] = {
    "paused": Word("Paused by a person", "info", "pause"),
    "held for a dispute": Word("Paused, as they dispute another payment", "warn", "gavel"),
    "resumed": Word("Resumed by a person", "info", "play"),
    "asked for a charge": Word("A person asked for a charge", "info", "rotate-cw"),
    "moved to other rules": Word("Goes on by a newer version of the rules", "info", "calendar-clock"),
    "asked for a message": Word("A person asked for the next message", "info", "mail"),
}

HEARD: Final[Mapping[str, Mapping[Who, Word]]] = {
    MessageEvent.Kind.OPENED: {
        Who.PERSON: Word("The customer opened the email", "info", "mail-open"),
        Who.UNKNOWN: Word("The email was opened; by whom, nobody can tell", "", "mail-open"),
        Who.MACHINE: Word("A machine fetched the email's picture", "", "bot"),
    },
    MessageEvent.Kind.CLICKED: {
        Who.PERSON: Word("The customer followed the link to the card page", "info", "mouse-pointer-click"),
        Who.UNKNOWN: Word("The link was followed; by whom, nobody can tell", "", "mouse-pointer-click"),
        Who.MACHINE: Word("A machine followed the link", "", "bot"),
    },
    MessageEvent.Kind.WAY_OUT: {
        Who.PERSON: Word("The customer looked at the page to unsubscribe", "", "eye"),
        Who.UNKNOWN: Word("The page to unsubscribe was looked at; by whom, nobody can tell", "", "eye"),
        Who.MACHINE: Word("A machine followed the link to unsubscribe", "", "bot"),
    },
}
EVENTS: Final[Mapping[str, Word]] = {
    MessageEvent.Kind.DELIVERED: Word("Delivered", "", "check"),
    MessageEvent.Kind.BOUNCED: Word("Came back", "bad", "mail-x"),
    MessageEvent.Kind.COMPLAINED: Word("Marked as spam", "bad", "flag"),
    MessageEvent.Kind.UNSUBSCRIBED: Word("Unsubscribed", "warn", "bell-off"),
}

# What gave a person or a machine away.
SIGNS: Final[Mapping[Sign, str]] = {
    Sign.ACTED: "a button was pressed on the page",
    Sign.IMAGE_CACHE: "a mail service's image cache, which loads the picture when the mail is opened",
    Sign.MAIL_PROGRAM: "a mail program",
    Sign.BROWSER: "a browser",
    Sign.SOON: "a browser, but within ten seconds of sending",
    Sign.PROVIDER: "a browser, but in the network of a mail service",
    Sign.ODD: "nothing tells what it was",
    Sign.EARLIER: "noted before it was looked at who it was",
    Sign.APPLE_PROXY: "Apple's Mail Privacy Protection, which loads every picture, opened or not",
    Sign.GMAIL_PREFETCH: "Gmail's prefetch, before the mail is shown",
    Sign.SCANNER: "a security scanner",
    Sign.PREVIEW: "a preview of the link in a chat or a search",
    Sign.PROGRAM: "a program, no browser",
    Sign.HEAD: "it asked what is there, and did not look",
    Sign.AT_ONCE: "two links of the message at the same moment",
    Sign.CROWD: "the links of many people from one place within a minute",
    Sign.TOO_SOON: "within two seconds of sending",
}

STEPS: Final[Mapping[Do, Word]] = {
    Do.CHARGE: Word("Charge", icon="credit-card"),
    Do.MESSAGE: Word("Message", icon="send"),
    Do.CLOSE: Word("Close the case", icon="circle-slash"),
    Do.HOLD: Word("Hold on Stripe's own tries", icon="hand"),
}
# What a step that is a message is for; of the sequence its number follows.
MESSAGE_STEPS: Final[Mapping[type[Step], str]] = {
    Written: "Message",
    Remembered: "Reminder of a promised day",
    Receipt: "Receipt of a backup method",
    Copied: "To another reader",
    PlanOffered: "Offer to pay in parts",
    PartTold: "About a part of a plan",
    NewLink: "A new link that was asked for",
    Forwarded: "The link, forwarded by the customer",
    ReturnTold: "A debit that came back",
}
# Several of them, where they are counted at all: an end that comes later is none of what was left undone.
PLURALS: Final[Mapping[Do, str]] = {Do.CHARGE: "charges", Do.MESSAGE: "messages", Do.CLOSE: "", Do.HOLD: "holds"}

# What the bank lets us know through Stripe: https://docs.stripe.com/declines#advice-codes
ADVICE: Final[Mapping[str, str]] = {
    "confirm_card_data": "the bank asks to check the card's details",
    "do_not_try_again": "the bank forbids another try with this card",
    "try_again_later": "the bank advises to try again later",
}

BY: Final[Mapping[str, str]] = {
    By.US: "our retry",
    By.STRIPE: "Stripe's own retry",
    By.CUSTOMER: "the customer",
}

# Stripe's own tries to come: whether it announces them itself.
FORESEEN: Final[Mapping[bool, str]] = {True: "Stripe's own try, announced", False: "Stripe's own try, expected"}

TRIES: Final[Mapping[Tried, Word]] = {
    Tried.PAID: Word("went through", "good", "check"),
    Tried.DECLINED: Word("declined", "bad", "x"),
    Tried.AUTHENTICATION: Word("needs the customer's confirmation", "warn", "shield-alert"),
    Tried.PROCESSING: Word("is under way", "info", "hourglass"),
    Tried.BLOCKED: Word("was blocked before it reached the bank", "bad", "shield-ban"),
}

SENDING: Final[Mapping[str, Word]] = {
    Message.State.CLAIMED: Word("about to be sent", "", "send"),
    Message.State.DATA_STARTED: Word("handed over, no answer yet", "warn", "send"),
    Message.State.SENT: Word("sent", "", "send"),
    Message.State.UNKNOWN: Word("perhaps sent: the answer was lost, so it is not sent again", "warn", "send"),
    Message.State.FAILED: Word("not sent", "bad", "mail-x"),
    Message.State.SKIPPED: Word("not sent", "", "mail-x"),
    Message.State.PREVIEWED: Word("in the preview inbox, sent to nobody", "info", "flask-conical"),
}

REASONS: Final[Mapping[Unsent, str]] = {
    Unsent.NO_ADDRESS: "there is no email address at Stripe",
    Unsent.INVALID_ADDRESS: "the email address is not valid",
    Unsent.NO_PHONE: "there is no phone number at Stripe",
    Unsent.INVALID_PHONE: "the phone number is none that text messages reach",
    Unsent.NOT_SET_UP: "SMS is off, or its Twilio account is missing",
    Unsent.STOPPED: "everything is stopped",
    Unsent.OFF: "recovery is off for this project",
    Unsent.TEST_MODE: "the account is in test mode, and test mail is not switched on",
    Unsent.UNSUBSCRIBED: "the customer opted out",
    Unsent.BOUNCED: "an earlier message came back",
    Unsent.COMPLAINED: "the customer marked an earlier email as spam",
    Unsent.TOO_MANY_BOUNCES: "too many of the last messages came back",
    Unsent.TOO_MANY_COMPLAINTS: "too many of the last emails were marked as spam",
    Unsent.CAPPED: ENOUGH,
}


def family_label(family: str) -> str:
    """A failure's family in a merchant's words, for whatever was to be charged."""
    return for_merchant(Family(family))


def failure_label(case: Case, family: str) -> str:
    """The same for one case: what happened to this card, or this account. What failed first may have been another."""
    return for_merchant(Family(family), case.means if family == case.family else None)


def bill_label(case: Case) -> str:
    """What the bill is for."""
    if case.description:
        return f"{case.description} and {case.other_lines} more" if case.other_lines else case.description
    return "Subscription" if case.is_subscription else "Single invoice"


def reason_label(reason: str) -> str:
    """Why a step was not done, as a clause: what is no code of ours was written as one, by us or by a mail server."""
    known = unsent(reason)
    return REASONS[known] if known else reason


def step_label(action: Action) -> str:
    """The step's name: "Email · Final notice", "Charge", "Close the case"."""
    step = read(action.step)
    if isinstance(step, Holding) and step.over:
        return "Stripe tries by itself again"
    if action.do not in MESSAGES:
        return STEPS[Do(action.do)].label
    return f"{channel_label(action.channel)} · {template_label(action.template)}"


def steps_label(actions: Sequence[Action]) -> str:
    """One step by its name, several by their kinds: "5 messages, 2 charges"."""
    if len(actions) == 1:
        return step_label(actions[0])
    counts = Counter(PLURALS[Do(action.do)] for action in actions)
    named = [f"{count} {plural if count > 1 else plural[:-1]}" for plural, count in counts.items() if plural]
    return ", ".join(named) or step_label(actions[0])


def method_label(brand: str, last4: str) -> str:
    """What was to be charged, as people know it: "Visa •••• 4242", "Bank account •••• 6789"; empty if unknown."""
    if is_debit(brand):
        named = "Bank account"
    else:
        named = BRANDS.get(brand, brand.replace("_", " ").title()) or ("Card" if last4 else "")
    return BETWEEN.join(part for part in (named, last4) if part)


def language_label(locale: str) -> str:
    """A language as people call it: "German (Austria)"; of a locale nobody knows, itself."""
    try:
        return Locale.parse(locale.replace("-", "_")).get_display_name("en") or locale
    except (ValueError, UnknownLocaleError):
        return locale


def name_of(case: Case) -> str:
    """The customer as people call them."""
    return case.customer_name or case.customer_email or case.customer_id


KEPT_OUT: Final[Mapping[str, str]] = {
    Suppression.Reason.UNSUBSCRIBED: "they unsubscribed",
    Suppression.Reason.BOUNCED: "a message bounced",
    Suppression.Reason.COMPLAINED: "they marked an email as spam",
}


def icon_of(channel: str) -> str:
    """The sign of a channel; that of mail for one that is known no more."""
    return CHANNEL_ICONS.get(channel, "mail")

"""What can be written, how, by which channel: the one list that texts, rules, columns and pages are held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final


class Template(StrEnum):
    """The kinds of message. Each has a text for every channel in every language."""

    FAILED = "failed"
    REMINDER = "reminder"
    URGENT = "urgent"
    HELP = "help"
    WARNING = "warning"
    SUSPENSION = "suspension"
    LAST_CHANCE = "last_chance"
    FINAL = "final"
    AUTHENTICATE = "authenticate"
    UPDATE_CARD = "update_card"
    OVERDUE = "overdue"
    PROMISED = "promised"
    BACKUP = "backup"
    PAID = "paid"
    STOPPED = "stopped"
    PLAN_OFFERED = "plan_offered"
    PART_DUE = "part_due"
    PART_PAID = "part_paid"
    PART_MISSED = "part_missed"
    CAME_BACK = "came_back"
    NEW_LINK = "new_link"
    FORWARDED = "forwarded"
    CARD_EXPIRING = "card_expiring"
    RENEWAL = "renewal"
    TRIAL_ENDING = "trial_ending"
    WINBACK_1 = "winback_1"
    WINBACK_7 = "winback_7"
    WINBACK_14 = "winback_14"
    WINBACK_30 = "winback_30"


class Tone(StrEnum):
    """How a message speaks. Every text has words for each."""

    FRIENDLY = "friendly"
    GENTLE = "gentle"
    URGENT = "urgent"
    HELP = "help"
    SERIOUS = "serious"
    EMOTIONAL = "emotional"
    FINAL = "final"


class Consequence(StrEnum):
    """What the merchant says will happen if nobody pays. Messages may only threaten what is said here."""

    NONE = "none"
    PAUSED = "paused"
    CANCELED = "canceled"
    SUSPENDED = "suspended"


class Channel(StrEnum):
    """The ways a message can go."""

    EMAIL = "email"
    SMS = "sms"


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a kind of message. `label` is the merchant's name of it.

    in_sequence: a merchant may make it a step of their sequence.
    settled: it tells that the payment was made, or had been, so why it failed before is past.
    alone: it is about one invoice only: it tells of no other, and none speaks for it.
    of_plan: that invoice is, or may be, paid in parts.
    ahead: it is about a payment that is to come, or may, and about no invoice.
    wins_back: its payer has left, and nothing is owed or kept by it: it can be opted out of apart from all else.
    tells_how_to_cancel: every text of it does, also a merchant's own.
    to_another: it goes to somebody whom the payer named, and tells nothing of their card or of why it failed.
    on_request: the payer asked for it a moment ago, so neither an opt-out nor a message of the same day holds it back.
    where_the_bank_asks, where_only_a_new_card_helps, where_no_loss_is_announced: what goes out in its place there; None
    where it goes out all the same. What says that access will be lost may go out only where the merchant has said so.
    """

    label: str
    in_sequence: bool = True
    settled: bool = False
    alone: bool = False
    of_plan: bool = False
    ahead: bool = False
    wins_back: bool = False
    tells_how_to_cancel: bool = False
    to_another: bool = False
    on_request: bool = False
    where_the_bank_asks: Template | None = Template.AUTHENTICATE
    where_only_a_new_card_helps: Template | None = None
    where_no_loss_is_announced: Template | None = None


def _receipt(label: str) -> About:
    return About(label, in_sequence=False, settled=True, alone=True, where_the_bank_asks=None)


def _of_plan(label: str, *, settled: bool = False) -> About:
    return About(label, in_sequence=False, settled=settled, alone=True, of_plan=True, where_the_bank_asks=None)


def _ahead(label: str, *, tells_how_to_cancel: bool = False) -> About:
    to_come = About(label, in_sequence=False, alone=True, ahead=True, where_the_bank_asks=None)
    return replace(to_come, tells_how_to_cancel=tells_how_to_cancel)


def _wins_back(label: str) -> About:
    return replace(_ahead(label), wins_back=True)


TEMPLATES: Final[Mapping[Template, About]] = {
    Template.FAILED: About("Payment failed", where_only_a_new_card_helps=Template.UPDATE_CARD),
    Template.REMINDER: About("Reminder"),
    Template.URGENT: About("Urgent notice"),
    Template.HELP: About("Help offer"),
    Template.WARNING: About("Warning", where_no_loss_is_announced=Template.URGENT),
    Template.SUSPENSION: About("Suspension warning", where_no_loss_is_announced=Template.HELP),
    Template.LAST_CHANCE: About("Last chance"),
    Template.FINAL: About("Final notice"),
    Template.AUTHENTICATE: About("Bank confirmation"),
    Template.UPDATE_CARD: About("Card update"),
    Template.OVERDUE: About("Overdue invoice", in_sequence=False, where_the_bank_asks=None),
    Template.PROMISED: About("Promise reminder", in_sequence=False, where_the_bank_asks=None),
    Template.BACKUP: _receipt("Backup method charged"),
    Template.PAID: _receipt("Thank you"),
    Template.STOPPED: About("Stopped", in_sequence=False, where_the_bank_asks=None),
    Template.PLAN_OFFERED: _of_plan("Payment plan offered"),
    Template.PART_DUE: _of_plan("Part due tomorrow"),
    Template.PART_PAID: _of_plan("Part paid", settled=True),
    Template.PART_MISSED: _of_plan("Part missed"),
    Template.CAME_BACK: About("Debit came back", in_sequence=False, settled=True, alone=True, where_the_bank_asks=None),
    Template.NEW_LINK: About("New link", in_sequence=False, alone=True, on_request=True, where_the_bank_asks=None),
    Template.FORWARDED: About(
        "Forwarded by the customer", in_sequence=False, alone=True, to_another=True, where_the_bank_asks=None
    ),
    Template.CARD_EXPIRING: _ahead("Card expires"),
    Template.RENEWAL: _ahead("Subscription renews", tells_how_to_cancel=True),
    Template.TRIAL_ENDING: _ahead("Trial ends", tells_how_to_cancel=True),
    Template.WINBACK_1: _wins_back("Win-back, day 1"),
    Template.WINBACK_7: _wins_back("Win-back, day 7"),
    Template.WINBACK_14: _wins_back("Win-back, day 14"),
    Template.WINBACK_30: _wins_back("Win-back, day 30"),
}

CHANNELS: Final[Mapping[Channel, str]] = {Channel.EMAIL: "Email", Channel.SMS: "SMS"}  # in the merchant's words


def template_label(template: str) -> str:
    """The merchant's name of a kind of message; one that is known no more reads as it was stored."""
    return TEMPLATES[Template(template)].label if template in set(Template) else template


def channel_label(channel: str) -> str:
    """The merchant's name of a channel; one that is known no more reads as it was stored."""
    return CHANNELS[Channel(channel)] if channel in set(Channel) else channel

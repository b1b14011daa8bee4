"""What somebody is written to about ahead of a payment, or after their last: the one list of kinds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tideover.core.catalogue import Template


class Ahead(StrEnum):
    """What lies ahead."""

    CARD = "card"  # a card ends before it is charged next
    RENEWAL = "renewal"  # a subscription renews
    TRIAL = "trial"  # a trial ends, and the first payment comes
    WINBACK_1 = "winback_1"  # a subscription has ended, and may begin again: the day after
    WINBACK_7 = "winback_7"
    WINBACK_14 = "winback_14"
    WINBACK_30 = "winback_30"


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a kind.

    switch, days: the columns of a project that turn it on and say how long ahead. status: what Stripe calls a
    subscription that it is about; empty where it is about a card. after: of a letter that is to win somebody back, so
    many days after the end; 0 of all that lies ahead of a payment.
    """

    template: Template
    switch: str
    days: str = ""
    status: str = ""
    after: int = 0


KINDS: Final[Mapping[Ahead, About]] = {
    Ahead.CARD: About(Template.CARD_EXPIRING, "card_alerts", "card_alert_days"),
    Ahead.RENEWAL: About(Template.RENEWAL, "renewal_notices", "renewal_days", "active"),
    Ahead.TRIAL: About(Template.TRIAL_ENDING, "trial_notices", "trial_days", "trialing"),
    Ahead.WINBACK_1: About(Template.WINBACK_1, "winback", status="canceled", after=1),
    Ahead.WINBACK_7: About(Template.WINBACK_7, "winback", status="canceled", after=7),
    Ahead.WINBACK_14: About(Template.WINBACK_14, "winback", status="canceled", after=14),
    Ahead.WINBACK_30: About(Template.WINBACK_30, "winback", status="canceled", after=30),
}
WINBACKS: Final = tuple(kind for kind, about in KINDS.items() if about.after)
NOTICES: Final = tuple(
    kind for kind, about in KINDS.items() if about.status and not about.after
)  # of a payment to come

"""What somebody is written to about ahead of a payment: the one list of kinds."""

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


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a kind.

    switch, days: the columns of a project that turn it on and say how long ahead. status: what Stripe calls a
    subscription that it is about; empty where it is about a card.
    """

    template: Template
    switch: str
    days: str
    status: str = ""


KINDS: Final[Mapping[Ahead, About]] = {
    Ahead.CARD: About(Template.CARD_EXPIRING, "card_alerts", "card_alert_days"),
    Ahead.RENEWAL: About(Template.RENEWAL, "renewal_notices", "renewal_days", "active"),
    Ahead.TRIAL: About(Template.TRIAL_ENDING, "trial_notices", "trial_days", "trialing"),
}
NOTICES: Final = tuple(kind for kind, about in KINDS.items() if about.status)  # about a subscription

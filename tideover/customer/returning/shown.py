"""What the page behind a letter shows to somebody who has left, read from our rows alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tideover.core.timing import local_day
from tideover.core.tongues import wishes
from tideover.customer.brand import Brand, brand_of, merchant_of
from tideover.flow.stops import why_stopped
from tideover.messages.languages import Language
from tideover.messages.wording import offer_words
from tideover.mirror.ended import has_another
from tideover.mirror.models import Customer, Subscription
from tideover.predunning.looking import zone_of
from tideover.predunning.models import Alert
from tideover.predunning.offering import holding, offered
from tideover.recovery.places import language_for, zone

NOT_OPENED: Final = "not_opened"
SOON: Final = "soon"
SAID: Final[Mapping[str, str]] = {NOT_OPENED: "not_opened", SOON: "back_soon"}  # their lines of the texts


@dataclass(frozen=True, slots=True)
class Page:
    """Everything the template shows. subscribes: they have a subscription, and nothing is left to do. here: whether
    Stripe's Checkout can be opened. offer: what they are offered, a sentence. told: what has just happened.
    """

    subscribes: bool
    language: Language
    say: Mapping[str, str]
    brand: Brand
    here: bool
    offer: str
    told: str


def language_of(alert: Alert, customer: Customer) -> Language:
    """In which they are written to."""
    return language_for(wishes(customer.locale, customer.country), alert.connection.project)


def subscribes(customer: Customer, plan: Subscription) -> bool:
    """Whether there is nothing to come back to: what ended goes on, or they have another."""
    return plan.ended_at is None or has_another(customer, plan)


def opens_checkout(alert: Alert) -> bool:
    """Whether we may open one: it is a write at Stripe."""
    return alert.connection.may_write and not why_stopped(alert.connection)


def page_of(alert: Alert, customer: Customer, plan: Subscription, said: str, now: datetime) -> Page:
    """The page at this moment. said: what the address says has just happened."""
    project, language = alert.connection.project, language_of(alert, customer)
    lives_in = zone_of(project, customer)
    given = offered(holding(alert, now), lives_in)
    say = language.lines(
        "ahead",
        merchant=merchant_of(project),
        day=language.day(local_day(alert.renews_at, zone(lives_in))),
        offer=offer_words(language, given.discount) if given else "",
        until=language.day(given.until) if given else "",
    )
    return Page(
        subscribes=subscribes(customer, plan),
        language=language,
        say=say,
        brand=brand_of(project),
        here=opens_checkout(alert),
        offer=say["back_offer"] if given else "",
        told=say[SAID[said]] if said in SAID else "",
    )

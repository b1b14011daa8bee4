"""What the page of a subscription that renews shows, read from our rows alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tideover.core.timing import local_day
from tideover.customer.ahead import NOT_OPENED, language_of, opens_portal
from tideover.customer.brand import Brand, brand_of, merchant_of
from tideover.messages.languages import Language
from tideover.messages.wording import web_address
from tideover.mirror.models import Customer, Subscription
from tideover.predunning.looking import zone_of
from tideover.predunning.models import Alert
from tideover.recovery.places import zone

ENDED: Final = ("canceled", "incomplete_expired")  # of any other status it can be canceled, paid or not


class Standing(StrEnum):
    """How it stands with the subscription. Each has a line of the texts."""

    RENEWS = "renews"
    TRIAL = "trial"
    CANCELED = "canceled"  # it goes on to its end, and is not charged again
    NO_MORE = "no_more"


@dataclass(frozen=True, slots=True)
class Page:
    """Everything the template shows. here: whether Stripe's portal can be opened from it. elsewhere: the merchant's own
    address to cancel. told: what has just happened.
    """

    standing: Standing
    language: Language
    say: Mapping[str, str]
    brand: Brand
    heading: str
    here: bool
    elsewhere: str
    told: str


def standing_of(plan: Subscription) -> Standing:
    """By what the mirror has of it."""
    if plan.ended_at is not None or plan.status in ENDED:
        return Standing.NO_MORE
    if plan.ends_at is not None:
        return Standing.CANCELED
    return Standing.TRIAL if plan.status == "trialing" else Standing.RENEWS


def may_lead(alert: Alert) -> bool:
    """Whether Stripe's portal is the way to cancel: the merchant may have another."""
    return not alert.connection.project.cancel_url and opens_portal(alert)


def page_of(alert: Alert, customer: Customer, plan: Subscription, said: str) -> Page:
    """The page at this moment. said: what the address says has just happened."""
    project, language, standing = alert.connection.project, language_of(alert, customer), standing_of(plan)
    at = plan.ends_at if standing == Standing.CANCELED else plan.renews_at
    day = language.day(local_day(at, zone(zone_of(project, customer)))) if at else ""
    say = language.lines("ahead", merchant=merchant_of(project), day=day)
    return Page(
        standing=standing,
        language=language,
        say=say,
        brand=brand_of(project),
        heading=say[standing],
        here=may_lead(alert),
        elsewhere=web_address(project.cancel_url) or "",
        told=say["not_opened"] if said == NOT_OPENED else "",
    )

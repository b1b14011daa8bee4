"""What the page of a card that ends shows, read from our rows alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tideover.core.ahead.predunning import not_survived
from tideover.core.timing import local_day
from tideover.customer.ahead import NOT_OPENED, language_of, opens_portal
from tideover.customer.brand import Brand, brand_of, merchant_of
from tideover.messages.languages import Language
from tideover.messages.wording import BETWEEN, card_name, web_address
from tideover.mirror.expiring import day_of
from tideover.predunning.links import Standing, standing_of
from tideover.predunning.looking import Known
from tideover.predunning.models import Alert
from tideover.recovery.places import zone, zone_name

FROM_PORTAL: Final = "from_portal"


@dataclass(frozen=True, slots=True)
class Page:
    """Everything the template shows. Texts are plain; the template escapes them.

    here: whether Stripe's portal can be opened from it. elsewhere: the merchant's own address, where it cannot. told:
    what has just happened.
    """

    standing: Standing
    language: Language
    say: Mapping[str, str]
    brand: Brand
    is_over: bool
    next: str
    here: bool
    elsewhere: str
    told: str


def page_of(alert: Alert, known: Known, said: str, now: datetime) -> Page:
    """The page at this moment. said: what the address says has just happened."""
    project, language = alert.connection.project, language_of(alert, known.customer)
    assert alert.expires_on is not None
    is_over = alert.expires_on < day_of(now)
    payment_at = not_survived(alert.expires_on, known.card.renewals, now)
    here = zone(zone_name(known.customer.country, known.customer.region, project.time_zone))
    say = language.lines(
        "ahead",
        merchant=merchant_of(project),
        card=card_name(known.method.brand, known.method.last4, BETWEEN) or "",
        month=language.month(alert.expires_on),
        over=is_over,
        day=language.day(local_day(payment_at, here)) if payment_at else "",
    )
    told = {FROM_PORTAL: language.say("answers", "from_portal"), NOT_OPENED: say["not_opened"]}
    standing = standing_of(alert, known)
    return Page(
        standing=standing,
        language=language,
        say=say,
        brand=brand_of(project),
        is_over=is_over,
        next=say["next"] if payment_at else "",
        here=opens_portal(alert),
        elsewhere=web_address(project.return_url) or "",
        told=told.get(said, "") if standing == Standing.ENDS else "",
    )

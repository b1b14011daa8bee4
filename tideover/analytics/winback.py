"""What win-back brought: letters that left, and what began by their links. Apart from what was recovered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Q, Sum

from tideover.analytics.period import Period
from tideover.analytics.scope import Scope
from tideover.core.money import Money
from tideover.messages.models import Message
from tideover.messages.suppression import MAY_HAVE_LEFT, WINS_BACK
from tideover.mirror.ended import BEGUN
from tideover.mirror.models import Subscription

LETTERS: Final = Q(template__in=WINS_BACK, state__in=MAY_HAVE_LEFT)


@dataclass(frozen=True, slots=True)
class WonBack:
    """Of a period. letters: in whatever currency, as a letter asks for no money. unread: of how many subscriptions
    nobody knows what they are a month.
    """

    letters: int
    subscriptions: int
    monthly: Money
    unread: int


def won_back(scope: Scope, period: Period) -> WonBack:
    """The letters that left, and what began by the link of one, on the day it began."""
    left = Message.objects.filter(LETTERS, organization_id=scope.organization_id, project_id=scope.project_id)
    letters = left.filter(data_started_at__gte=period.start, data_started_at__lt=period.end).count()
    led = Subscription.objects.filter(
        organization_id=scope.organization_id, connection__project_id=scope.project_id, currency=scope.currency
    )
    led = led.exclude(led_by="").exclude(status__in=BEGUN)
    began = led.filter(began_at__gte=period.start, began_at__lt=period.end)
    unread = Count("id", filter=Q(monthly=None))
    found = began.aggregate(number=Count("id"), month=Sum("monthly"), more=unread)
    return WonBack(letters, found["number"], scope.money(found["month"]), found["more"])

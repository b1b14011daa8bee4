"""What win-back brought: letters that left, and what began by their links. Apart from what was recovered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.db.models import BigIntegerField, Count, Expression, Q, QuerySet, Sum, Value
from django.db.models.functions import Cast

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
    letters = left.filter(data_started_at__gte=period.start, data_started_at__lt=period.end)
    led = Subscription.objects.filter(
        organization_id=scope.organization_id, connection__project_id=scope.project_id, currency=scope.currency
    )
    led = led.exclude(led_by="").exclude(status__in=BEGUN)
    began = led.filter(began_at__gte=period.start, began_at__lt=period.end)
    counted = _counted(began, "began", Sum("monthly"), Count("id", filter=Q(monthly=None)))
    none = Cast(Value(None), BigIntegerField())
    found = {row["of"]: row for row in counted.union(_counted(letters, "letters", none, none))}
    number, month, unread = (found.get("began", {}).get(name) or 0 for name in ("number", "month", "unread"))
    return WonBack(found.get("letters", {}).get("number", 0), number, scope.money(month), unread)


def _counted(rows: QuerySet[Any], of: str, month: Expression, unread: Expression) -> QuerySet[Any, dict[str, Any]]:
    """A line of one question: none where there are no rows."""
    said = rows.order_by().values(of=Value(of))
    counted: QuerySet[Any, dict[str, Any]] = said.annotate(number=Count("id"), month=month, unread=unread)
    return counted

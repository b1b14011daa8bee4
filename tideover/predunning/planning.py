"""Which cards are to be told of: a row for each that a payment of the next days comes too late for, once for ever."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf

from tideover.core.ahead.predunning import not_survived
from tideover.core.timing import day_after
from tideover.flow.alone import alone
from tideover.ids import new_id
from tideover.messages.keyed import card_token, token_hash
from tideover.mirror.expiring import Ending, charged_after_their_end, told
from tideover.predunning.models import Alert
from tideover.recovery.places import zone
from tideover.tenants.models import Connection, Project

AT_ONCE: Final = 200  # cards of a project in one round


# Where it is switched on, payments are recovered, and names and addresses are kept; and accounts that can take a card.
ALERTING: Final = Q(card_alerts=True, recovery_enabled=True, minimal=False)
TAKING_PART: Final = Q(connection__card_alerts=True, connection__mode=Connection.Mode.ACT)


def plan_all(now: datetime) -> int:
    """Make a row for each card that has none; how many were made."""
    made = 0
    for project in Project.objects.filter(ALERTING).order_by("pk"):
        with alone("alert.not_planned", project=str(project.pk)):
            made += _plan(project, now)
    return made


def _plan(project: Project, now: datetime) -> int:
    until = day_after(now, project.card_alert_days, zone(project.time_zone))
    found = charged_after_their_end(project, now, until).filter(TAKING_PART)
    untold = found.filter(~Exists(alert_of_each()))[:AT_ONCE]
    rows = [*_rows(told(list(untold)), now)]
    Alert.objects.bulk_create(rows, ignore_conflicts=True)  # another worker may have been here
    return len(rows)


def alert_of_each() -> QuerySet[Alert]:
    """Within a question about methods: the alert about each, by what the card is, under whichever id it was saved."""
    same = {name: OuterRef(name) for name in ("connection", "customer_id", "expires_on")}
    card = Coalesce(NullIf(OuterRef("fingerprint"), Value("")), OuterRef("stripe_id"))
    return Alert.objects.filter(**same, card=card)


def _rows(endings: list[Ending], now: datetime) -> Iterator[Alert]:
    for ending in endings:
        method = ending.method
        assert method.expires_on is not None
        first = not_survived(method.expires_on, [plan.renews_at for plan in ending.plans], now)
        plan = next((plan for plan in ending.plans if first and plan.renews_at == first), None)
        if plan is None or first is None:  # it was told otherwise a moment ago
            continue
        alert_id = new_id()
        yield Alert(
            id=alert_id,
            organization_id=method.organization_id,
            connection_id=method.connection_id,
            customer_id=method.customer_id,
            card=method.fingerprint or method.stripe_id,
            method_id=method.stripe_id,
            expires_on=method.expires_on,
            subscription_id=plan.stripe_id,
            renews_at=first,
            planned_at=now,
            try_at=now,
            token_hash=token_hash(card_token(alert_id)),
        )

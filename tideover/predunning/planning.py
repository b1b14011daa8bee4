"""What is to be told of, once for ever: a row for each card that the next payment comes too late for, for each renewal,
for each end of a trial, and for each letter to who has left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf

from tideover.core.ahead.kinds import KINDS, WINBACKS, Ahead
from tideover.core.ahead.law import COUNTRIES, MOST_DAYS
from tideover.core.ahead.predunning import not_survived
from tideover.core.timing import day_after
from tideover.flow.alone import alone
from tideover.ids import new_id
from tideover.messages.keyed import card_token, plan_token, token_hash
from tideover.mirror.expiring import Ending, charged_after_their_end, told
from tideover.mirror.models import Customer, Subscription
from tideover.mirror.renewing import renewing, yearly
from tideover.predunning.leaving import letters
from tideover.predunning.models import Alert
from tideover.recovery.places import zone
from tideover.tenants.models import Connection, Project

AT_ONCE: Final = 200  # cards of a project in one round


# Where payments are recovered, and names and addresses are kept; and accounts that can take a card.
TELLING: Final = Q(recovery_enabled=True, minimal=False)
TAKING_PART: Final = Q(connection__card_alerts=True, connection__mode=Connection.Mode.ACT)


def plan_all(now: datetime) -> int:
    """Make a row for each card, renewal, end of a trial and letter that has none; how many were made."""
    made = 0
    for kind, about in KINDS.items():
        for project in Project.objects.filter(TELLING, **{about.switch: True}).order_by("pk"):
            with alone("alert.not_planned", project=str(project.pk), kind=kind):
                rows = [*FOUND[kind](project, kind, now)]
                Alert.objects.bulk_create(rows, ignore_conflicts=True)  # another worker may have been here
                made += len(rows)
    return made


def _cards(project: Project, _kind: Ahead, now: datetime) -> Iterator[Alert]:
    until = day_after(now, project.card_alert_days, zone(project.time_zone))
    found = charged_after_their_end(project, now, until).filter(TAKING_PART)
    untold = found.filter(~Exists(alert_of_each()))[:AT_ONCE]
    return _rows(told(list(untold)), now)


def _plans(project: Project, kind: Ahead, now: datetime) -> Iterator[Alert]:
    untold = coming(project, kind, now).filter(~Exists(notice_of_each(kind)), Exists(_theirs()))
    if not project.cancel_url:  # Stripe's portal is the way to cancel
        untold = untold.filter(connection__mode=Connection.Mode.ACT)
    for plan in untold[:AT_ONCE]:
        assert plan.renews_at is not None
        alert_id = new_id()
        yield Alert(
            id=alert_id,
            organization_id=plan.organization_id,
            connection_id=plan.connection_id,
            kind=kind,
            customer_id=plan.customer_id,
            subscription_id=plan.stripe_id,
            renews_at=plan.renews_at,
            planned_at=now,
            try_at=now,
            token_hash=token_hash(plan_token(alert_id)),
        )


def coming(project: Project, kind: Ahead, now: datetime) -> QuerySet[Subscription]:
    """What renews or ends its trial soon enough for a notice: of the chosen days, or of a law of where they live."""
    days = getattr(project, KINDS[kind].days)
    soon = Q(renews_at__lte=now + timedelta(days=days + 1))
    if project.renewals_by_law:
        soon |= Q(Exists(_theirs().filter(country__in=COUNTRIES)))
    found = renewing(project, KINDS[kind].status, now, now + timedelta(days=max(days, MOST_DAYS) + 1)).filter(soon)
    is_every = kind != Ahead.RENEWAL or project.renewals_of_every_plan
    return found if is_every else found.filter(yearly())


def _theirs() -> QuerySet[Customer]:
    """Within a question about subscriptions: whose each is."""
    return Customer.objects.filter(connection=OuterRef("connection"), stripe_id=OuterRef("customer_id"))


def notice_of_each(kind: Ahead) -> QuerySet[Alert]:
    """Within a question about subscriptions: the notice about the next payment of each."""
    same = {name: OuterRef(name) for name in ("connection", "renews_at")}
    return Alert.objects.filter(**same, kind=kind, subscription_id=OuterRef("stripe_id"))


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


FOUND: Final[Mapping[Ahead, Callable[[Project, Ahead, datetime], Iterator[Alert]]]] = {
    Ahead.CARD: _cards,
    Ahead.RENEWAL: _plans,
    Ahead.TRIAL: _plans,
    **dict.fromkeys(WINBACKS, letters),
}

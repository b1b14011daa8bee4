"""Who has left, and which of the four letters that ask them back is to be written: by our own rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, OuterRef, QuerySet

from tideover.core.ahead.kinds import KINDS, Ahead
from tideover.core.ahead.predunning import Unneeded
from tideover.core.ahead.winback import LATE, Left, Over, why_unneeded
from tideover.ids import new_id
from tideover.messages.keyed import back_token, token_hash
from tideover.mirror.ended import ended, has_another
from tideover.mirror.models import Customer, Subscription
from tideover.predunning.models import Alert
from tideover.tenants.models import Connection, Project

AT_ONCE: Final = 200  # letters of a kind and a project in one round
A_DAY: Final = timedelta(days=1)  # by which a date may be another where they live


def reasons(project: Project) -> list[Left]:
    """For which somebody may have left who is asked back."""
    return [Left.ASKED, *([Left.UNPAID] if project.winback_unpaid else [])]


def due(project: Project, kind: Ahead, now: datetime) -> QuerySet[Subscription]:
    """What ended so long ago that this letter may be written now or within a day, and not too long ago for it."""
    after = timedelta(days=KINDS[kind].after)
    return ended(project, reasons(project), now - after - timedelta(days=LATE) - A_DAY, now - after + A_DAY)


def letters(project: Project, kind: Ahead, now: datetime) -> Iterator[Alert]:
    """A row for each that has none."""
    same = {"connection": OuterRef("connection"), "subscription_id": OuterRef("stripe_id")}
    written = Alert.objects.filter(**same, kind=kind, renews_at=OuterRef("ended_at"))
    theirs = Customer.objects.filter(
        connection=OuterRef("connection"), stripe_id=OuterRef("customer_id"), erased_at=None, gone=False
    )
    acting = due(project, kind, now).filter(connection__mode=Connection.Mode.ACT)
    for plan in acting.filter(~Exists(written), Exists(theirs))[:AT_ONCE]:
        assert plan.ended_at is not None
        alert_id = new_id()
        yield Alert(
            id=alert_id,
            organization_id=plan.organization_id,
            connection_id=plan.connection_id,
            kind=kind,
            customer_id=plan.customer_id,
            subscription_id=plan.stripe_id,
            renews_at=plan.ended_at,
            planned_at=now,
            try_at=now,
            token_hash=token_hash(back_token(alert_id)),
        )


def why_not(project: Project, customer: Customer, plan: Subscription, ended_at: datetime) -> Unneeded | None:
    """Why they are not asked back after this end."""
    over = Over(plan.status, plan.ended_at, plan.left_for, back=has_another(customer, plan))
    return why_unneeded(over, ended_at, unpaid=project.winback_unpaid)

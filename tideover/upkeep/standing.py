"""How the house stands in figures: what is oldest, what is in doubt, what was given up on. For the page and metrics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Min, Q

from tideover.inbox.models import StripeEvent
from tideover.messages.models import Message
from tideover.recovery.models import Action
from tideover.tenants.ending import of_whom
from tideover.tenants.models import Connection

NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True)
class Standing:
    """Ages are zero where there is nothing to wait for."""

    oldest_due: timedelta  # the longest overdue action that nobody has taken up
    oldest_news: timedelta  # the longest stored event that nobody has read
    unknowns: int  # charges and mails nobody knows the end of
    oldest_unknown: timedelta
    dead_letters: int
    catch_up_lag: timedelta  # since Stripe's list was last read, of the connection that waits longest
    quarantined: int  # connections restored from a backup and not yet held against Stripe
    refused: int  # connections whose calls Stripe refuses, by a dead key most of all


def standing(now: datetime, organization_id: UUID | None = None) -> Standing:
    """Of one organization, or of all merchants."""
    whose = of_whom(organization_id)
    doubts, oldest_doubt = _doubts(whose)
    due = Action.objects.filter(whose, state=Action.State.PLANNED, due_at__lte=now).aggregate(at=Min("due_at"))["at"]
    stored = StripeEvent.objects.filter(whose, state=StripeEvent.State.STORED).aggregate(at=Min("received_at"))["at"]
    active = Connection.objects.filter(whose, state=Connection.State.ACTIVE)
    seen = [seen_to or made_at for seen_to, made_at in active.values_list("events_seen_to", "created_at")]
    return Standing(
        oldest_due=_age(due, now),
        oldest_news=_age(stored, now),
        unknowns=doubts,
        oldest_unknown=_age(oldest_doubt, now),
        dead_letters=_dead(whose),
        catch_up_lag=_age(min(seen, default=None), now),
        quarantined=active.filter(quarantined_at__isnull=False).count(),
        refused=active.filter(lane__refused_at__isnull=False).count(),
    )


def _age(at: datetime | None, now: datetime) -> timedelta:
    return max(now - at, NOTHING) if at else NOTHING


def _dead(whose: Q) -> int:
    actions = Action.objects.filter(whose, state=Action.State.DEAD).count()
    return actions + StripeEvent.objects.filter(whose, state=StripeEvent.State.FAILED).count()


def _doubts(whose: Q) -> tuple[int, datetime | None]:
    """Charges that went out without an answer, and mails handed over without one; and since when."""
    charges = Action.objects.filter(whose, state=Action.State.CLAIMED, started_at__isnull=False)
    mails = Message.objects.filter(whose, state=Message.State.DATA_STARTED)
    since = [
        charges.aggregate(at=Min("started_at"))["at"],
        mails.aggregate(at=Min("data_started_at"))["at"],
    ]
    return charges.count() + mails.count(), min((at for at in since if at), default=None)

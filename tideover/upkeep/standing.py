"""How the house stands in figures: what is oldest, what is in doubt, what was given up on. For the page and metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Coalesce

from tideover.inbox.models import StripeEvent
from tideover.messages.models import Message, StreamPause
from tideover.recovery.models import Action
from tideover.tenants.at_once import Question, at_once, least, number
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
    paused: int  # channels of merchants that are paused, as too much came back


def standing(now: datetime, organization_id: UUID | None = None) -> Standing:
    """Of one organization, or of all merchants."""
    at = at_once(organization_id, _questions(now, of_whom(organization_id)))
    doubts = [since for since in (at["oldest_charge"], at["oldest_mail"]) if since]
    return Standing(
        oldest_due=_age(at["due"], now),
        oldest_news=_age(at["news"], now),
        unknowns=(at["charges"] or 0) + (at["mails"] or 0),
        oldest_unknown=_age(min(doubts, default=None), now),
        dead_letters=(at["dead"] or 0) + (at["failed"] or 0),
        catch_up_lag=_age(at["seen"], now),
        quarantined=at["quarantined"] or 0,
        refused=at["refused"] or 0,
        paused=at["paused"] or 0,
    )


def _questions(now: datetime, whose: Q) -> Mapping[str, Question]:
    actions, events = Action.objects.filter(whose), StripeEvent.objects.filter(whose)
    claimed = actions.filter(state=Action.State.CLAIMED, lease_until__isnull=False)  # whose index SQLite takes then
    charges = claimed.filter(started_at__isnull=False)  # that went out without an answer
    mails = Message.objects.filter(whose, state=Message.State.DATA_STARTED)  # that were handed over without one
    active = Connection.objects.filter(whose, state=Connection.State.ACTIVE)
    return {
        "due": least(actions.filter(state=Action.State.PLANNED, clock=None, due_at__lte=now), "due_at"),
        "news": least(events.filter(state=StripeEvent.State.STORED), "received_at"),
        "charges": number(charges),
        "oldest_charge": least(charges, "started_at"),
        "mails": number(mails),
        "oldest_mail": least(mails, "data_started_at"),
        "dead": number(actions.filter(state=Action.State.DEAD)),
        "failed": number(events.filter(state=StripeEvent.State.FAILED)),
        "seen": least(active.annotate(seen=Coalesce("events_seen_to", "created_at")), "seen"),
        "quarantined": number(active.filter(quarantined_at__isnull=False)),
        "refused": number(active.filter(lane__refused_at__isnull=False)),
        "paused": number(StreamPause.objects.filter(whose, ended_at=None)),
    }


def _age(at: datetime | None, now: datetime) -> timedelta:
    return max(now - at, NOTHING) if at else NOTHING

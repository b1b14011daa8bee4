"""Payments of debts that came back whose payer is with their bank, or went away: asked about until they are over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from tideover.core.steps import CHARGES
from tideover.gateways.payments.beside import Beside
from tideover.gateways.stripe import Stripe
from tideover.recovery.known import lock
from tideover.recovery.models import Action, Collection
from tideover.recovery.one_by_one import Silences, Work, one_by_one
from tideover.recovery.returned import collecting
from tideover.tenants.models import Connection

EVERY: Final = timedelta(minutes=10)
BANK_WAITS_FOR: Final = timedelta(days=1)  # nobody answers their bank later than this


def follow(connection: Connection, stripe: Stripe, now: datetime, *, limit: int = 50) -> int:
    """Ask Stripe about those that nobody has asked about for a while; returns how many are over now.

    What is not under way is dropped: its payer was refused and went away. Who comes again has another one made.
    """
    waiting = Collection.objects.filter(case__connection=connection, closed_at=None, looked_at__lte=now - EVERY)
    work = Work[Collection](
        invoice=lambda row: row.case.invoice_id,
        do=lambda row: _look(row, stripe, now),
        aside=lambda row: Collection.objects.filter(pk=row.pk).update(looked_at=now),
    )
    return one_by_one(waiting.select_related("case").order_by("looked_at")[:limit], work, Silences())


def _look(row: Collection, stripe: Stripe, now: datetime) -> bool:
    """Whether it is over now."""
    case = row.case
    if Action.objects.filter(case=case, do__in=CHARGES, state=Action.State.CLAIMED).exists():
        return False  # it is being tried, or in doubt
    Collection.objects.filter(pk=row.pk).update(looked_at=now)
    live = collecting.look(case, stripe, now)
    for told in live:
        if not _may_still_come(told, row, now):
            collecting.drop(case, told.id, stripe, now)
    if not live:  # it has come, was dropped, or never was
        with transaction.atomic():
            collecting.close(lock(case), row.intent_id, 0, now)
    return not Collection.objects.filter(pk=row.pk, closed_at=None).exists()


def _may_still_come(told: Beside, row: Collection, now: datetime) -> bool:
    """Whether its payer may be answering their bank, and what it is over is owed still."""
    return told.is_under_way and now - row.agreed_at < BANK_WAITS_FOR and row.is_of(collecting.debt_now(row.case, now))

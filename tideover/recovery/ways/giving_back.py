"""Give Stripe back what is held where recovery was turned off: no step is done there any more, so a round does it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from operator import attrgetter

import structlog
from django.db import transaction
from django.db.models import QuerySet

from tideover.flow.alone import alone
from tideover.flow.stripe import never
from tideover.gateways.answers import NotHere, NotNow, NotPossible, Unknown
from tideover.gateways.stripe import Stripe
from tideover.recovery.intake import learn
from tideover.recovery.kinds.hold import note_given_back
from tideover.recovery.known import lock
from tideover.recovery.models import Action, Case
from tideover.recovery.one_by_one import Silences, Work, one_by_one
from tideover.tenants.models import Connection

log = structlog.get_logger("recovery")
AT_ONCE = 100  # of an account in one round
StripeFor = Callable[[Connection], Stripe]


def held_cases() -> QuerySet[Case]:
    """What is held and can be given back: not what is nobody's to collect, or what nobody can name any more."""
    ours = Case.objects.filter(held=True, erased_at=None)
    return ours.exclude(state__in=[Case.State.RECOVERED, Case.State.CHURNED])


def held_though_off() -> QuerySet[Case]:
    """What is held in projects that are off; not what a worker has in hand."""
    return held_cases().filter(project__recovery_enabled=False).exclude(actions__state=Action.State.CLAIMED)


def why_not_observe(connection: Connection) -> str:
    """Why an account in act mode cannot only be observed yet: what we hold, nobody could give back; empty if it can."""
    number = held_cases().filter(connection=connection).count()
    if not number or not connection.may_write:
        return ""
    return (
        f"Stripe does not collect {number} open invoice{'' if number == 1 else 's'}, as Tideover holds them, and in "
        "observe mode nobody could give them back. Turn recovery off first: a worker gives them back within a minute"
    )


def give_back_all(stripe_for: StripeFor, now: datetime, ended: Callable[[], bool] = never) -> int:
    """One round over the accounts we act in; returns how many invoices Stripe has back. No trouble stops the others."""
    concerned = Connection.objects.filter(pk__in=held_though_off().values("connection_id"))
    acting = concerned.filter(state=Connection.State.ACTIVE, mode=Connection.Mode.ACT)
    done = 0
    for connection in acting.select_related("organization", "project").order_by("pk"):
        if ended():
            break
        with alone("giving_back.broke", connection=str(connection.pk)):
            done += _of(connection, stripe_for(connection), now)
    return done


def _of(connection: Connection, stripe: Stripe, now: datetime) -> int:
    done, silences = 0, Silences()
    work = Work[Case](attrgetter("invoice_id"), lambda case: _give_back(case, stripe, now))
    for case in held_though_off().filter(connection=connection).select_related("project").order_by("pk")[:AT_ONCE]:
        try:
            done += one_by_one([case], work, silences)
        except (NotNow, NotHere) as silent:
            log.warning("giving_back.put_off", connection=str(connection.pk), reason=str(silent))
            break
    return done


def _give_back(case: Case, stripe: Stripe, now: datetime) -> bool:
    """Under one key for each time that recovery is turned off, so that an answer that was lost is asked for again.

    What Stripe refuses is not asked for again until a reading tells once more that it is held: it would say the same.
    """
    is_back = True
    if stripe.invoice_status(case.invoice_id) == "open":
        key = f"pr_{case.pk}_{case.project.off_since:%y%m%d%H%M%S%f}_back"
        try:
            stripe.set_auto_advance(case.invoice_id, on=True, key=key)
        except NotPossible as refused:
            log.warning("giving_back.refused", case=case.public_id, reason=str(refused))
            is_back = False
        except Unknown as lost:
            log.warning("giving_back.put_off", case=case.public_id, reason=str(lost))
            return False
    with transaction.atomic():
        mine = lock(case)
        mine.held = False
        learn(mine, [], now)
        if is_back:
            note_given_back(mine)
    return is_back

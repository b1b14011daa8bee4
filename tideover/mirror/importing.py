"""Walk through an account's lists: once through two years of them, and then, every quarter of an hour, what is new.

The place in a list is kept in the transaction that keeps the page before it: whoever is cut off goes on there, and a
page that two have read is taken in once. What changes during a walk is told by events (mirror.hearing).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet

from tideover.flow.alone import alone
from tideover.flow.database_clock import over
from tideover.flow.stripe import never
from tideover.gateways.answers import NotHere, NotNow, Unknown
from tideover.gateways.listed import LISTS, Listed, Page, page_of
from tideover.gateways.stripe import Stripe
from tideover.mirror.models import Mirror
from tideover.mirror.taking import Forgotten, hold, said, take
from tideover.tenants.models import Connection

BACK: Final = timedelta(days=730)
AGAIN_AFTER: Final = timedelta(minutes=15)
OVERLAP: Final = timedelta(hours=1)  # Stripe's lists are a moment behind, and clocks differ
# A page may be older than the moment at which it was asked for, by our clock; an event of that time is heard still.
BEFORE_ASKED: Final = timedelta(minutes=1)
LONGEST_WAIT: Final = timedelta(minutes=10)  # after a refusal
SILENCE: Final = (NotNow, NotHere, Unknown)
PAGES_A_ROUND: Final = 40  # so that the other accounts have their turn
StripeFor = Callable[[Connection], Stripe]

log = structlog.get_logger("mirror")


def connected() -> QuerySet[Connection]:
    """Accounts that can be read."""
    active = Connection.objects.filter(state=Connection.State.ACTIVE, quarantined_at=None)
    return active.select_related("organization", "project")


def due(now: datetime) -> QuerySet[Connection]:
    """Those with something to walk through, who has waited longest first."""
    rested = Q(mirror__walked_at__lte=now - AGAIN_AFTER) | Q(mirror__walked_at__gt=now)
    waiting = Q(mirror__isnull=True) | ~Q(mirror__stage="") | rested
    return connected().filter(waiting, may_ask(now)).order_by("mirror__began_at", "pk")


def may_ask(now: datetime) -> Q:
    """Accounts of which nothing that was refused or not answered is waited for."""
    return Q(mirror__waits_until=None) | over("mirror__waits_until", now, LONGEST_WAIT)


def read_all(stripe_for: StripeFor, forgotten: Forgotten, now: datetime, ended: Callable[[], bool] = never) -> None:
    """One round over all accounts, so many pages of each. One account's trouble holds up no other."""
    for connection in due(now):
        if ended():
            break
        if not due(now).filter(pk=connection.pk).exists():  # another worker was here since this round began
            continue
        told = {"organization": str(connection.organization_id), "connection": str(connection.pk)}
        with structlog.contextvars.bound_contextvars(**told), alone("mirror.broke"):
            read_on(connection, stripe_for, forgotten, now)


def read_on(connection: Connection, stripe_for: StripeFor, forgotten: Forgotten, now: datetime) -> bool:
    """Some pages more of an account; whether that was possible. What stands in the way is told in its row."""
    mirror = begin(connection, now)
    try:
        stripe = stripe_for(connection)
        for _ in range(PAGES_A_ROUND):
            if not read_page(connection, stripe, forgotten, now).stage:
                break
    except SILENCE as silent:
        put_off(mirror, silent, now)
        return False
    return True


def put_off(mirror: Mirror, silent: NotNow | NotHere | Unknown, now: datetime) -> None:
    """Ask nothing more about the account for a while, and tell why."""
    why = silent.why if isinstance(silent, NotNow) else str(silent)
    wait = silent.wait if isinstance(silent, NotNow) else LONGEST_WAIT
    Mirror.objects.filter(pk=mirror.pk).update(trouble=why, waits_until=now + wait)
    log.warning("mirror.put_off", reason=str(silent))


def begin(connection: Connection, now: datetime) -> Mirror:
    """The account's mirror, on its way: a new one from two years back, another from where its last walk began."""
    first = {"organization_id": connection.organization_id, "since": now - BACK, "walk_since": now - BACK}
    mirror, made = Mirror.objects.get_or_create(
        connection=connection, defaults={**first, "began_at": now, "stage": next(iter(Listed))}
    )
    if not made and not mirror.stage:
        anew = {"stage": next(iter(Listed)), "began_at": now, "walk_since": mirror.began_at - OVERLAP}
        Mirror.objects.filter(pk=mirror.pk, stage="").update(**anew, read_to="", read_back_to=None)
        mirror.refresh_from_db()
    return mirror


def read_page(connection: Connection, stripe: Stripe, forgotten: Forgotten, now: datetime) -> Mirror:
    """One page more; how far it is then. Raises Busy, Unreachable or LockedOut: the page is read again then."""
    mirror = Mirror.objects.get(pk=connection.pk)
    if mirror.stage:
        page = page_of(stripe, Listed(mirror.stage), _since(mirror), mirror.read_to)
        _keep(connection, mirror, page, forgotten, now)
        mirror.refresh_from_db()
    return mirror


def _since(mirror: Mirror) -> datetime | None:
    """The first walk goes through all customers and subscriptions: the oldest may be the best."""
    whole = mirror.imported_at is None and not LISTS[Listed(mirror.stage)].bounded
    return None if whole else mirror.walk_since


def _keep(connection: Connection, seen: Mirror, page: Page | None, forgotten: Forgotten, now: datetime) -> None:
    """The page and the place behind it, or neither; nothing where somebody else has kept it meanwhile."""
    for odd in page.odd if page else ():
        log.error("mirror.set_aside", list=seen.stage, reason=odd)
    with transaction.atomic():
        held = hold(connection)
        if (held.stage, held.read_to, held.began_at) != (seen.stage, seen.read_to, seen.began_at):
            return
        if page:
            take(connection, [said(told, now - BEFORE_ASKED) for told in page.told], forgotten)
        _go_on(held, page, now)
        held.save()


def _go_on(mirror: Mirror, page: Page | None, now: datetime) -> None:
    mirror.trouble, mirror.waits_until = "", None
    if page is None:  # what stood at the place is gone: from the list's beginning, as to read twice is harmless
        mirror.read_to, mirror.read_back_to = "", None
        if mirror.imported_at is None:
            mirror.counts = {**mirror.counts, mirror.stage: 0}
        return
    if mirror.imported_at is None:
        mirror.counts = {**mirror.counts, mirror.stage: mirror.counts.get(mirror.stage, 0) + page.read}
    mirror.read_to, mirror.read_back_to = page.last, page.back_to or mirror.read_back_to
    if not page.last:
        _next_list(mirror, now)


def _next_list(mirror: Mirror, now: datetime) -> None:
    stages = [each.value for each in Listed]
    further = stages[stages.index(mirror.stage) + 1 :]
    mirror.stage, mirror.read_to, mirror.read_back_to = (further[0] if further else ""), "", None
    if not further:
        mirror.walked_at = now
        if mirror.imported_at is None:
            mirror.imported_at = now
            log.info("mirror.imported", **mirror.counts)

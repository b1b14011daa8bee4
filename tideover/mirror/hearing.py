"""What Stripe's events tell of an account's things, kept as soon as they come; and what two of them leave in doubt.

An event carries the thing as it was when the event was made, by Stripe's clock in whole seconds. So a late one never
takes the place of newer truth; where two of one second differ, the thing is read again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson
import structlog
from django.db import transaction

from tideover.flow.alone import alone
from tideover.flow.stripe import never
from tideover.gateways.answers import Garbled, NotHere, NotNow
from tideover.gateways.listed import read_one
from tideover.gateways.shape import Odd, inner, made_at
from tideover.gateways.told import told_by
from tideover.inbox.models import StripeEvent
from tideover.mirror.importing import BEFORE_ASKED, StripeFor, connected
from tideover.mirror.models import Mirror
from tideover.mirror.taking import MODELS, Forgotten, Said, Unmirrored, hold, said, take
from tideover.tenants.models import Connection
from tideover.tenants.secrets import Unreadable

SECOND: Final = timedelta(seconds=1)
MOST_AGAIN: Final = 20  # of an account in one round
GONE: Final = ("customer.deleted", "invoice.deleted", "payment_method.detached")

log = structlog.get_logger("mirror")


def hear(events: Iterable[StripeEvent], forgotten: Forgotten) -> None:
    """Keep what the events tell. Whatever is wrong with them here, cases hear of them all the same."""
    by_account: dict[UUID, list[StripeEvent]] = defaultdict(list)
    for event in events:
        by_account[event.connection_id].append(event)
    mirrored = set(Mirror.objects.filter(pk__in=by_account).values_list("pk", flat=True))
    for account in mirrored & by_account.keys():
        mine = by_account[account]
        with alone("mirror.broke", connection=str(account)):
            _keep(mine[0].connection, [each for event in mine for each in _said(event)], forgotten)


def _keep(connection: Connection, told: Sequence[Said], forgotten: Forgotten) -> None:
    if not told:
        return
    with transaction.atomic():
        try:
            hold(connection)
        except Unmirrored:  # it was erased just now
            return
        take(connection, told, forgotten)


def _said(event: StripeEvent) -> Iterator[Said]:
    """What stands in it; nothing where that cannot be read, which is told where cases hear of it."""
    try:
        body: Any = orjson.loads(bytes(event.body))
        yield from _told_in(body)
    except (Odd, Unreadable, orjson.JSONDecodeError):
        return


def _told_in(body: Any) -> Iterator[Said]:  # noqa: ANN401 - whatever stands in JSON
    if not isinstance(body, Mapping):
        return
    data = inner(body, "data")
    thing = inner(data, "object")
    if body.get("type") in GONE:  # as it was: a method that was taken off tells whose it was there alone
        thing = {**thing, **inner(data, "previous_attributes"), "deleted": True}
    at = made_at(body)
    for told in told_by(thing):
        yield said(told, at)


def read_again(stripe_for: StripeFor, forgotten: Forgotten, now: datetime, ended: Callable[[], bool] = never) -> int:
    """Ask Stripe about what two events of one second left in doubt; how many things were read."""
    read = 0
    for connection in connected().filter(mirror__isnull=False):
        if ended():
            break
        with alone("mirror.broke", connection=str(connection.pk)):
            try:
                read += _settle(connection, stripe_for, forgotten, now)
            except (NotNow, NotHere) as silent:
                log.warning("mirror.put_off", reason=str(silent))
    return read


def _settle(connection: Connection, stripe_for: StripeFor, forgotten: Forgotten, now: datetime) -> int:
    read = 0
    for kind, model in MODELS.items():
        rows: Any = model._default_manager.filter(connection=connection, unsure=True).order_by("id")  # noqa: SLF001 - documented
        for row in rows[:MOST_AGAIN]:
            try:
                told = read_one(stripe_for(connection), kind, row.stripe_id)
            except Garbled as odd:
                log.error("mirror.set_aside", list=model.__name__, reason=str(odd))  # noqa: TRY400 - the place says nothing of it
                told = None
            at = max(now - BEFORE_ASKED, row.told_at + SECOND)
            with transaction.atomic():
                hold(connection)
                model._default_manager.filter(pk=row.pk).update(unsure=False)  # noqa: SLF001 - also of what is no more
                take(connection, [said(each, at) for each in told or ()], forgotten)
            read += 1
    return read

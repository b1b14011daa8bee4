"""What Stripe's events tell of an account's things, kept as soon as they come; and what two of them leave in doubt.

An event carries the thing as it was when the event was made, by Stripe's clock in whole seconds. So a late one never
takes the place of newer truth; where two of one second differ, the thing is read again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
import structlog
from django.db import transaction
from django.db.models import Q

from tideover.core.outcomes import Tried
from tideover.flow.alone import alone
from tideover.flow.stripe import never
from tideover.gateways.answers import Garbled
from tideover.gateways.listed import read_one
from tideover.gateways.shape import Odd, id_of, inner, made_at
from tideover.gateways.stripe import Stripe
from tideover.gateways.told import InvoiceTold, Told, told_by
from tideover.inbox.models import StripeEvent
from tideover.mirror.importing import BEFORE_ASKED, SILENCE, StripeFor, connected, may_ask, put_off
from tideover.mirror.models import AnyRow, Method, Mirror, Payment
from tideover.mirror.taking import MODELS, Forgotten, Said, Unmirrored, hold, said, take
from tideover.tenants.models import Connection
from tideover.tenants.secrets import Unreadable

SECOND: Final = timedelta(seconds=1)
MOST_AGAIN: Final = 20  # of an account in one round
RENEWED: Final = "payment_method.automatically_updated"
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
            _keep(mine[0].connection, [_heard(event) for event in mine], forgotten)


class Heard(NamedTuple):
    """What an event tells, or of which charge it only tells that something became of it. renewed: which method was."""

    said: Sequence[Said] = ()
    charge: str = ""
    renewed: str = ""


def _keep(connection: Connection, heard: Sequence[Heard], forgotten: Forgotten) -> None:
    told = [each for one in heard for each in one.said]
    charges = {one.charge for one in heard} - {""}
    if not told and not charges:
        return
    with transaction.atomic():
        try:
            hold(connection)
        except Unmirrored:  # it was erased just now
            return
        take(connection, told, forgotten)
        _doubt(connection, told, charges)
        _renew(connection, heard)


def _doubt(connection: Connection, told: Sequence[Said], charges: Collection[str]) -> None:
    """Of a dispute's or a refund's charge no event carries the charge; nor of a debit that comes through, or back.

    The first are named; the other is in doubt as soon as anything becomes of an invoice of its customer.
    """
    owing = {each.told.customer_id for each in told if isinstance(each.told, InvoiceTold)} - {""}
    concerned = Q(stripe_id__in=charges) | Q(customer_id__in=owing, outcome=Tried.PROCESSING)
    Payment.objects.filter(concerned, connection=connection).update(unsure=True)


def _renew(connection: Connection, heard: Iterable[Heard]) -> None:
    """Keep when the network renewed a card: of what it is now nobody could tell that."""
    for one in heard:
        if one.renewed:
            at = one.said[0].at
            earlier = Q(renewed_at=None) | Q(renewed_at__lt=at)
            Method.objects.filter(earlier, connection=connection, stripe_id=one.renewed).update(renewed_at=at)


def _heard(event: StripeEvent) -> Heard:
    """What stands in it; nothing where that cannot be read, which is told where cases hear of it."""
    try:
        return _heard_in(orjson.loads(bytes(event.body)))
    except (Odd, Unreadable, orjson.JSONDecodeError):
        return Heard()


def _heard_in(body: Any) -> Heard:  # noqa: ANN401 - whatever stands in JSON
    if not isinstance(body, Mapping):
        return Heard()
    data = inner(body, "data")
    thing = inner(data, "object")
    if body.get("type") in GONE:  # as it was: a method that was taken off tells whose it was there alone
        thing = {**thing, **inner(data, "previous_attributes"), "deleted": True}
    at, told = made_at(body), told_by(thing)
    renewed = told[0].stripe_id if told and body.get("type") == RENEWED else ""
    return Heard([said(each, at) for each in told], "" if told else id_of(thing, "charge"), renewed)


def read_again(stripe_for: StripeFor, forgotten: Forgotten, now: datetime, ended: Callable[[], bool] = never) -> int:
    """Ask Stripe about what two events of one second left in doubt; how many things were read."""
    read = 0
    for connection in connected().filter(may_ask(now), pk__in=_in_doubt()).select_related("mirror"):
        if ended():
            break
        with alone("mirror.broke", connection=str(connection.pk)):
            try:
                read += _settle(connection, stripe_for, forgotten, now)
            except SILENCE as silent:
                put_off(connection.mirror, silent, now)
    return read


def _in_doubt() -> set[UUID]:
    """The accounts with something to ask about."""
    doubted: set[UUID] = set()
    for model in MODELS.values():
        rows: Any = model._default_manager.filter(unsure=True)  # noqa: SLF001 - documented
        doubted |= set(rows.values_list("connection_id", flat=True).distinct())
    return doubted


def _settle(connection: Connection, stripe_for: StripeFor, forgotten: Forgotten, now: datetime) -> int:
    read = 0
    for model in MODELS.values():
        rows: Any = model._default_manager.filter(connection=connection, unsure=True).order_by("id")  # noqa: SLF001 - documented
        for row in rows[:MOST_AGAIN]:
            look_again(connection, row, stripe_for(connection), forgotten, now)
            read += 1
    return read


def look_again(connection: Connection, row: AnyRow, stripe: Stripe, forgotten: Forgotten, now: datetime) -> bool:
    """Read at Stripe what a row of the account tells of, and take that in; whether there still is such a thing.

    Raises what a reading raises, and Unmirrored.
    """
    model = type(row)
    try:
        told = read_one(stripe, _KINDS[model], row.stripe_id)
    except Garbled as odd:
        log.error("mirror.set_aside", list=model.__name__, reason=str(odd))  # noqa: TRY400 - the place says nothing of it
        told = None
    at = max(now - BEFORE_ASKED, row.told_at + SECOND)
    with transaction.atomic():
        hold(connection)
        model._default_manager.filter(pk=row.pk).update(unsure=False)  # noqa: SLF001 - also of what is no more
        take(connection, [said(each, at) for each in told or ()], forgotten)
    return told is not None


_KINDS: Final[Mapping[type[AnyRow], type[Told]]] = {model: kind for kind, model in MODELS.items()}

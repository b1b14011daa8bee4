"""Take in what was told of an account: newer takes the place of older, whatever comes first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import transaction

from tideover.gateways.told import CustomerTold, InvoiceTold, MethodTold, PaymentTold, SubscriptionTold, Told
from tideover.mirror.models import AnyRow, Customer, Method, Mirror, MirrorInvoice, Payment, Subscription
from tideover.tenants.models import Connection

MODELS: Final[Mapping[type[Told], type[AnyRow]]] = {
    CustomerTold: Customer,
    SubscriptionTold: Subscription,
    InvoiceTold: MirrorInvoice,
    PaymentTold: Payment,
    MethodTold: Method,
}
# Whichever of these words stand for somebody who was erased: passed in, as that is known above this room.
Forgotten = Callable[[UUID, Collection[str]], Collection[str]]
UNKEPT: Final = frozenset({"intents", "as_of"})  # of what is told what no row has
NAMES: Final = {"name": "", "email": "", "readers": ""}  # what of a customer a project keeps that keeps names


class Said(NamedTuple):
    """Something that was so at Stripe at this moment."""

    told: Told
    at: datetime


def said(told: Told, at: datetime) -> Said:
    """It was told of at this moment, and may be older than that."""
    return Said(told, min(at, told.as_of) if isinstance(told, MethodTold) and told.as_of else at)


class Unmirrored(Exception):  # noqa: N818 - it names the state of the account
    """The account has no mirror: nothing of it is kept."""


def take(connection: Connection, said: Sequence[Said], forgotten: Forgotten) -> None:
    """Make it so, in a transaction that holds the account's mirror. Of who was erased nothing is kept."""
    allowed = _without(forgotten(connection.organization_id, _names(said)), said)
    by_kind: dict[type[Told], list[Said]] = defaultdict(list)
    for each in allowed:
        by_kind[type(each.told)].append(each)
    for kind, mine in by_kind.items():
        _write(connection, kind, mine)
    _join(connection, [each.told for each in allowed])


def hold(connection: Connection) -> Mirror:
    """The account's mirror, until the transaction is over. Raises Unmirrored."""
    assert transaction.get_connection().in_atomic_block, "the mirror is held within a transaction"
    held = Mirror.objects.select_for_update().filter(pk=connection.pk).first()
    if held is None:
        raise Unmirrored
    return held


def _names(said: Iterable[Said]) -> set[str]:
    return {name for each in said for name in _named_by(each.told)}


def _named_by(told: Told) -> set[str]:
    if isinstance(told, CustomerTold):
        return {name for name in (told.stripe_id, told.email) if name}
    return {told.customer_id} - {""}


def _without(gone: Collection[str], said: Sequence[Said]) -> Sequence[Said]:
    return [each for each in said if _named_by(each.told).isdisjoint(gone)] if gone else said


def _write(connection: Connection, kind: type[Told], said: Iterable[Said]) -> None:
    newest, model = _newest(said), MODELS[kind]
    manager: Any = model._default_manager  # noqa: SLF001 - documented
    rows = {row.stripe_id: row for row in manager.filter(connection=connection, stripe_id__in=newest)}
    fresh, changed = [], []
    for key, (each, unsure) in newest.items():
        values = _values(connection, each.told)
        row = rows.get(key)
        if row is None:
            fresh.append(_new(connection, model, values, each.at, unsure=unsure))
        elif _is_changed(row, values, each, unsure=unsure):
            changed.append(row)
    manager.bulk_create(fresh)
    if changed:
        manager.bulk_update(changed, [*_columns(kind), "told_at", "unsure"])


def _newest(said: Iterable[Said]) -> dict[str, tuple[Said, bool]]:
    """Of each thing what was told of it last; and whether that was told in two ways in one second."""
    newest: dict[str, tuple[Said, bool]] = {}
    for each in said:
        known = newest.get(each.told.stripe_id)
        if known is None or each.at > known[0].at:
            newest[each.told.stripe_id] = (each, False)
        elif each.at == known[0].at and each.told != known[0].told:
            later = max(each, known[0], key=lambda said: _how_far(said.told))
            newest[each.told.stripe_id] = (later, _how_far(each.told) == _how_far(known[0].told))
    return newest


ONWARD: Final = ("draft", "open", "uncollectible", "void", "paid", "deleted")


def _how_far(told: Any) -> tuple[int, int]:  # noqa: ANN401 - a row, or what is told
    """An invoice goes one way: of two of one second the one that is further came later. Of all else nothing tells."""
    if not isinstance(told, InvoiceTold | MirrorInvoice) or told.status not in ONWARD:
        return (0, 0)
    return (ONWARD.index(told.status), told.tries)


def _values(connection: Connection, told: Told) -> dict[str, Any]:
    """As a row has it. Where a method is nobody's any more and whose it was is not told, that stays."""
    values = {field.name: getattr(told, field.name) for field in fields(told)}
    for name in UNKEPT & values.keys():
        del values[name]
    if isinstance(told, CustomerTold) and connection.project.minimal:
        values |= NAMES
    if isinstance(told, MethodTold) and not told.customer_id:
        values.pop("customer_id")
    if values.get("made_at", told) is None:
        values.pop("made_at")
    return values


def _new(
    connection: Connection, model: type[AnyRow], values: Mapping[str, Any], at: datetime, *, unsure: bool
) -> AnyRow:
    whose = {"project_id": connection.project_id} if model is Customer else {}
    ours = {"organization_id": connection.organization_id, "connection": connection, "told_at": at, "unsure": unsure}
    return model(**ours, **whose, **values)


def _is_changed(row: Any, values: Mapping[str, Any], said: Said, *, unsure: bool) -> bool:  # noqa: ANN401 - of any of the tables
    """Whether the row takes it, as it was so later than what it holds.

    Of two in one second that differ nobody may know which came last: then Stripe is asked again.
    """
    if said.at < row.told_at:
        return False
    if said.at == row.told_at:
        if all(_as_kept(row, name, value) == getattr(row, name) for name, value in values.items()):
            return False
        further, there = _how_far(said.told), _how_far(row)
        if further <= there:
            row.unsure = row.unsure or further == there
            return further == there
    for name, value in values.items():
        setattr(row, name, value)
    row.told_at, row.unsure = said.at, unsure
    return True


def _as_kept(row: Any, name: str, value: Any) -> Any:  # noqa: ANN401 - of any column
    """The value as its column gives it back: words that are too long are cut there."""
    return row._meta.get_field(name).get_prep_value(value)  # noqa: SLF001 - documented


def _columns(kind: type[Told]) -> list[str]:
    return [field.name for field in fields(kind) if field.name not in UNKEPT | {"stripe_id"}]


def _join(connection: Connection, told: Sequence[Told]) -> None:
    """Payments learn of which invoice they are: from it, or from another try of the same intent."""
    by_invoice = {intent: each.stripe_id for each in told if isinstance(each, InvoiceTold) for intent in each.intents}
    intents = {each.intent_id for each in told if isinstance(each, PaymentTold) and each.intent_id}
    tries = list(Payment.objects.filter(connection=connection, intent_id__in=intents | by_invoice.keys()))
    known = {each.intent_id: each.invoice_id for each in tries if each.invoice_id} | by_invoice
    changed = [each for each in tries if known.get(each.intent_id, "") != each.invoice_id]
    for each in changed:
        each.invoice_id = known[each.intent_id]
    Payment.objects.bulk_update(changed, ["invoice_id"])

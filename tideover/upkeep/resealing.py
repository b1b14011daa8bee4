"""What is sealed becomes an envelope under the newest key: after the envelopes came, and after each new key.

A row whose content changes meanwhile is left to whoever changed it. What does not open is left as it is, and counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.apps import apps
from django.db import models

from tideover.flow.stripe import never
from tideover.tenants import envelopes
from tideover.tenants.models import OlderSeals
from tideover.tenants.secrets import Sealed, SealedField, Unreadable, Way, way
from tideover.upkeep.models import Walk

TOGETHER: Final = 200
MOST_BATCHES: Final = 200  # of one table in one run of upkeep


@dataclass(frozen=True, slots=True)
class Resealed:
    """What came of a walk. closed: what no configured key opens."""

    anew: int = 0
    closed: int = 0

    def __add__(self, other: Resealed) -> Resealed:
        return Resealed(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


def sealed_columns() -> Iterator[tuple[type[models.Model], list[SealedField[Any]]]]:
    """Every table that seals something, and what of it."""
    for model in apps.get_models():
        columns = [field for field in model._meta.concrete_fields if isinstance(field, SealedField)]  # noqa: SLF001
        if columns:
            yield model, columns


def go_on(now: datetime, ended: Callable[[], bool] = never) -> Resealed:
    """Upkeep's part: a few batches of each table that was not looked through under this key."""
    if way() == Way.OLDER:
        return Resealed()
    done = Resealed()
    for model, columns in sealed_columns():
        walk, _ = Walk.objects.get_or_create(name=f"{model._meta.db_table} {envelopes.newest_key().hex()}")  # noqa: SLF001
        if walk.ended_at is None:
            done += _walk(model, columns, walk, now, ended)
    return done


def reseal_all(now: datetime, *, no_older_runs: bool = False) -> Resealed:
    """Everything, from the first row to the last. Once all of it opens, nothing but envelopes is taken any more.

    no_older_runs: somebody says that no process of a version before the envelopes runs, and none will again.
    """
    if no_older_runs:
        OlderSeals.objects.filter(envelopes_since=None).update(envelopes_since=now)
    done = sum((_all(model, columns) for model, columns in sealed_columns()), Resealed())
    if no_older_runs and not done.closed:
        OlderSeals.objects.all().delete()
    return done


def _all(model: type[models.Model], columns: list[SealedField[Any]]) -> Resealed:
    past, done = None, Resealed()
    while batch := _after(model, columns, past):
        done += _reseal(model, columns, batch)
        past = max(batch)
    return done


def _walk(
    model: type[models.Model], columns: list[SealedField[Any]], walk: Walk, now: datetime, ended: Callable[[], bool]
) -> Resealed:
    done = Resealed()
    for _ in range(MOST_BATCHES):
        if ended():
            break
        batch = _after(model, columns, walk.past)
        done += _reseal(model, columns, batch)
        walk.past, walk.ended_at = (max(batch), None) if batch else (None, now)
        walk.save()
        if not batch:
            break
    return done


Batch = Mapping[UUID, Mapping[str, object]]  # of each row, how the content of its sealed columns begins


def _after(model: type[models.Model], columns: list[SealedField[Any]], past: UUID | None) -> Batch:
    """The next rows by id."""
    rows = model._default_manager.order_by("pk")  # noqa: SLF001 - Django's documented API
    further = rows.filter(pk__gt=past) if past else rows
    heads = {f"head_{field.attname}": _head_of(field) for field in columns}
    found = further.annotate(**heads).values_list("pk", *heads)[:TOGETHER]
    return {pk: dict(zip((field.attname for field in columns), begins, strict=True)) for pk, *begins in found}


def _head_of(field: SealedField[Any]) -> models.Func:
    """As much of a content as tells its key: what is long is not read for that."""
    length = len(_newest(field))
    kind: models.Field[Any, Any] = models.TextField() if isinstance(field, models.TextField) else models.BinaryField()
    return models.Func(
        models.F(field.attname), models.Value(1), models.Value(length), function="substr", output_field=kind
    )


def _newest(field: SealedField[Any]) -> str | bytes:
    """How an envelope under the newest key begins in this column."""
    key_id = envelopes.newest_key()
    return envelopes.text_head(key_id) if isinstance(field, models.TextField) else envelopes.MARK + key_id


def _reseal(model: type[models.Model], columns: list[SealedField[Any]], batch: Batch) -> Resealed:
    done = Resealed()
    for field in columns:
        newest = _newest(field)
        older = [pk for pk, heads in batch.items() if (head := _plain(heads[field.attname])) and head != newest]
        for row in model._default_manager.only(field.attname, field.owner).filter(pk__in=older):  # noqa: SLF001
            done += _one(model, field, row)
    return done


def _plain(head: Any) -> str | bytes:  # noqa: ANN401 - what a driver gives for text or bytes
    return bytes(head) if isinstance(head, memoryview) else head


def _one(model: type[models.Model], field: SealedField[Any], row: models.Model) -> Resealed:
    kept = row.__dict__[field.attname]
    if not isinstance(kept, Sealed):  # emptied meanwhile
        return Resealed()
    try:
        value = getattr(row, field.attname)
    except Unreadable:
        return Resealed(closed=1)
    unchanged = model._default_manager.filter(pk=row.pk, **{field.attname: kept})  # noqa: SLF001
    return Resealed(anew=unchanged.update(**{field.attname: field.sealed(getattr(row, field.owner), value)}))

"""The whole house into another database: SQLite to PostgreSQL or back, row by row, proven by a hash of every table."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import dj_database_url
from django.apps import apps
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from django.db.utils import ConnectionHandler

from tideover.config import is_a_database

TARGET = "copy"
AT_ONCE = 500


class CannotCopy(Exception):  # noqa: N818 - says what was not possible
    """Nothing was copied; `str()` says why."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table on both sides: its rows and the hash over all of them."""

    name: str
    rows: int
    here: str
    there: str

    @property
    def equal(self) -> bool:
        return self.here == self.there


def copy_to(url: str) -> list[Table]:
    """Copy every row into the empty database at `url` and compare. Raises CannotCopy; the source is only read.

    One transaction on each side: the source stands still for it, and a target that differs keeps nothing.
    """
    _open(url)
    try:
        call_command("migrate", database=TARGET, verbosity=0, interactive=False)
        _must_be_empty()
        with transaction.atomic(), transaction.atomic(using=TARGET):
            for model in tables():
                _copy(model)
            compared = [_compared(model) for model in tables()]
            if not all(table.equal for table in compared):
                transaction.set_rollback(True, using=TARGET)
        return compared
    finally:
        _close()


def _open(url: str) -> None:
    if not is_a_database(url):
        raise CannotCopy("this is no address of a database such as postgres://user@host:5432/name")
    settings = dj_database_url.parse(url)
    handler: ConnectionHandler = connections
    there = handler.configure_settings({DEFAULT_DB_ALIAS: {}, TARGET: dict(settings)})[TARGET]
    here = connections[DEFAULT_DB_ALIAS].settings_dict
    if (there["ENGINE"], there["NAME"], there["HOST"]) == (here["ENGINE"], str(here["NAME"]), here["HOST"]):
        raise CannotCopy("this is the database in use")
    connections.databases[TARGET] = there


def _close() -> None:
    if TARGET in connections.databases:
        connections[TARGET].close()
        del connections[TARGET]
        del connections.databases[TARGET]


def tables() -> list[type[models.Model]]:
    """Every table of ours, those that others refer to first. Sessions stay behind: people sign in again."""
    waiting = [
        model
        for model in apps.get_models(include_auto_created=True)
        if model.__module__.startswith("tideover.") and model._meta.managed and not model._meta.proxy  # noqa: SLF001
    ]
    ordered: list[type[models.Model]] = []
    while waiting:
        ready = [model for model in waiting if not (_refers_to(model) - {model}) & set(waiting)]
        ordered += ready
        waiting = [model for model in waiting if model not in ready]
    return ordered


def _columns(model: type[models.Model]) -> list[models.Field[object, object]]:
    return list(model._meta.concrete_fields)  # noqa: SLF001 - Django's documented Model._meta API


def _refers_to(model: type[models.Model]) -> set[object]:
    return {column.related_model for column in _columns(model) if column.related_model}


def _must_be_empty() -> None:
    full = [model.__name__ for model in tables() if model._default_manager.using(TARGET).exists()]  # noqa: SLF001
    if full:
        raise CannotCopy(f"the target is not empty: it has rows of {', '.join(full)}")


def _copy(model: type[models.Model]) -> None:
    there = model._default_manager.using(TARGET)  # noqa: SLF001
    batch: list[models.Model] = []
    for row in model._default_manager.using(DEFAULT_DB_ALIAS).order_by("pk").iterator(AT_ONCE):  # noqa: SLF001
        batch.append(row)
        if len(batch) == AT_ONCE:
            there.bulk_create(batch)
            batch = []
    there.bulk_create(batch)


def _compared(model: type[models.Model]) -> Table:
    rows, here = _digest(model, DEFAULT_DB_ALIAS)
    _, there = _digest(model, TARGET)
    return Table(model._meta.db_table, rows, here, there)  # noqa: SLF001


def _digest(model: type[models.Model], alias: str) -> tuple[int, str]:
    """How many rows, and one hash over the hashes of all, whatever order a database sorts its keys in."""
    rows = sorted(_row_hashes(model, alias))
    return len(rows), hashlib.sha256("".join(rows).encode()).hexdigest()


def _row_hashes(model: type[models.Model], alias: str) -> Iterator[str]:
    names = [column.attname for column in _columns(model)]
    for values in model._default_manager.using(alias).values_list(*names).iterator(AT_ONCE):  # noqa: SLF001
        yield hashlib.sha256("\x1f".join(_canonical(value) for value in values).encode()).hexdigest()


def _canonical(value: object) -> str:
    """A value as text that is the same on every database; kinds that would look alike are told apart."""
    match value:
        case datetime():
            return f"t:{value.astimezone(UTC).isoformat()}"
        case bytes() | memoryview():
            return f"b:{bytes(value).hex()}"
        case dict() | list():
            return f"j:{json.dumps(value, sort_keys=True)}"
        case UUID() | Decimal() | date():
            return f"x:{value}"
        case _:
            return f"{type(value).__name__[0]}:{value!r}"

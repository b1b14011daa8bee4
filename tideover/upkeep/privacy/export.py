"""Everything of an organization in one archive: each table as CSV and as JSON, written while it is read.

Nothing of it rests anywhere here: the archive goes to whoever asked for it, part by part, however large it is. Keys,
and addresses that open something, are never in it.
"""

from __future__ import annotations

import base64
import csv
import io
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile

import orjson
from django.apps import apps
from django.db import connection, models, transaction

from tideover.cells import guarded
from tideover.recovery.models import Case
from tideover.redaction import without_tokens
from tideover.tenants.models import Organization, User
from tideover.tenants.secrets import SecretField, Unreadable
from tideover.upkeep.privacy.tables import TABLES, Table

AT_ONCE: Final = 500
Row = dict[str, Any]


class _Taken(io.RawIOBase):
    """A file whose content is taken away as it is written."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def write(self, part: Any) -> int:  # noqa: ANN401 - whatever has bytes
        self._parts.append(bytes(part))
        return len(part)

    def take(self) -> bytes:
        taken, self._parts = b"".join(self._parts), []
        return taken


@dataclass(slots=True)
class Contents:
    """What went into an archive: rows by table, and of the cases the sums by currency, in minor units."""

    rows: dict[str, int] = field(default_factory=dict)
    sums: dict[str, dict[str, int]] = field(default_factory=dict)

    def add(self, case: Row) -> None:
        """One more case."""
        sums = self.sums.setdefault(case["currency"], defaultdict(int))
        sums["cases"] += 1
        for amount in ("amount_due", "amount_recovered", "amount_returned"):
            sums[amount] += case[amount]


def archive(organization: Organization, now: datetime, contents: Contents | None = None) -> Iterator[bytes]:
    """The archive, part by part. `contents` tells afterwards what is in it, as `about.json` does."""
    sink, inside = _Taken(), contents or Contents()
    with _standing_still(), ZipFile(sink, "w", ZIP_DEFLATED) as file:
        for model in exported():
            for _ in _written(file, model, organization, inside):
                yield sink.take()
        file.writestr("about.json", orjson.dumps(_about(organization, inside, now), option=orjson.OPT_INDENT_2))
    yield sink.take()


def write_archive(organization: Organization, file: Path, now: datetime) -> Contents:
    """The same as a file that only its owner can read, there once it is whole."""
    contents, partial = Contents(), file.with_name(f".{file.name}.partial")
    try:
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        with partial.open("wb") as opened:
            opened.writelines(archive(organization, now, contents))
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
    return contents


@contextmanager
def _snapshot() -> Iterator[None]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _standing_still() -> AbstractContextManager[None]:
    """All of it as it was at one moment, where that holds up nobody. SQLite would let nobody write meanwhile."""
    may = connection.vendor == "postgresql" and not connection.in_atomic_block
    return _snapshot() if may else nullcontext()


def exported() -> Sequence[type[models.Model]]:
    """The tables of an archive."""
    return [apps.get_model(label) for label, table in TABLES.items() if not table.not_exported]


def columns_of(model: type[models.Model], table: Table) -> list[str]:
    """What an archive tells of each row."""
    hidden = set(table.hidden.split())
    fields = model._meta.concrete_fields  # noqa: SLF001 - documented
    return [each.attname for each in fields if each.name not in hidden and not isinstance(each, SecretField)]


def _rows(model: type[models.Model], organization: Organization) -> Iterator[Row]:
    columns = columns_of(model, TABLES[model._meta.label])  # noqa: SLF001 - documented
    rows = model._default_manager.order_by("pk")  # noqa: SLF001 - documented
    if model is Organization:
        rows = rows.filter(pk=organization.pk)
    elif model is User:
        rows = rows.filter(memberships__organization=organization)
    else:
        rows = rows.filter(organization=organization)
    for row in rows.only(*columns).iterator(AT_ONCE):  # whole rows: a sealed column is opened where it is read
        yield {column: _shown(_read(row, column)) for column in columns}


def _read(row: models.Model, column: str) -> Any:  # noqa: ANN401 - of any column
    """What the column holds; what its key no longer opens must not keep all else from its owner."""
    try:
        return getattr(row, column)
    except Unreadable as closed:
        return f"({closed})"


def _shown(value: Any) -> Any:  # noqa: ANN401 - of any column
    """The value without what opens something, as JSON takes it."""
    match value:
        case str():
            return without_tokens(value)
        case bytes() | memoryview():
            return _text(bytes(value))
        case dict():
            return {key: _shown(held) for key, held in value.items()}
        case list():
            return [_shown(held) for held in value]
        case _:
            return value


def _text(content: bytes) -> str:
    """What Stripe sent is text; a picture is written in base64."""
    try:
        return without_tokens(content.decode())
    except UnicodeDecodeError:
        return base64.b64encode(content).decode()


def _written(file: ZipFile, model: type[models.Model], organization: Organization, inside: Contents) -> Iterator[None]:
    """Each table twice: its rows are read twice rather than held. Yields now and then."""
    name = model._meta.db_table  # noqa: SLF001 - documented
    inside.rows[name] = 0
    with file.open(f"json/{name}.json", "w", force_zip64=True) as out:
        out.write(b"[")
        for row in _rows(model, organization):
            out.write((b",\n" if inside.rows[name] else b"\n") + orjson.dumps(row, option=orjson.OPT_UTC_Z))
            inside.rows[name] += 1
            if model is Case:
                inside.add(row)
            if inside.rows[name] % AT_ONCE == 0:
                yield
        out.write(b"\n]\n")
    with file.open(f"csv/{name}.csv", "w", force_zip64=True) as out:
        yield from _as_csv(out, model, organization)
    yield


def _as_csv(out: Any, model: type[models.Model], organization: Organization) -> Iterator[None]:  # noqa: ANN401 - a part of the archive
    lines = io.TextIOWrapper(out, "utf-8-sig", newline="", write_through=True)
    writer = csv.writer(lines, quoting=csv.QUOTE_ALL)
    writer.writerow(columns_of(model, TABLES[model._meta.label]))  # noqa: SLF001 - documented
    for number, row in enumerate(_rows(model, organization), 1):
        writer.writerow([_cell(value) for value in row.values()])
        if number % AT_ONCE == 0:
            yield
    lines.flush()
    lines.detach()


def _cell(value: Any) -> str:  # noqa: ANN401 - of any column
    match value:
        case None:
            return ""
        case bool() | int():
            return str(value).lower()
        case str():
            return guarded(value)
        case _:
            told = orjson.dumps(value, option=orjson.OPT_UTC_Z).decode()
            return guarded(told.strip('"') if told.startswith('"') else told)


def _about(organization: Organization, inside: Contents, now: datetime) -> Row:
    return {
        "organization": organization.name,
        "slug": organization.slug,
        "exported_at": now,
        "rows": inside.rows,
        "totals": inside.sums,
        "amounts": "in minor units of their currency",
        "left_out": {label: table.hidden.split() for label, table in TABLES.items() if table.hidden},
    }

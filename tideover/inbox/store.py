"""Events into their table: each once, many in one commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final, NamedTuple, TypeVar
from uuid import UUID

import structlog
from django.db import DataError, Error, IntegrityError, InterfaceError, OperationalError, connection
from django.db.models import Field

from tideover.failpoints import failpoint
from tideover.inbox.models import StripeEvent
from tideover.tenants.secrets import sealed_field

TABLE = StripeEvent._meta  # noqa: SLF001 - Django's documented way to a model's columns
BODY: Final = sealed_field(StripeEvent, "body")
log = structlog.get_logger("webhook")
Result = TypeVar("Result")


class Row(NamedTuple):
    """A StripeEvent to be stored, as plain values: building the model itself costs more than storing it."""

    id: UUID
    organization_id: UUID
    connection_id: UUID
    event_id: str
    type: str
    object_id: str
    happened_at: datetime
    received_at: datetime
    body: bytes
    state: str
    tries: int
    try_at: datetime
    reason: str
    handled_at: datetime | None


def steady(work: Callable[[], Result]) -> Result:
    """Do `work` in this thread; once more where the database had hung up on us. `work` may thus happen twice."""
    if connection.in_atomic_block:
        return work()
    connection.close_if_unusable_or_obsolete()
    was_open = connection.connection is not None
    try:
        return work()
    except (OperationalError, InterfaceError):
        # SQLite never hangs up: there it is busy or full. A server's connection may look well right after it was cut.
        if not was_open or connection.vendor == "sqlite":
            raise
        connection.close()
        return work()


def store(rows: Sequence[Row]) -> Sequence[bool | Exception]:
    """One commit for all of `rows`; what the table has already stays as it is. True for each that is in it now.

    Raises django.db.Error where the database cannot take them: then none of them counts as stored.
    """
    try:
        steady(lambda: _insert(rows))
    except (DataError, IntegrityError) as refused:
        return [refused] if len(rows) == 1 else [_alone(row) for row in rows]
    except Error as away:
        log.warning("webhook.not_stored", events=len(rows), reason=str(away)[:200])
        raise
    return [True] * len(rows)


def _alone(row: Row) -> bool | Exception:
    """A row that the database refuses (its merchant was deleted this instant) must not take others with it."""
    return store([row])[0]


def _insert(rows: Sequence[Row]) -> None:
    """One statement, which is a transaction of its own: each further step to the database waits for the interpreter."""
    sealed = [row._replace(body=_body(row)) for row in rows]
    failpoint("webhook.before_insert")
    if connection.vendor == "postgresql":
        _insert_arrays(sealed)
    else:
        _insert_values(sealed)
    failpoint("webhook.after_commit")


def _body(row: Row) -> bytes:
    """As the column keeps it."""
    content = BODY.sealed(row.id, row.body).content
    assert isinstance(content, bytes)
    return content


@cache
def _fields() -> list[Field[Any, Any]]:
    by_name = {field.attname: field for field in TABLE.concrete_fields}
    return [by_name[name] for name in Row._fields]


@cache
def _insert_into() -> str:
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in _fields())
    return f"INSERT INTO {quote(TABLE.db_table)} ({columns})"


def _insert_values(rows: Sequence[Row]) -> None:
    one = f"({', '.join(['%s'] * len(Row._fields))})"
    values = [_plain(value) for row in rows for value in row]
    with connection.cursor() as cursor:
        cursor.execute(f"{_insert_into()} VALUES {', '.join([one] * len(rows))} ON CONFLICT DO NOTHING", values)


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    """As SQLite keeps it under Django, whose own way there takes twice as long."""
    if isinstance(value, datetime):
        return str(value.astimezone(UTC).replace(tzinfo=None))
    return value.hex if isinstance(value, UUID) else value


def _insert_arrays(rows: Sequence[Row]) -> None:
    """A column is one binary array: a third of the work of binding each value, one statement for any number of rows."""
    from psycopg import Cursor  # noqa: PLC0415 - there only where PostgreSQL is used

    arrays = ", ".join(f"%b::{field.db_type(connection)}[]" for field in _fields())
    connection.ensure_connection()
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        cursor.execute(
            f"{_insert_into()} SELECT * FROM unnest({arrays}) ON CONFLICT DO NOTHING",  # noqa: S608 - the model's names
            [list(column) for column in zip(*rows, strict=True)],
        )

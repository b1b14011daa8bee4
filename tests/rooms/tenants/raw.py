"""What stands in a column of the database, past the models."""

from __future__ import annotations

from django.db import connection
from django.db.models import Model


def raw(row: Model, column: str) -> str | bytes:
    """The content of a row's column."""
    table, key = row._meta.db_table, row._meta.pk
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {column} FROM {table} WHERE {key.column} = %s",  # noqa: S608
            [key.get_db_prep_value(row.pk, connection)],
        )
        value = cursor.fetchone()[0]
    return bytes(value) if isinstance(value, memoryview) else value


def put_raw(row: Model, column: str, content: str | bytes) -> None:
    """Write it there."""
    table, key = row._meta.db_table, row._meta.pk
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {column} = %s WHERE {key.column} = %s",  # noqa: S608
            [content, key.get_db_prep_value(row.pk, connection)],
        )

"""The migrations as they came, one after the other, as if nothing stood for many of them; and what a database has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader


class AsTheyCame(MigrationLoader):
    """Knows none that stands for others."""

    def load_disk(self) -> None:
        super().load_disk()
        self.disk_migrations = {key: each for key, each in self.disk_migrations.items() if not each.replaces}


def one_by_one() -> MigrationExecutor:
    """What takes the database through them."""
    executor = MigrationExecutor(connection)
    executor.loader = AsTheyCame(connection)
    return executor


def shape() -> Mapping[str, Any]:
    """Each table: its columns by name, and what holds for them."""
    look = connection.introspection
    with connection.cursor() as cursor:
        return {
            table: {
                "columns": {row.name: _column(row) for row in look.get_table_description(cursor, table)},
                "rules": sorted(map(_rule, *zip(*look.get_constraints(cursor, table).items(), strict=True))),
            }
            for table in look.table_names(cursor)
        }


def _column(row: Any) -> tuple[object, ...]:
    """SQLite holds nobody to a length, and PostgreSQL writes a default with its type or without."""
    if connection.vendor == "sqlite":
        return str(row.type_code).partition("(")[0], row.null_ok, str(row.default)
    return row.type_code, row.display_size, row.internal_size, row.null_ok, str(row.default).partition("::")[0]


def _rule(name: str, rule: Mapping[str, Any]) -> str:
    """SQLite numbers what has no name."""
    named = "" if name.startswith(("__unnamed", "fk_")) else name
    return f"{named} {sorted((word, told) for word, told in rule.items() if told)}"

"""Older code runs on a newer database: what is added is empty or has a default there, what is taken away says so."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations import AddField, Migration
from django.db.migrations.operations import (
    DeleteModel,
    RemoveField,
    RenameField,
    RenameModel,
    SeparateDatabaseAndState,
)
from django.db.migrations.operations.base import Operation
from django.db.models import NOT_PROVIDED, Model

from tests.architecture.steps import AsTheyCame, one_by_one
from tests.architecture.test_migrations_with_data import fill
from tideover.upkeep.schema import BREAKS_OLDER_CODE

TAKES_AWAY = (DeleteModel, RemoveField, RenameField, RenameModel)
# Older than the rule; what they lack came with 0004 and 0008.
BEFORE_THE_RULE = {"messages.0002_seals", "recovery.0004_seals", "tenants.0004_clock_skew"}


def ours() -> dict[str, Migration]:
    rooms = {config.label for config in apps.get_app_configs() if config.name.startswith("tideover.")}
    found = AsTheyCame(None).disk_migrations.items()
    return {f"{room}.{name}": migration for (room, name), migration in found if room in rooms}


def in_the_database(migration: Migration) -> list[Operation]:
    """What changes the database, and not only what the models are believed to be."""
    apart = [each for each in migration.operations if isinstance(each, SeparateDatabaseAndState)]
    return [each for each in migration.operations if each not in apart] + [
        inner for each in apart for inner in each.database_operations
    ]


def lacks_a_default(each: Operation) -> bool:
    if not isinstance(each, AddField) or each.field.many_to_many:
        return False
    return not each.field.null and each.field.db_default is NOT_PROVIDED


def told(name: str) -> Migration:
    return ours()[name]


@pytest.mark.parametrize("name", sorted(set(ours()) - BEFORE_THE_RULE))
def test_a_column_that_is_added_is_empty_or_has_a_default_in_the_database(name):
    migration = told(name)
    if not name.endswith("0001_initial"):
        assert [each.name for each in in_the_database(migration) if lacks_a_default(each)] == []


@pytest.mark.parametrize("name", sorted(set(ours()) - BEFORE_THE_RULE))
def test_what_takes_something_away_comes_in_a_second_step_whose_name_says_so(name):
    takes_away = [each for each in in_the_database(told(name)) if isinstance(each, TAKES_AWAY)]
    assert not takes_away or name.endswith(BREAKS_OLDER_CODE)


@pytest.mark.django_db
@pytest.mark.parametrize("room", ["inbox", "messages", "recovery", "tenants"])
def test_the_code_of_each_older_version_writes_its_rows_into_the_database_of_this_one(room):
    """By the models of then: an insert of theirs names the columns of then, and no others."""
    fill()
    loader, there = one_by_one().loader, set(connection.introspection.table_names())
    for name in sorted(name for each, name in loader.disk_migrations if each == room):
        models = [
            model
            for model in loader.project_state([(room, name)]).apps.get_models()
            if model._meta.app_label == room and model._meta.db_table in there
        ]
        kept = {model: _columns_of_then(model) for model in models}
        for model in models:
            model._base_manager.all()._raw_delete(connection.alias)
        for model, rows in kept.items():
            model._base_manager.bulk_create([model(**row) for row in rows])
        connection.check_constraints()
        assert any(kept.values())


def _columns_of_then(model: type[Model]) -> list[dict[str, Any]]:
    return list(model._base_manager.values(*(field.attname for field in model._meta.concrete_fields)))

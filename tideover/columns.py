"""Columns for words that strangers chose: what is too long for one is cut, on both databases alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import AddConstraint, AddIndex, AlterField
from django.db.migrations.state import ProjectState

from tideover.gateways.words import storable

if TYPE_CHECKING:
    _Text = models.CharField[str, str]
else:  # the annotation is of the stubs alone
    _Text = models.CharField


class Words(_Text):
    """A text that ends where its column does. PostgreSQL would refuse the whole row, and SQLite keep all of it.

    For names, reasons and codes, not for what tells one thing from another: cut, two would be one.
    """

    def get_prep_value(self, value: Any) -> Any:  # noqa: ANN401 - Django's signature
        """As it is kept, and as it is looked for."""
        text = super().get_prep_value(value)
        return storable(text)[: self.max_length] if isinstance(text, str) else text

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        """To the database it is a text like any other."""
        name, _, arguments, options = super().deconstruct()
        return name, "django.db.models.CharField", arguments, options


class AddIndexMeanwhile(AddIndex):
    """An index on a table that may be large: PostgreSQL builds it while others write. The migration is not atomic."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """As AddIndex on SQLite. What a build that was cut off left is taken away first."""
        if schema_editor.connection.vendor == "sqlite":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        name = schema_editor.quote_name(str(self.index.name))
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        schema_editor.add_index(model, self.index, concurrently=True)  # type: ignore[call-arg]


class Widen(AlterField):
    """A longer text in the same column. SQLite keeps no lengths, and would copy the whole table for nothing."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """As AlterField, where a column has a length."""
        if schema_editor.connection.vendor != "sqlite":
            super().database_forwards(app_label, schema_editor, from_state, to_state)


class WidenCheck(AddConstraint):
    """A check in place of the one of its name that lets through what it did, and more: no row need be read."""

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The one of before is gone."""
        state.remove_constraint(app_label, self.model_name_lower, self.constraint.name)
        super().state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """SQLite copies the table; PostgreSQL exchanges the two in a moment."""
        before = from_state.apps.get_model(app_label, self.model_name)
        was = next(each for each in before._meta.constraints if each.name == self.constraint.name)  # noqa: SLF001 - documented
        schema_editor.remove_constraint(before, was)
        if schema_editor.connection.vendor == "sqlite":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        schema_editor.execute(f"{self.constraint.create_sql(model, schema_editor)} NOT VALID")

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """The narrow one is there again: the rows that it does not let through must be gone."""
        model = to_state.apps.get_model(app_label, self.model_name)
        was = next(each for each in model._meta.constraints if each.name == self.constraint.name)  # noqa: SLF001 - documented
        schema_editor.remove_constraint(from_state.apps.get_model(app_label, self.model_name), self.constraint)
        schema_editor.add_constraint(model, was)

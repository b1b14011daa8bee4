"""Long lists in pages that begin where another one ended: the thousandth costs what the first does.

The address names the row at the end of the page before, by the id that people see; no page is counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from django.db.models import BooleanField, F, Func, Model, QuerySet, Value
from django.http import QueryDict

from tideover.ids import private, public

PER_PAGE: Final = 25
Line = TypeVar("Line", bound=Model)
AFTER, BEFORE = "after", "before"  # in the address: the page that follows a row, or that leads to it
WHERE: Final = (AFTER, BEFORE, "page")  # what an address says of its page, also one of an earlier version


@dataclass(frozen=True, slots=True)
class Page(Generic[Line]):
    """Some rows of a list. before, after: the rows by which its neighbours are asked for; empty where there is none."""

    rows: Sequence[Line]
    before: str = ""
    after: str = ""

    def __iter__(self) -> Iterator[Line]:
        return iter(self.rows)


@dataclass(frozen=True, slots=True)
class Pages(Generic[Line]):
    """A list in an order of which every column has the same direction, and whose last is the row's id.

    found: the rows that are listed. all_of_them: those that an address may name. prefix: of their public ids.
    """

    found: QuerySet[Line]
    all_of_them: QuerySet[Line]
    prefix: str

    def asked_for(self, get: QueryDict) -> Page[Line]:
        """The page an address names; the first where it names none, or one that is empty by now."""
        after, before = (self._place(get.get(name, "")) for name in (AFTER, BEFORE))
        if before is not None:
            rows = list(self._beyond(before, back=True)[: PER_PAGE + 1])
            if len(rows) > PER_PAGE:
                rows = rows[:PER_PAGE][::-1]
                return Page(rows, self._name(rows[0]), self._name(rows[-1]))
        rows = list(self._beyond(after)[: PER_PAGE + 1]) if after is not None else []
        is_first = not rows
        rows = rows or list(self.found[: PER_PAGE + 1])
        shown = rows[:PER_PAGE]
        more = len(rows) > PER_PAGE
        return Page(shown, "" if is_first else self._name(shown[0]), self._name(shown[-1]) if more else "")

    def _name(self, row: Line) -> str:
        return public(self.prefix, row.pk)

    def _place(self, name: str) -> list[Any] | None:
        """What the row of this name is sorted by, as it is now."""
        row_id: UUID | None = private(self.prefix, name) if name else None
        row = self.all_of_them.filter(pk=row_id).first() if row_id else None
        return None if row is None else [attrgetter(column)(row) for column in self._columns]

    @property
    def _columns(self) -> Sequence[str]:
        return [str(column).removeprefix("-") for column in self.found.query.order_by]

    def _beyond(self, place: Sequence[Any], *, back: bool = False) -> QuerySet[Line]:
        """The rows that come after a place, or those before it, nearest first."""
        falls = str(self.found.query.order_by[0]).startswith("-")
        columns, sign = self._columns, " < " if falls != back else " > "
        fields: list[Any] = [self.found.model._meta.get_field(column.replace("pk", "id")) for column in columns]  # noqa: SLF001 - documented
        values = [Value(value, output_field=field) for value, field in zip(place, fields, strict=True)]
        rows = self.found.filter(_held_against(_as_row(*map(F, columns)), _as_row(*values), sign))
        return rows.reverse() if back else rows


def _as_row(*parts: F | Value) -> Func:
    return Func(*parts, template="(%(expressions)s)", output_field=BooleanField())


def _held_against(columns: Func, values: Func, sign: str) -> Func:
    """As one comparison of rows, (a, b) < (1, 2), which an index in their order answers."""
    return Func(columns, values, template="%(expressions)s", arg_joiner=sign, output_field=BooleanField())

"""Long lists in pages that begin where another one ended: the thousandth costs what the first does.

The address names the row at the end of the page before, by the id that people see; no page is counted. Several lists in
one order can be read as one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from django.db.models import BooleanField, F, Func, Model, OrderBy, QuerySet, Value
from django.db.models.functions import Coalesce
from django.http import QueryDict

from tideover.ids import private, public

PER_PAGE: Final = 25
Line = TypeVar("Line", bound=Model)
Row = TypeVar("Row")
Place = list[Any]  # what a row is sorted by
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

    found: the rows that are listed. all_of_them: those that an address may name. prefix: of their public ids. few: that
    so few are listed that they are better read at once and sorted than looked for in their order.
    """

    found: QuerySet[Line]
    all_of_them: QuerySet[Line]
    prefix: str
    few: bool = False

    def asked_for(self, get: QueryDict) -> Page[Line]:
        """The page an address names; the first where it names none, or one that is empty by now."""
        return page_of([self], get)

    def first(self, place: Place | None, *, back: bool = False) -> list[Line]:
        """The rows of a page from a place on, and one more where another page follows.

        Which these are is looked for apart from the rows: an index that holds what is filtered by answers that alone.
        """
        rows = self._beyond(place, back=back)
        if self.few:
            return list(sorted_apart(rows)[: PER_PAGE + 1])
        shown = self.found.filter(pk__in=rows.values("pk")[: PER_PAGE + 1])
        return list(shown.reverse() if back else shown)

    @property
    def falls(self) -> bool:
        """Whether what is greater comes first."""
        return str(self.found.query.order_by[0]).startswith("-")

    def place_named(self, name: str) -> Place | None:
        """Where the row of this name stands, as it is now."""
        row_id: UUID | None = private(self.prefix, name) if name else None
        row = self.all_of_them.filter(pk=row_id).first() if row_id else None
        return None if row is None else self.place_of(row)

    def place_of(self, row: Line) -> Place:
        return [attrgetter(column)(row) for column in self._columns]

    @property
    def _columns(self) -> list[str]:
        return [str(column).removeprefix("-") for column in self.found.query.order_by]

    def _beyond(self, place: Place | None, *, back: bool = False) -> QuerySet[Line]:
        """The rows that come after a place, or those before it, nearest first; all of them where there is no place."""
        if place is None:
            return self.found
        columns, sign = self._columns, " < " if self.falls != back else " > "
        fields: list[Any] = [self.found.model._meta.get_field(column.replace("pk", "id")) for column in columns]  # noqa: SLF001 - documented
        values = [Value(value, output_field=field) for value, field in zip(place, fields, strict=True)]
        rows = self.found.filter(_held_against(_as_row(*map(F, columns)), _as_row(*values), sign))
        return rows.reverse() if back else rows


def sorted_apart(rows: QuerySet[Line, Row]) -> QuerySet[Line, Row]:
    """The same rows in the same order, which no index is read for.

    A database that is asked for the first of a list goes through the index of its order until it has met enough rows.
    Where few are listed it meets nearly all others before.
    """
    columns = [str(column) for column in rows.query.order_by]
    by = [(F(column.removeprefix("-")), column.startswith("-")) for column in columns]
    return rows.order_by(*(OrderBy(Coalesce(column, column), descending=falls) for column, falls in by))


def page_of(lists: Sequence[Pages[Any]], get: QueryDict) -> Page[Any]:
    """The page an address names, of lists that are read as one: their columns mean the same, in one direction."""
    after, before = (_place_named(lists, get.get(name, "")) for name in (AFTER, BEFORE))
    if before is not None:
        rows = _nearest(lists, before, back=True)
        if len(rows) > PER_PAGE:
            rows = rows[:PER_PAGE][::-1]
            return Page(rows, _name(lists, rows[0]), _name(lists, rows[-1]))
    rows = _nearest(lists, after) if after is not None else []
    is_first = not rows
    rows = rows or _nearest(lists, None)
    shown, more = rows[:PER_PAGE], len(rows) > PER_PAGE
    return Page(shown, "" if is_first else _name(lists, shown[0]), _name(lists, shown[-1]) if more else "")


def _place_named(lists: Sequence[Pages[Any]], name: str) -> Place | None:
    return next((place for each in lists if (place := each.place_named(name)) is not None), None)


def _nearest(lists: Sequence[Pages[Any]], place: Place | None, *, back: bool = False) -> list[Any]:
    """The rows of a page and one more, from a place on."""
    found = [(each.place_of(row), row) for each in lists for row in each.first(place, back=back)]
    if len(lists) > 1:  # one list alone is in the database's order, which is not ours for texts
        found.sort(key=lambda pair: pair[0], reverse=lists[0].falls != back)
    return [row for _, row in found[: PER_PAGE + 1]]


def _name(lists: Sequence[Pages[Any]], row: Model) -> str:
    return next(public(each.prefix, row.pk) for each in lists if isinstance(row, each.found.model))


def _as_row(*parts: F | Value) -> Func:
    return Func(*parts, template="(%(expressions)s)", output_field=BooleanField())


def _held_against(columns: Func, values: Func, sign: str) -> Func:
    """As one comparison of rows, (a, b) < (1, 2), which an index in their order answers."""
    return Func(columns, values, template="%(expressions)s", arg_joiner=sign, output_field=BooleanField())

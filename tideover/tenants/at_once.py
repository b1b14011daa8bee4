"""Several single figures, or several short lists, asked of the database in one go.

A page asks some dozen small things. Each by itself costs the way there and back, which is longer than its answer takes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import CharField, DateTimeField, F, Func, IntegerField, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from tideover.tenants.models import Organization

Question = QuerySet[Any, Any]


def at_once(organization_id: UUID | None, questions: Mapping[str, Question]) -> Mapping[str, Any]:
    """The answers, None where there is no row. The questions say whose rows they are about; before there is any
    organization there are none.
    """
    anybody = (
        Organization.objects.filter(pk=organization_id) if organization_id else Organization.objects.order_by("pk")
    )
    # By their places: an organization has members, cases and more, whose names a question may have.
    told = anybody.values_list(*(Subquery(question) for question in questions.values())).first()
    return dict(zip(questions, told or [None] * len(questions), strict=True))


def number(rows: Question) -> Question:
    """How many rows there are."""
    counted: Question = rows.order_by().annotate(number=Func(F("pk"), function="COUNT", output_field=IntegerField()))
    return counted.values("number")


def least(rows: Question, column: str) -> Question:
    """The least value of the column; with a `-` before it the greatest."""
    return rows.order_by(column).values(column.lstrip("-"))[:1]


class Line(NamedTuple):
    """A row of a short list: which list, which row and when, up to three words, and another instant."""

    of: str
    id: UUID
    at: datetime
    first: str
    second: str
    third: str
    then: datetime | None


def line(of: str, rows: Question, row: str, at: str, *words: str | Combinable, then: str = "") -> Question:
    """A list for `lines`: where its id, its instants and its words stand. The rows may be a slice."""
    told: list[Combinable] = [_word(each) for each in words]
    blank: list[Combinable] = [Value("", output_field=CharField())] * (3 - len(told))
    another = F(then) if then else Cast(Value(None), DateTimeField())
    # By their ids, as SQLite joins no lists that end somewhere.
    these: Question = rows.model.objects.filter(pk__in=rows.values("pk"))
    return these.order_by().values_list(Value(of, output_field=CharField()), F(row), F(at), *told, *blank, another)


def _word(word: str | Combinable) -> Combinable:
    return Cast(F(word) if isinstance(word, str) else word, CharField())


def lines(lists: Sequence[Question]) -> list[Line]:
    """All their rows, in no order."""
    first, *others = lists
    return [Line(*row) for row in first.union(*others, all=True)]

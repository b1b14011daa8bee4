"""Several single figures, asked of the database in one go: each is a question whose answer is one value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import F, Func, IntegerField, QuerySet, Subquery

from tideover.tenants.models import Organization

Question = QuerySet[Any, Any]


def at_once(organization_id: UUID | None, questions: Mapping[str, Question]) -> Mapping[str, Any]:
    """The answers, None where there is no row. The questions say whose rows they are about; before there is any
    organization there are none.
    """
    anybody = (
        Organization.objects.filter(pk=organization_id) if organization_id else Organization.objects.order_by("pk")
    )
    told = anybody.values(**{name: Subquery(question) for name, question in questions.items()})
    return told.first() or dict.fromkeys(questions)


def number(rows: Question) -> Question:
    """How many rows there are."""
    counted: Question = rows.order_by().annotate(number=Func(F("pk"), function="COUNT", output_field=IntegerField()))
    return counted.values("number")


def least(rows: Question, column: str) -> Question:
    """The least value of the column; with a `-` before it the greatest."""
    return rows.order_by(column).values(column.lstrip("-"))[:1]

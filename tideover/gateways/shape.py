"""One field of Stripe's JSON, in the kind that Stripe promises.

What is null or not there is empty. What has another kind raises Odd: taken as it is, it would come to light as a wrong
sum or a wrong word somewhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tideover.gateways.words import storable

Json = Mapping[str, Any]

LARGEST = 2**63 - 1  # that a database keeps


class Odd(Exception):  # noqa: N818 - it names the state of the answer
    """An answer has not the shape Stripe promises. `str()` names the field, never what stands in it."""

    def __init__(self, field: str) -> None:
        super().__init__(f"Stripe's answer cannot be read: {field}")


def text(of: Json, field: str) -> str:
    value = of.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Odd(field)
    return storable(value)


def given(of: Json, field: str) -> str:
    """A text that is never empty."""
    return text(of, field) or _missing(field)


def _missing(field: str) -> str:
    raise Odd(field)


def number(of: Json, field: str) -> int:
    value = of.get(field)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST:
        raise Odd(field)
    return value


def moment(of: Json, field: str) -> datetime | None:
    """Stripe's whole seconds as an aware UTC instant."""
    if of.get(field) is None:
        return None
    try:
        return datetime.fromtimestamp(number(of, field), UTC)
    except (ValueError, OverflowError, OSError):
        raise Odd(field) from None


def made_at(of: Json) -> datetime:
    created = moment(of, "created")
    if created is None:
        raise Odd("created")
    return created


def flag(of: Json, field: str) -> bool:
    value = of.get(field)
    if value is not None and not isinstance(value, bool):
        raise Odd(field)
    return bool(value)


def part(of: Json, field: str) -> Json:
    """The object in a field; empty where there is none, or only its id."""
    value = of.get(field)
    if value is None or isinstance(value, str):
        return {}
    if not isinstance(value, Mapping):
        raise Odd(field)
    return value


def id_of(of: Json, field: str) -> str:
    """The id of what stands in a field, expanded or not."""
    value = of.get(field)
    if isinstance(value, Mapping):
        return given(value, "id") if value else ""
    return text(of, field)


def rows(of: Json, field: str = "data") -> list[Json]:
    """The objects of a list. Of no list at all there are none; a list that does not say what is in it is odd."""
    if not of:
        return []
    value = of.get(field)
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise Odd(field)
    return value

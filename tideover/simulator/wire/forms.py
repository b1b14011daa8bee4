"""What a parameter may hold: kinds that turn the texts of a form into values, or raise Stripe's refusal.

Sources: the errors are of https://docs.stripe.com/error-codes; https://docs.stripe.com/api/metadata (fifty keys, forty
and five hundred characters). That texts longer than 5,000 characters are refused, how long others may be, and in which
order faults are told, is not confirmed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tideover.simulator.account.store import Json
from tideover.simulator.wire.errors import empty, invalid, required, unknown_parameter

Raw = Any  # what a form may hold: a text, or texts nested in objects and lists

# Turns a raw value into a typed one or raises; the second argument is the parameter's full name.
Kind = Callable[[Raw, str], Raw]

NUMBER = re.compile(r"-?[0-9]+")
INDEX = re.compile(r"[0-9]{1,6}")
LARGEST = 2**63 - 1


def rows(raw: Raw) -> list[Raw] | None:
    """The elements of a list in their order, None when it is none: its names are not all numbers."""
    if not isinstance(raw, dict) or not raw or not all(INDEX.fullmatch(key) for key in raw):
        return None
    return [raw[key] for key in sorted(raw, key=int)]


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """A string of so many characters at most; the empty string unsets a field."""

    longest: int = 5000

    def __call__(self, raw: Raw, name: str) -> str:
        if not isinstance(raw, str):
            raise invalid(f"Invalid string: {name}", param=name)
        if len(raw) > self.longest:
            shown = f"{raw[:6]}...{raw[-6:]}"
            raise invalid(f"Invalid string: {shown}; must be at most {self.longest} characters", param=name)
        return raw


def up_to(longest: int) -> Kind:
    """A string of so many characters at most."""
    return Text(longest)


text: Kind = Text()


def integer(raw: Raw, name: str) -> int:
    """A whole number."""
    if not isinstance(raw, str) or not NUMBER.fullmatch(raw) or len(raw) > 19 or abs(int(raw)) > LARGEST:
        raise invalid(f"Invalid integer: {raw}", code=NOT_SO, param=name)
    return int(raw)


@dataclass(frozen=True, slots=True, eq=False)
class Between:
    """A whole number that is neither too small nor too large."""

    low: int
    high: int

    def __call__(self, raw: Raw, name: str) -> int:
        given = integer(raw, name)
        if given < self.low:
            raise invalid(f"This value must be greater than or equal to {self.low}.", code=NOT_SO, param=name)
        if given > self.high:
            raise invalid(f"This value must be less than or equal to {self.high}.", code=NOT_SO, param=name)
        return given


def between(low: int, high: int = LARGEST) -> Kind:
    """A whole number from `low` to `high`."""
    return Between(low, high)


NOT_SO = "parameter_invalid_integer"
instant = between(1, 4_102_444_799)  # a unix second before the year 2100


def flag(raw: Raw, name: str) -> bool:
    """A truth value: "true" or "false"."""
    if raw not in ("true", "false"):  # compared, not looked up: it may be an object
        raise invalid(f"Invalid boolean: {raw}", param=name)
    return bool(raw == "true")


def mapping(raw: Raw, name: str) -> dict[str, str] | str:
    """Metadata: names to strings, or "" to clear all."""
    if raw == "":
        return ""
    if not isinstance(raw, dict) or not all(isinstance(value, str) for value in raw.values()):
        raise invalid(f"Invalid hash: {name}", param=name)
    if len(raw) > MOST_KEYS:
        raise invalid(f"You can only give {MOST_KEYS} metadata keys at once, but you gave {len(raw)}.", param=name)
    for key, value in raw.items():
        _fits("keys", "key", key, LONGEST_KEY, name)
        _fits("values", "value", value, LONGEST_VALUE, name)
    return raw


def _fits(several: str, one: str, given: str, longest: int, param: str) -> None:
    if len(given) > longest:
        raise invalid(
            f"Metadata {several} can have up to {longest} characters, but you passed in a {one} that is {len(given)} "
            f"characters. Invalid {one}: {given}",
            param=param,
        )


MOST_KEYS, LONGEST_KEY, LONGEST_VALUE = 50, 40, 500  # of metadata


@dataclass(frozen=True, slots=True, eq=False)
class OneOf:
    """One of these words."""

    choices: tuple[str, ...]

    def __call__(self, raw: Raw, name: str) -> str:
        if raw not in self.choices:
            raise invalid(f"Invalid {name}: must be one of {', '.join(self.choices)}", param=name)
        return str(raw)


def one_of(*choices: str) -> Kind:
    """One of these words."""
    return OneOf(choices)


@dataclass(frozen=True, slots=True, eq=False)
class Either:
    """A literal word, or the first kind that fits."""

    words: tuple[str, ...]
    kinds: tuple[Kind, ...]

    def __call__(self, raw: Raw, name: str) -> Raw:
        if raw in self.words:
            return raw
        for kind in self.kinds[:-1]:
            if isinstance(raw, str) == (isinstance(kind, Text | Between) or kind in SCALARS):
                return kind(raw, name)
        return self.kinds[-1](raw, name)


def either(*kinds: Kind | str) -> Kind:
    """The first kind (or literal word) that fits."""
    words = tuple(kind for kind in kinds if isinstance(kind, str))
    return Either(words, tuple(kind for kind in kinds if not isinstance(kind, str)))


@dataclass(frozen=True, slots=True, eq=False)
class Listed:
    """A list of that kind, or "" for an empty one. `most`: so many elements at most."""

    kind: Kind
    most: int | None = None

    def __call__(self, raw: Raw, name: str) -> list[Raw]:
        if raw == "":
            return []
        elements = rows(raw)
        if elements is None:
            raise invalid(f"Invalid array: {name}", param=name)
        if self.most is not None and len(elements) > self.most:
            raise invalid(f"Array {name} exceeded maximum {self.most} allowed elements.", param=name)
        return [self._element(value, f"{name}[{position}]") for position, value in enumerate(elements)]

    def _element(self, value: Raw, name: str) -> Raw:
        if value == "" and isinstance(self.kind, Shape):
            raise empty(name)
        return self.kind(value, name)


def listed(kind: Kind, most: int | None = None) -> Kind:
    """A list of that kind, or "" for an empty one. `most`: so many elements at most."""
    return Listed(kind, most)


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """An object with these fields and no others; "" unsets it. `needs` are required and cannot be unset."""

    fields: Mapping[str, Kind]
    needs: tuple[str, ...]

    def __call__(self, raw: Raw, name: str) -> Json | str:
        if raw == "" and name:
            return ""
        if not isinstance(raw, dict):
            raise invalid(f"Invalid object: {name}", param=name)
        for key in self.needs:
            if raw.get(key) == "":
                raise empty(inside(name, key))
        typed = {key: self._field(key, value, name) for key, value in raw.items()}
        for key in self.needs:
            if key not in typed:
                raise required(inside(name, key))
        return typed

    def _field(self, key: str, value: Raw, name: str) -> Raw:
        kind = self.fields.get(key)
        if kind is None:
            raise unknown_parameter(inside(name, key))
        return kind(value, inside(name, key))


def shape(fields: Mapping[str, Kind], *, needs: tuple[str, ...] = ()) -> Kind:
    """An object with these fields and no others; "" unsets it. `needs` are required and cannot be unset."""
    return Shape(fields, needs)


def anything(raw: Raw, _name: str) -> Raw:
    """A value taken as it comes, and looked at by nobody."""
    if not isinstance(raw, dict):
        return raw
    elements = rows(raw)
    if elements is not None:
        return [anything(element, "") for element in elements]
    return {key: anything(value, "") for key, value in raw.items()}


SCALARS = (integer, flag)


def inside(name: str, key: str) -> str:
    """The full name of a part of a parameter."""
    return f"{name}[{key}]" if name else key


WHEN = either(shape({"gt": integer, "gte": integer, "lt": integer, "lte": integer}), integer)

ADDRESS = shape({"line1": text, "line2": text, "city": text, "state": text, "postal_code": text, "country": text})

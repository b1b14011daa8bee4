"""Stripe's form encoding: `items[0][price]=…&expand[]=…` read into nested values and checked against a shape.

Sources: the official libraries write forms so; the errors are of https://docs.stripe.com/error-codes. That texts
longer than 5,000 characters are refused, and in which order faults are told, is not confirmed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl

from tideover.simulator.account.store import Json
from tideover.simulator.wire.errors import empty, invalid, required, unknown_parameter

Raw = Any  # what a form may hold: a text, or texts nested in objects and lists

# Turns a raw value into a typed one or raises; the second argument is the parameter's full name.
Kind = Callable[[Raw, str], Raw]

NAME = re.compile(r"[^\[\]]+|\[\]")
NUMBER = re.compile(r"-?[0-9]+")
LARGEST = 2**63 - 1


def decode(encoded: str) -> Json:
    """Nested dicts and lists of strings. Lists come as `a[]=` or `a[0]=`."""
    root: Json = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        keys = NAME.findall(name)
        here = root
        for key, following in pairwise(keys):
            step = _position(here, key, following)
            here = here.setdefault(step, {})
            if not isinstance(here, dict):
                raise invalid(f"Invalid parameter: {name}", param=name)
        if keys:
            here[str(len(here)) if keys[-1] == "[]" else keys[-1]] = value
    return {key: _lists(value) for key, value in root.items()}


def _position(here: Json, key: str, following: str) -> str:
    """Where a nested value goes. `a[][x]=1&a[][y]=2` describe one element until a name repeats."""
    if key != "[]":
        return key
    last = str(len(here) - 1)
    element = here.get(last)
    return last if isinstance(element, dict) and following not in element else str(len(here))


def _lists(value: Raw) -> Raw:
    if not isinstance(value, dict):
        return value
    if value and all(NUMBER.fullmatch(key) for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _lists(inner) for key, inner in value.items()}


def text(raw: Raw, name: str) -> str:
    """A string; the empty string unsets a field."""
    if not isinstance(raw, str):
        raise invalid(f"Invalid string: {name}", param=name)
    if len(raw) > 5000:
        raise invalid(f"Invalid string: {name} must be at most 5000 characters", param=name)
    return raw


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
    return raw


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
            if isinstance(raw, str) == (kind in SCALARS):
                return kind(raw, name)
        return self.kinds[-1](raw, name)


def either(*kinds: Kind | str) -> Kind:
    """The first kind (or literal word) that fits."""
    words = tuple(kind for kind in kinds if isinstance(kind, str))
    return Either(words, tuple(kind for kind in kinds if not isinstance(kind, str)))


@dataclass(frozen=True, slots=True, eq=False)
class Listed:
    """A list of that kind, or "" for an empty one."""

    kind: Kind

    def __call__(self, raw: Raw, name: str) -> list[Raw]:
        if raw == "":
            return []
        if not isinstance(raw, list):
            raise invalid(f"Invalid array: {name}", param=name)
        return [self._element(value, f"{name}[{position}]") for position, value in enumerate(raw)]

    def _element(self, value: Raw, name: str) -> Raw:
        if value == "" and isinstance(self.kind, Shape):
            raise empty(name)
        return self.kind(value, name)


def listed(kind: Kind) -> Kind:
    """A list of that kind, or "" for an empty one."""
    return Listed(kind)


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
                raise empty(_inside(name, key))
        typed = {key: self._field(key, value, name) for key, value in raw.items()}
        for key in self.needs:
            if key not in typed:
                raise required(_inside(name, key))
        return typed

    def _field(self, key: str, value: Raw, name: str) -> Raw:
        kind = self.fields.get(key)
        if kind is None:
            raise unknown_parameter(_inside(name, key))
        return kind(value, _inside(name, key))


def shape(fields: Mapping[str, Kind], *, needs: tuple[str, ...] = ()) -> Kind:
    """An object with these fields and no others; "" unsets it. `needs` are required and cannot be unset."""
    return Shape(fields, needs)


def anything(raw: Raw, _name: str) -> Raw:
    """A value taken as it comes, and looked at by nobody."""
    return raw


SCALARS = (text, integer, instant, flag)


def _inside(name: str, key: str) -> str:
    return f"{name}[{key}]" if name else key


CREATED = either(shape({"gt": integer, "gte": integer, "lt": integer, "lte": integer}), integer)

ADDRESS = shape({"line1": text, "line2": text, "city": text, "state": text, "postal_code": text, "country": text})

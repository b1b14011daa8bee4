"""What may be asked of an operation, made from the kinds of its parameters: just enough, and each thing that is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tests.rooms.simulator.door import Refusal
from tideover.simulator.api.connect import webhook_endpoints
from tideover.simulator.wire import forms, texts
from tideover.simulator.wire.forms import Between, Either, Kind, Listed, OneOf, Shape, Text
from tideover.simulator.wire.operations import Operation

INVALID = "invalid_request_error"
Form = dict[str, str]
# Kinds that take only some texts: one that is taken, and the code with which others are refused.
PARTICULAR: dict[Kind, tuple[str, str | None]] = {
    texts.currency: ("usd", None),
    texts.percent: ("12.5", None),
    texts.email: ("ada@customer.example", "email_invalid"),
    webhook_endpoints.version: ("2026-10-28.endive", None),
    webhook_endpoints.wanted_event: ("*", None),
}


class Wrong(NamedTuple):
    """A form and how it is refused."""

    form: Form
    refusal: Refusal


def named(operation: Operation) -> str:
    """The name of an operation in a test's id."""
    return f"{operation.method} {operation.path}"


def nobodys(operation: Operation) -> str:
    """Its path, about things that nobody knows."""
    return re.sub(r"\{[^}]+\}", "nobody", operation.path)


def least(operation: Operation) -> Form:
    """What must be given, in values that are well formed."""
    assert isinstance(operation.accepts, Shape)
    return _least(operation.accepts, "")


def _least(kind: Kind, name: str) -> Form:
    match kind:
        case Shape():
            some = kind.needs or (tuple(kind.fields)[:1] if name else ())
            return {key: value for need in some for key, value in _least(kind.fields[need], _in(name, need)).items()}
        case Listed():
            return _least(kind.kind, f"{name}[0]")
        case OneOf():
            return {name: kind.choices[0]}
        case Between():
            return {name: str(max(kind.low, min(kind.high, 1_790_000_001)))}
    if kind is forms.mapping:
        return {f"{name}[a]": "x"}
    return {name: {forms.integer: "1", forms.flag: "true"}.get(kind) or PARTICULAR.get(kind, ("x", None))[0]}


def _in(name: str, key: str) -> str:
    return f"{name}[{key}]" if name else key


def wrong(operation: Operation) -> Iterator[Wrong]:
    """Every way in which one parameter, however deep, can be of the wrong kind."""
    assert isinstance(operation.accepts, Shape)
    around = least(operation)
    for field, kind in operation.accepts.fields.items():
        others = {name: value for name, value in around.items() if name.split("[")[0] != field}
        for form, refusal in _wrong(kind, field):
            yield Wrong(others | form, refusal)


def _wrong(kind: Kind, name: str) -> Iterator[Wrong]:
    def of(value: str, code: str | None = None, inside: str = "") -> Wrong:
        return Wrong({name + inside: value}, Refusal(400, INVALID, code, name + inside))

    match kind:
        case Shape():
            yield of("x")
            yield of("1", "parameter_unknown", "[nonsense]")
            yield from _inside(kind, name)
        case Listed():
            yield of("x")
            if isinstance(kind.kind, Shape):
                yield of("", "parameter_invalid_empty", "[0]")
            if kind.most is not None:
                yield Wrong(_many(kind, name), Refusal(400, INVALID, None, name))
            yield from _wrong(kind.kind, f"{name}[0]")
        case OneOf():
            yield of("nonsense")
            yield Wrong({f"{name}[x]": "1"}, Refusal(400, INVALID, None, name))
        case Between():
            yield of("x", "parameter_invalid_integer")
            yield of(str(kind.low - 1), "parameter_invalid_integer")
            yield of(str(kind.high + 1), "parameter_invalid_integer")
        case Either():
            yield Wrong({name: "x"}, Refusal(400, INVALID, "parameter_invalid_integer", name))
        case _:
            yield from _plain(kind, name)


def _many(kind: Listed, name: str) -> Form:
    """One element more than may be."""
    rows = range((kind.most or 0) + 1)
    return {key: value for row in rows for key, value in _least(kind.kind, f"{name}[{row}]").items()}


def _inside(kind: Shape, name: str) -> Iterator[Wrong]:
    """A part that lacks what it needs, is given it empty, or has a wrong value in one of its own parts."""
    for need in kind.needs:
        param = f"{name}[{need}]"
        others = [other for other in kind.needs if other != need]
        around = {
            key: value for other in others for key, value in _least(kind.fields[other], f"{name}[{other}]").items()
        }
        beside = next((field for field in kind.fields if field not in kind.needs), None)
        there = around or (_least(kind.fields[beside], f"{name}[{beside}]") if beside else {})
        if there:
            yield Wrong(there, Refusal(400, INVALID, "parameter_missing", param))
        yield Wrong({**around, param: ""}, Refusal(400, INVALID, "parameter_invalid_empty", param))
    for field, inner in kind.fields.items():
        yield from _wrong(inner, f"{name}[{field}]")


def _plain(kind: Kind, name: str) -> Iterator[Wrong]:
    nested = Wrong({f"{name}[x]": "1"}, Refusal(400, INVALID, None, name))
    if isinstance(kind, Text):
        yield nested
        yield Wrong({name: "x" * (kind.longest + 1)}, Refusal(400, INVALID, None, name))
    elif kind in PARTICULAR:
        yield nested
        yield Wrong({name: "nonsense"}, Refusal(400, INVALID, PARTICULAR[kind][1], name))
    elif kind is forms.integer:
        for value in ("x", "1.5", "", str(2**63)):
            yield Wrong({name: value}, Refusal(400, INVALID, "parameter_invalid_integer", name))
    elif kind is forms.flag:
        yield Wrong({name: "yes"}, Refusal(400, INVALID, None, name))
        yield nested
    elif kind is forms.mapping:
        yield Wrong({name: "x"}, Refusal(400, INVALID, None, name))
        yield Wrong({f"{name}[a][b]": "1"}, Refusal(400, INVALID, None, name))
        yield Wrong({f"{name}[{'a' * 41}]": "1"}, Refusal(400, INVALID, None, name))
        yield Wrong({f"{name}[a]": "1" * 501}, Refusal(400, INVALID, None, name))
        yield Wrong({f"{name}[{key}]": "1" for key in range(51)}, Refusal(400, INVALID, None, name))

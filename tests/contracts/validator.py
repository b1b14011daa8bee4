"""Holds one HTTP exchange against the document: the request's parameters and the answer's body."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

Value = Any  # what JSON or a form may hold
Json = dict[str, Value]


@dataclass(frozen=True)
class Exchange:
    """One request and its answer. `sent` is the query or the form, url-encoded."""

    method: str
    path: str
    sent: str
    status: int
    body: Json


class Contract:
    """The document, ready to judge exchanges."""

    def __init__(self, document: Json) -> None:
        self._schemas: dict[str, Json] = document["components"]["schemas"]
        self._routes = [
            (re.compile("^" + re.sub(r"\{[^}]+\}", "[^/]+", path.replace(".", r"\.")) + "$"), path, verbs)
            for path, verbs in sorted(document["paths"].items(), key=lambda entry: entry[0].count("{"))
        ]

    def operation(self, method: str, path: str) -> tuple[str, Json] | None:
        """The template and the operation of a request."""
        for pattern, template, verbs in self._routes:
            if pattern.match(path) and method.lower() in verbs:
                return template, verbs[method.lower()]
        return None

    def parameters(self, method: str, path: str) -> set[str]:
        """The names an operation takes."""
        found = self.operation(method, path)
        return set(self._followed(found[1]["parameters"]).get("properties", ())) if found else set()

    def broken(self, exchange: Exchange) -> list[str]:
        """What is wrong with an exchange; empty when all is as the document says."""
        found = self.operation(exchange.method, exchange.path)
        if found is None:
            return [f"no operation {exchange.method} {exchange.path}"]
        operation = found[1]
        sent = nested(parse_qsl(exchange.sent, keep_blank_values=True))
        sent.pop("expand", None)
        wrong = self._check(sent, operation["parameters"], "request", form=True) if exchange.status < 400 else []
        if exchange.status >= 400:
            return wrong + self._check(exchange.body, self._schemas["error"], "error")
        if exchange.body.get("deleted") is True:
            return wrong + [f"answer.{name}: missing" for name in ("id", "object") if name not in exchange.body]
        return wrong + self._check(exchange.body, operation["answer"], "answer")

    def object_broken(self, thing: Json, key: str) -> list[str]:
        """What is wrong with an object that is said to be of the class `key`, such as "_invoice.Invoice"."""
        return self._check(thing, self._schemas[key], key)

    def _check(self, value: Value, schema: Json, at: str, *, form: bool = False) -> list[str]:
        schema = self._followed(schema)
        if value is None or (form and value == "" and schema.get("nullable")):
            return [] if self._takes_null(schema) else [f"{at}: null"]
        wrong = [each for part in schema.get("allOf", ()) for each in self._check(value, part, at, form=form)]
        if "anyOf" in schema:
            return wrong + self._any(value, schema["anyOf"], at, form=form)
        if form:
            value = _read(value, schema.get("type"))
        wrong += self._typed(value, schema, at, form=form)
        if "enum" in schema and value not in schema["enum"]:
            wrong.append(f"{at}: {value!r} is not one of {schema['enum'][:8]}")
        return wrong

    def _followed(self, schema: Json) -> Json:
        while "$ref" in schema:
            schema = self._schemas[schema["$ref"].rsplit("/", 1)[1]]
        return schema

    def _takes_null(self, schema: Json) -> bool:
        return bool(schema.get("nullable")) or not schema

    def _any(self, value: Value, choices: list[Json], at: str, *, form: bool) -> list[str]:
        """The complaints of the choice that fits best: of the same "object" where the value says what it is."""
        best: list[str] | None = None
        for choice in choices:
            if isinstance(value, dict) and not self._is_of_kind(value, choice):
                continue
            wrong = self._check(value, choice, at, form=form)
            if best is None or len(wrong) < len(best):
                best = wrong
        return [f"{at}: fits no choice"] if best is None else best

    def _is_of_kind(self, value: Json, choice: Json) -> bool:
        kinds = self._followed(choice).get("properties", {}).get("object", {}).get("enum")
        return "object" not in value or not kinds or value["object"] in kinds

    def _typed(self, value: Value, schema: Json, at: str, *, form: bool) -> list[str]:
        kind = schema.get("type")
        if kind == "object":
            return self._object(value, schema, at, form=form)
        if kind == "array":
            if not isinstance(value, list):
                return [f"{at}: not a list"]
            items = schema["items"]
            return [each for n, row in enumerate(value) for each in self._check(row, items, f"{at}[{n}]", form=form)]
        fits = {
            "string": isinstance(value, str),
            "integer": isinstance(value, int) and not isinstance(value, bool),
            "number": isinstance(value, (int, float)) and not isinstance(value, bool),
            "boolean": isinstance(value, bool),
        }
        return [] if kind is None or fits[kind] else [f"{at}: {value!r} is not of type {kind}"]

    def _object(self, value: Value, schema: Json, at: str, *, form: bool) -> list[str]:
        if not isinstance(value, dict):
            return [f"{at}: {value!r} is not an object"]
        properties, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        wrong = [f"{at}.{name}: missing" for name in schema.get("required", ()) if name not in value]
        for name, inner in value.items():
            if name in properties:
                wrong += self._check(inner, properties[name], f"{at}.{name}", form=form)
            elif isinstance(others, dict):
                wrong += self._check(inner, others, f"{at}.{name}", form=form)
            elif others is False:
                wrong.append(f"{at}.{name}: unknown")
        return wrong


def _read(value: Value, kind: str | None) -> Value:
    """A form holds texts; what they are is known only from the schema."""
    if not isinstance(value, str):
        return value
    if kind == "integer" and re.fullmatch(r"-?\d+", value):
        return int(value)
    if kind == "number" and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return float(value)
    if kind == "boolean" and value in {"true", "false"}:
        return value == "true"
    return value


def nested(pairs: list[tuple[str, str]]) -> Json:
    """`a[b][0][c]=v` as nested objects and lists."""
    root: Json = {}
    for name, value in pairs:
        keys = [name.split("[", 1)[0], *re.findall(r"\[([^\]]*)\]", name)]
        here = root
        for key in keys[:-1]:
            here = here.setdefault(key or str(len(here)), {})
        here[keys[-1] or str(len(here))] = value
    return {key: _listed(value) for key, value in root.items()}


def _listed(value: Value) -> Value:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [_listed(value[key]) for key in sorted(value, key=int)]
    return {key: _listed(inner) for key, inner in value.items()}

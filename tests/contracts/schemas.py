"""Turns the Stripe library's annotations into JSON schemas, as an OpenAPI document writes them."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

from tests.contracts.sources import Found, Module, fields_of, nested, resolve

Schema = dict[str, Any]

PRIMITIVE: dict[str, Schema] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "Decimal": {"type": "string"},
    "Any": {},
    "object": {},
    "UntypedStripeObject": {"type": "object"},
    "StripeObject": {"type": "object"},
    "StripeContext": {"type": "string"},
}
LISTS = {"ListObject": "list", "SearchResultObject": "search_result"}
OF_THE_LIBRARY = {"api_key", "idempotency_key", "stripe_account", "stripe_version", "stripe_context"}


@dataclass(frozen=True)
class Scope:
    """Where an annotation stands: its module, the classes around it, and whether it describes a request."""

    module: Module
    around: tuple[ast.ClassDef, ...] = ()
    request: bool = False


@dataclass
class Schemas:
    """The schemas of all classes referred to so far, by key."""

    known: dict[str, Schema] = field(default_factory=dict)

    def of(self, node: ast.expr, scope: Scope) -> Schema:
        """The schema of one annotation."""
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str):
                return self.of(ast.parse(node.value, mode="eval").body, scope)
            return {"nullable": True}
        if isinstance(node, ast.BinOp):
            return self._union(_parts(node), scope)
        if isinstance(node, ast.Subscript):
            return self._subscript(node, scope)
        return self._named(node, scope)

    def _named(self, node: ast.expr, scope: Scope) -> Schema:
        if isinstance(node, ast.Name):
            if node.id in PRIMITIVE:
                return dict(PRIMITIVE[node.id])
            found = resolve(node.id, scope.module, scope.around)
            return self._reference(found, scope) if found else {}
        names = _dotted(node)
        found = resolve(names[0], scope.module, scope.around)
        for name in names[1:]:
            found = nested(found, name) if found else None
        if found is None:
            message = f"Cannot resolve {ast.unparse(node)} in {scope.module.name}"
            raise LookupError(message)
        return self._reference(found, scope)

    def _subscript(self, node: ast.Subscript, scope: Scope) -> Schema:  # noqa: PLR0911 - a table of generics
        head = node.value.id if isinstance(node.value, ast.Name) else getattr(node.value, "attr", "")
        given = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if head in {"NotRequired", "Required"}:
            return self.of(given[0], scope)
        if head == "Optional":
            return self._union([given[0], ast.Constant(None)], scope)
        if head == "Union":
            return self._union(given, scope)
        if head == "Literal":
            return _literal([ast.literal_eval(each) for each in given])
        if head in {"List", "Sequence", "Iterable", "list"}:
            return {"type": "array", "items": self.of(given[0], scope)}
        if head in {"Dict", "Mapping", "dict", "UntypedStripeObject"}:
            return {"type": "object", "additionalProperties": self.of(given[-1], scope)}
        if head == "ExpandableField":
            return {"anyOf": [{"type": "string"}, self.of(given[0], scope)]}
        if head in LISTS:
            return _list(LISTS[head], self.of(given[0], scope))
        message = f"Unknown generic {ast.unparse(node)} in {scope.module.name}"
        raise LookupError(message)

    def _union(self, parts: list[ast.expr], scope: Scope) -> Schema:
        null = any(_is_null(part) for part in parts)
        schemas = [self.of(part, scope) for part in parts if not _is_null(part)]
        # "a known word, or any other text" is how the library writes an open enumeration. The known words are what
        # the API documents, so they are what is held to; the empty text unsets a field.
        words = [each for each in schemas if "enum" in each]
        if {"type": "string"} in schemas and any(each["enum"] != [""] for each in words):
            schemas = [each for each in schemas if each != {"type": "string"}]
        schema = schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
        if not null:
            return schema
        return {"allOf": [schema], "nullable": True} if "$ref" in schema else {**schema, "nullable": True}

    def _reference(self, found: Found, scope: Scope) -> Schema:
        if found.key not in self.known:
            self.known[found.key] = {}  # a class may refer to itself
            self.known[found.key] = self._object(found, request=scope.request)
        return {"$ref": f"#/components/schemas/{found.key}"}

    def _object(self, found: Found, *, request: bool) -> Schema:
        scope = Scope(found.module, found.path, request)
        properties: dict[str, Schema] = {}
        required: list[str] = []
        for name, annotation in fields_of(found).items():
            of_library = request and name in OF_THE_LIBRARY
            if name.startswith("_") or of_library or "ClassVar" in ast.unparse(annotation):
                continue
            schema = properties[name] = self.of(annotation, scope)
            optional = "NotRequired" in ast.unparse(annotation) if request else bool(schema.get("nullable"))
            if not optional and name != "deleted":
                required.append(name)
        closed = {"additionalProperties": False}
        return {"type": "object", "properties": properties, "required": required, **closed}


def _parts(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp):
        return [*_parts(node.left), *_parts(node.right)]
    return [node]


def _dotted(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Attribute):
        return [*_dotted(node.value), node.attr]
    if isinstance(node, ast.Name):
        return [node.id]
    message = f"Not a name: {ast.unparse(node)}"
    raise LookupError(message)


def _is_null(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _literal(values: list[Any]) -> Schema:
    kinds = {str: "string", bool: "boolean", int: "integer"}
    return {"type": kinds[type(values[0])], "enum": values}


def _list(kind: str, items: Schema) -> Schema:
    properties = {
        "object": {"type": "string", "enum": [kind]},
        "data": {"type": "array", "items": items},
        "has_more": {"type": "boolean"},
        "url": {"type": "string"},
        "total_count": {"type": "integer"},
        "next_page": {"type": "string", "nullable": True},
    }
    return {"type": "object", "required": ["object", "data", "has_more", "url"], "properties": properties}

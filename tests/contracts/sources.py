"""Reads the installed Stripe library's sources: which class a name in a module means, and where its annotations are."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import stripe

PACKAGE = Path(stripe.__file__).parent


@dataclass(frozen=True)
class Module:
    """One source file: its classes, its simple assignments, and where its imported names come from."""

    name: str
    classes: dict[str, ast.ClassDef] = field(default_factory=dict)
    assigned: dict[str, ast.expr] = field(default_factory=dict)
    imported: dict[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """A class, with the classes around it, and the module it is written in."""

    module: Module
    path: tuple[ast.ClassDef, ...]

    @property
    def key(self) -> str:
        """A name for the class that is the same wherever it is referred to."""
        return ".".join([self.module.name.removeprefix("stripe."), *(each.name for each in self.path)])


@cache
def module(name: str) -> Module | None:
    """The parsed module of a dotted name, None when there is no such file."""
    stem = PACKAGE.parent.joinpath(*name.split("."))
    file = next((each for each in (stem.with_suffix(".py"), stem / "__init__.py") if each.exists()), None)
    if file is None:
        return None
    tree = ast.parse(file.read_text(encoding="utf-8"))
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    assigned = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    imported = {
        alias.asname or alias.name: (node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("stripe")
        for alias in node.names
    }
    return Module(name, classes, assigned, imported)


def resolve(name: str, where: Module, around: tuple[ast.ClassDef, ...] = ()) -> Found | None:
    """The class a plain name means: nested in a class around, in the module itself, or imported."""
    for depth in range(len(around), 0, -1):
        for node in around[depth - 1].body:
            if isinstance(node, ast.ClassDef) and node.name == name:
                return Found(where, (*around[:depth], node))
    seen: set[str] = set()
    here: Module | None = where
    while here is not None and here.name not in seen:
        seen.add(here.name)
        if name in here.classes:
            return Found(here, (here.classes[name],))
        if name not in here.imported:
            return None
        source, name = here.imported[name]
        here = module(source)
    return None


def nested(found: Found, name: str) -> Found | None:
    """A class written inside another."""
    for node in found.path[-1].body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return Found(found.module, (*found.path, node))
    return None


def fields_of(found: Found) -> dict[str, ast.expr]:
    """Every annotated field of a class, also those a `_…Base = TypedDict(…, {…})` declares for it."""
    node = found.path[-1]
    fields: dict[str, ast.expr] = {}
    for base in node.bases:
        call = found.module.assigned.get(base.id) if isinstance(base, ast.Name) else None
        if isinstance(call, ast.Call) and len(call.args) > 1 and isinstance(call.args[1], ast.Dict):
            for key, value in zip(call.args[1].keys, call.args[1].values, strict=True):
                fields[str(ast.literal_eval(key or value))] = value
    for statement in node.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            fields[statement.target.id] = statement.annotation
    return fields

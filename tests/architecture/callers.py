"""Which functions, classes and methods of the product the product itself never comes to.

By their names: whatever is named by code that is reached is reached, too. So two things of one name can hide each
other, and nothing that is called is ever taken for uncalled.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.architecture.tree import PACKAGE, migrations, modules, parsed

NAMES = re.compile(r"\w+")
DOTTED = re.compile(r"[\w.:]+")
Body = list[ast.stmt]


@dataclass(frozen=True)
class Definition:
    """A function, class or method (`Class.method`): its module, and the names that its code names."""

    module: str
    name: str
    names: frozenset[str]

    @property
    def called(self) -> str:
        return self.name.rpartition(".")[2]

    def __str__(self) -> str:
        return f"{self.module} {self.name}"


def uncalled(hooks: Iterable[str]) -> set[str]:
    """The public definitions that no code of the product comes to, as `room/module.py name`. `hooks` are called by
    frameworks.
    """
    definitions, live = _read()
    live |= set(hooks) | _named_by_templates() | _named_by_migrations()
    by_name: dict[str, list[Definition]] = defaultdict(list)
    for definition in definitions:
        by_name[definition.called].append(definition)
    reached: set[str] = set()
    while fresh := {name for name in live if name in by_name} - reached:
        reached |= fresh
        live = {name for each in fresh for definition in by_name[each] for name in definition.names}
    return {str(each) for each in definitions if each.called not in reached and not each.called.startswith("_")}


def _read() -> tuple[list[Definition], set[str]]:
    """All definitions, and the names that modules name when they are loaded."""
    definitions, live = list[Definition](), set[str]()
    for path in modules("tideover"):
        if "simulator" in path.parts or path.name == "apps.py":  # another program; Django's own
            continue
        place = str(path.relative_to(PACKAGE))
        for statement in parsed(path).body:
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                definitions += _definitions(place, statement)
                live |= _names(statement.decorator_list) | _registered(statement)
            elif not isinstance(statement, ast.Import | ast.ImportFrom) and not _exports(statement):
                live |= _names([statement])
    return definitions, live


def _named_by_migrations() -> set[str]:
    imports = (each for path in migrations() for each in parsed(path).body if isinstance(each, ast.ImportFrom))
    return {name.name for each in imports if (each.module or "").startswith("tideover.") for name in each.names}


def _registered(statement: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> set[str]:
    """The name of what a decorator with an object of its own hands to a framework: a command, a filter of templates."""
    owners = {ast.unparse(each).split("(")[0].rpartition(".")[0] for each in statement.decorator_list}
    return (
        {statement.name}
        if owners
        & {
            "app",
            "account_commands",
            "audit_commands",
            "clock_commands",
            "drafts_commands",
            "email_commands",
            "notices_commands",
            "people_commands",
            "recipient_commands",
            "rules_commands",
            "sample_commands",
            "settings_commands",
            "sms_commands",
            "texts_commands",
            "register",
        }
        else set()
    )


def _exports(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "__all__"


def _definitions(place: str, statement: ast.stmt, within: str = "") -> Iterator[Definition]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        yield Definition(place, within + statement.name, frozenset(_names([statement])))
    elif isinstance(statement, ast.ClassDef):
        methods = [each for each in statement.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]
        own = [each for each in methods if each.name in _of_every_object(statement)]
        inside = [each for each in statement.body if each not in methods]
        names = _names([*inside, *own, *statement.bases])
        if not {"Protocol", "TypedDict"} & names:  # which say only what type something has
            yield Definition(place, within + statement.name, frozenset(names))
        for method in methods:
            if method not in own:
                yield from _definitions(place, method, f"{statement.name}.")


def _of_every_object(statement: ast.ClassDef) -> set[str]:
    """The methods that whoever makes an object comes to: Python's own, and what Django checks a form's fields with."""
    assigned = [each.targets[0] for each in statement.body if isinstance(each, ast.Assign)]
    checks = {f"clean_{target.id}" for target in assigned if isinstance(target, ast.Name)}
    methods = {each.name for each in statement.body if isinstance(each, ast.FunctionDef)}
    return {name for name in methods if name.startswith("__") or name in checks}


def _names(nodes: Iterable[ast.AST]) -> set[str]:
    """Every name in them, but for those that only say what type something has, and those in prose."""
    found = set[str]()
    for node in nodes:
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and DOTTED.fullmatch(node.value):
            found |= set(NAMES.findall(node.value))
        found |= _names(_inside(node))
    return found


def _inside(node: ast.AST) -> Iterator[ast.AST]:
    for field, value in ast.iter_fields(node):
        if field not in {"annotation", "returns"}:
            yield from (each for each in (value if isinstance(value, list) else [value]) if isinstance(each, ast.AST))


def _named_by_templates() -> set[str]:
    files = (path for kind in ("html", "liquid", "mjml", "txt") for path in PACKAGE.rglob(f"*.{kind}"))
    return {name for path in files for name in NAMES.findall(_text(path))}


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")

"""Every failpoint of the product, found in its source: a place that nobody struck makes a run invalid."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

# Who comes to a place, by the first word of its name: the web at our doors, which are Stripe's and the payer's; either
# where a part of a plan is paid, as the payer agrees to it or on its day; a worker everywhere else.
ROLES: Final = {"webhook": ("web",), "plan": ("web",), "part": ("web", "worker")}


def failpoints(package: Path) -> dict[str, tuple[str, ...]]:
    """Each failpoint's name and the roles of the processes that reach it."""
    names = sorted({name for path in package.rglob("*.py") for name in _named(path)})
    return {name: ROLES.get(name.partition(".")[0], ("worker",)) for name in names}


def _named(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf8"), str(path))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "failpoint":
            for argument in node.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value

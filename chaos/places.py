"""Every failpoint of the product, found in its source: a place that nobody struck makes a run invalid."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path


def failpoints(package: Path) -> dict[str, str]:
    """Each failpoint's name and the role of the processes that reach it: web for the webhook, worker for the rest."""
    names = sorted({name for path in package.rglob("*.py") for name in _named(path)})
    return {name: "web" if name.startswith("webhook.") else "worker" for name in names}


def _named(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf8"), str(path))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "failpoint":
            for argument in node.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value

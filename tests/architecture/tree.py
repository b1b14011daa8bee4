"""The checkout as the architecture tests see it: its files, its modules, its functions."""

from __future__ import annotations

import ast
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "tideover"


@dataclass(frozen=True)
class Function:
    """A function, the file it is in, and how many lines it takes with its signature and docstring."""

    place: str
    name: str
    lines: int


@cache
def files() -> tuple[Path, ...]:
    """Every file of the project: what git knows, and what it would take in."""
    told = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return tuple(path for name in told.stdout.split("\0") if name and (path := ROOT / name).is_file())


def modules(*tops: str) -> tuple[Path, ...]:
    """The Python files below these folders, without the migrations, which Django writes."""
    return tuple(
        path
        for path in files()
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in tops and "migrations" not in path.parts
    )


def migrations() -> tuple[Path, ...]:
    """The steps that take a database of an older release to this one."""
    return tuple(path for path in files() if path.suffix == ".py" and "migrations" in path.parts)


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def functions(*tops: str) -> list[Function]:
    return [
        Function(str(path.relative_to(ROOT)), node.name, (node.end_lineno or node.lineno) - node.lineno + 1)
        for path in modules(*tops)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def imports(path: Path) -> set[str]:
    """The dotted names a module imports, wherever in it: `from a import b` is `a.b`."""
    found: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found

"""The docs as the architecture tests see them: pages, their code, their tables, and what the sources know by name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from tests.architecture.tree import ROOT, files, modules, parsed

TOPS = ("tideover", "scripts", "chaos", "bench", "tests")
DEVELOP = ROOT / "docs" / "develop"
# A number in running text or in the name of a test: I7, CN-08, test_cn_08.
INVARIANT = re.compile(r"(?<![\w.-])I(\d{1,2})(?![\w-])")
PROMISE = re.compile(r"(?<![A-Za-z0-9])(PR1|PR2|WB|CN|RG)[-_](\d\d)(?!\d)", re.IGNORECASE)


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="ignore")


@cache
def pages() -> tuple[Path, ...]:
    """Every page of prose."""
    return tuple(sorted(path for path in files() if path.suffix == ".md"))


def blocks(page: Path) -> list[str]:
    """What stands between fences."""
    return re.findall(r"^```\w*\n(.*?)^```", text(page), re.MULTILINE | re.DOTALL)


def prose(page: Path) -> str:
    """All but what stands between fences."""
    return re.sub(r"^```\w*\n.*?^```", "", text(page), flags=re.MULTILINE | re.DOTALL)


def spans(page: Path) -> set[str]:
    """What stands in backticks within a line."""
    return set(re.findall(r"`([^`\n]+)`", prose(page)))


def tables(page: Path) -> Iterator[tuple[str, list[list[str]]]]:
    """Each table: what stands above its first column, and the cells of its lines."""
    for table in re.findall(r"(?:^\|.*\n)+", f"{text(page)}\n", re.MULTILINE):
        head, _, *lines = ([cell.strip() for cell in line.strip().strip("|").split("|")] for line in table.splitlines())
        yield head[0], lines


def lines(page: Path, head: str) -> list[list[str]]:
    """The cells of the table with this head. There is one."""
    [found] = [lines for name, lines in tables(page) if name == head]
    return found


def column(page: Path, head: str) -> set[str]:
    """What is in backticks in the first column of the table with this head."""
    return {span.partition("{")[0] for cells in lines(page, head) for span in re.findall(r"`([^`]+)`", cells[0])}


def sections(page: Path) -> Mapping[str, str]:
    """The text below each heading of the second rank, by the heading."""
    _, *parts = re.split(r"^## (.+)$", text(page), flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def invariants(page: str) -> set[str]:
    return {f"I{number}" for number in INVARIANT.findall(page)}


def promises(page: str) -> set[str]:
    return {f"{prefix.upper()}-{number}" for prefix, number in PROMISE.findall(page)}


# ── what the sources know ──


@cache
def places() -> frozenset[str]:
    """Every file and every folder, from the root."""
    known = {named(path) for path in files()}
    return frozenset(known | {str(folder) for name in known for folder in Path(name).parents if str(folder) != "."})


def leads_to(path: str) -> bool:
    """Whether a file or a folder is called so, or ends so. `<kind>` stands for any one name."""
    wanted = r"[^/]+".join(map(re.escape, re.split(r"<[\w -]+>", path.strip("/"))))
    ending = re.compile(rf"(?:.*/)?{wanted}")
    return any(ending.fullmatch(place) for place in places())


@cache
def by_module() -> Mapping[str, Path]:
    """Every module and package of ours, by its dotted name, with and without `tideover.` before it."""
    found: dict[str, Path] = {}
    for path in modules(*TOPS):
        dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        found[dotted] = found[dotted.removeprefix("tideover.")] = path
    return found


def resolves(dotted: str) -> bool:
    """Whether it is a module of ours, or something that is defined in one."""
    parts = dotted.split(".")
    for end in range(len(parts), 0, -1):
        path = by_module().get(".".join(parts[:end]))
        if path is not None:
            return _holds(parsed(path).body, parts[end:])
    return False


def begins_with_a_room(dotted: str) -> bool:
    return dotted.split(".", maxsplit=1)[0] in by_module()


def _holds(body: Sequence[ast.stmt], names: Sequence[str]) -> bool:
    if not names:
        return True
    return any(
        names[0] in _defined(node) and (len(names) == 1 or (isinstance(node, ast.ClassDef) and _holds(node.body, names[1:])))
        for node in body
    )  # fmt: skip


def _defined(node: ast.stmt) -> set[str]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return {node.name}
        case ast.Assign():
            return {name.id for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name)}
        case ast.AnnAssign(target=ast.Name(id=name)):
            return {name}
        case _:
            return set()


@cache
def words() -> frozenset[str]:
    """Every name and every whole text that stands in the code of the product and the harness."""
    found: set[str] = set()
    for path in modules("tideover", "chaos"):
        for node in ast.walk(parsed(path)):
            found |= _words(node)
    return frozenset(found)


@cache
def metrics() -> frozenset[str]:
    """The names of the figures for Prometheus, as they are written out."""
    told = text(ROOT / "tideover" / "upkeep" / "metrics.py")
    gauges = {f"tideover_{name}" for name in re.findall(r"_gauge\(\s*\"(\w+)\"", told)}
    return frozenset(gauges | set(re.findall(r"# TYPE (tideover_\w+)", told)))


@cache
def failpoints() -> frozenset[str]:
    """Where the harness may strike."""
    calls = [re.findall(r"failpoint\(\"([\w.]+)\"\)", text(path)) for path in modules("tideover")]
    return frozenset(name for names in calls for name in names)


def _words(node: ast.AST) -> set[str]:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
            return {name}
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Constant(value=str(value)):
            return {value}
        case _:
            return set()

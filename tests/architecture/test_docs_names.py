"""What the house has, a page tells of: each list of the code has its table, with a line for each and no line too many."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pytest
from typer.main import get_command

from tests.architecture import pages
from tests.architecture.pages import named, text
from tests.architecture.tree import ROOT, modules, parsed
from tideover.cli.main import app
from tideover.config import Config
from tideover.core.case import Attention
from tideover.core.outcomes import EFFECTS, Unsent, Word
from tideover.core.steps import Do
from tideover.inbox.translate import ENDPOINT_EVENTS, EVENTS
from tideover.notices.kinds import Kind
from tideover.recovery.kinds.table import PERFORMERS
from tideover.recovery.telling.holds import By
from tideover.upkeep.invariants import RULES

DOCS: Final = ROOT / "docs"
LIFE: Final = DOCS / "develop" / "life-of-a-charge.md"
LOGGERS: Final = {"said", "alone", *(f"log.{level}" for level in ("debug", "info", "warning", "error", "exception"))}
CONTRACTS: Final = tomllib.loads(text(ROOT / "pyproject.toml"))["tool"]["importlinter"]["contracts"]


def _stand_in(contract: str) -> set[str]:
    """What a contract of layers names."""
    layers = next(each["layers"] for each in CONTRACTS if each["id"] == contract)
    return {name for layer in layers for name in re.split(r"\s*[|:]\s*", layer)}


def _log_lines() -> set[str]:
    """What a line of ours begins with: the first argument of each call of a logger."""
    calls = [node for path in modules("tideover") for node in ast.walk(parsed(path)) if isinstance(node, ast.Call)]
    logged = [call.args[0] for call in calls if call.args and ast.unparse(call.func) in LOGGERS]
    words = {str(each.value) for line in logged for each in ast.walk(line) if isinstance(each, ast.Constant)}
    return {word for word in words if re.fullmatch(r"[a-z_]+\.[a-z_]+", word)}


def _commands() -> set[str]:
    return set(get_command(app).commands)  # type: ignore[attr-defined]


Things = Callable[[], set[str]]
# The page, the head of its table's first column, and what stands below it.
TABLES: Final[Mapping[str, tuple[Path, str, Things]]] = {
    "rooms": (ROOT / "ARCHITECTURE.md", "Room", lambda: _stand_in("layers")),
    "the simulator's floors": (ROOT / "ARCHITECTURE.md", "Floor", lambda: _stand_in("floors")),
    "settings": (DOCS / "operate/settings.md", "Variable", lambda: {f"TIDEOVER_{name.upper()}" for name in Config.model_fields}),
    "events": (DOCS / "operate/connect.md", "Event", lambda: set(EVENTS)),
    "metrics": (DOCS / "operate/monitoring.md", "Metric", lambda: set(pages.metrics())),
    "rules that are watched": (DOCS / "operate/monitoring.md", "Rule", lambda: set(RULES)),
    "log lines": (DOCS / "operate/monitoring.md", "Line", _log_lines),
    "failpoints": (LIFE, "Failpoint", lambda: set(pages.failpoints())),
    "kinds of action": (LIFE, "Kind", lambda: set(Do)),
    "outcomes": (LIFE, "Word", lambda: set(Word)),
    "why a message was not sent": (LIFE, "Reason", lambda: set(Unsent)),
    "marks for a person": (LIFE, "Mark", lambda: {mark.value for mark in Attention if mark}),
    "notices": (DOCS / "guide/notices.md", "Notice", lambda: {kind.value for kind in Kind}),
    "what tideover why can name": (LIFE, "Held by", lambda: set(By)),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_each_list_of_the_code_is_told_line_by_line(name):
    page, head, things = TABLES[name]
    assert pages.column(page, head) == things()


def test_every_command_and_every_target_is_told():
    told = {command.split()[1] for command in pages.column(DOCS / "operate/commands.md", "Command")}
    assert told == _commands()
    targets = {command.split()[1] for command in pages.column(DOCS / "develop/README.md", "Target")}
    assert targets == set(re.findall(r"^([a-z-]+):.*## ", text(ROOT / "Makefile"), re.MULTILINE))


def test_what_is_told_of_an_outcome_and_of_a_kind_is_so():
    effects = {
        word: effect for cells in pages.lines(LIFE, "Word") for word, effect in [(cells[0].strip("`"), cells[-1])]
    }
    assert effects == {word.value: effect.value for word, effect in EFFECTS.items()}
    modules_of = {cells[0].strip("`"): cells[1].strip("`") for cells in pages.lines(LIFE, "Kind")}
    assert modules_of == {kind.value: performer.perform.__module__.removeprefix("tideover.") for kind, performer in PERFORMERS.items()}  # fmt: skip


def test_who_sets_a_mark_is_told():
    for mark, _, setters in pages.lines(LIFE, "Mark"):
        for name in re.findall(r"`([\w.]+)`", setters):
            module = pages.by_module()[name.rpartition(".")[0]]
            assert f"Attention.{Attention(mark.strip('`')).name}" in text(module), f"{name} sets no {mark}"


def test_what_we_ask_stripe_for_is_told():
    asked = {cells[0].strip("`") for cells in pages.lines(DOCS / "operate/connect.md", "Event") if cells[-1] == "yes"}
    assert asked == set(ENDPOINT_EVENTS)


@pytest.mark.parametrize("page", sorted(pages.DEVELOP.glob("*.md")), ids=named)
def test_every_page_for_developers_is_in_their_index(page):
    assert page.name == "README.md" or f"]({page.name})" in text(pages.DEVELOP / "README.md")

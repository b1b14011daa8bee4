"""What a page names is there: links, commands, targets, modules, functions, settings, metrics. A dead reference fails."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest
from typer.main import get_command

from tests.architecture import pages
from tests.architecture.pages import named, spans, text
from tests.architecture.tree import ROOT
from tideover.cli.main import app
from tideover.config import Config
from tideover.core.ways.reader_metadata import KEYS

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
COMMAND = re.compile(r"^(?:\$ )?(?:[A-Z_]+=\S+ )*(make|tideover) ?([a-z-]*)", re.MULTILINE)
INLINE = re.compile(r"`(?:\$ )?(make|tideover) ([a-z-]+)[^`]*`")
DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.\w+)+")
WORD = re.compile(r"[A-Za-z_][\w-]*")
EVERY_PAGE = pytest.mark.parametrize("page", pages.pages(), ids=named)
PAGES_FOR_DEVELOPERS = pytest.mark.parametrize("page", sorted(pages.DEVELOP.glob("*.md")), ids=named)
IGNORED: Final = tuple(line.rstrip("/") for line in text(ROOT / ".gitignore").splitlines())
# The changelog tells of names that are gone.
OF_TODAY: Final = [page for page in pages.pages() if page.name != "CHANGELOG.md"]


@EVERY_PAGE
def test_every_link_of_a_page_leads_somewhere(page):
    targets = [first or second for first, second in LINK.findall(text(page))]
    local = [target for target in targets if not re.match(r"[a-z]+:", target)]
    assert [target for target in local if not _leads(page, target)] == []


def _leads(page: Path, target: str) -> bool:
    place, _, anchor = target.partition("#")
    goal = (page.parent / place).resolve() if place else page
    if not goal.exists():
        return False
    return not anchor or goal.suffix != ".md" or anchor in _anchors(goal)


def _anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as a forge makes them."""
    headings = re.findall(r"^#+ (.+)$", text(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_every_make_target_that_a_page_names_exists():
    targets = set(re.findall(r"^([a-z-]+):", text(ROOT / "Makefile"), re.MULTILINE))
    assert {target for target in _told("make") if target} - targets == set()


def test_every_command_that_a_page_names_exists():
    commands = set(get_command(app).commands)  # type: ignore[attr-defined]
    assert {command for command in _told("tideover") if command} - commands == set()


def _told(program: str) -> set[str]:
    """The first words after `program` in the code of all pages."""
    lines = {word for page in pages.pages() for block in pages.blocks(page) for name, word in COMMAND.findall(block) if name == program}  # fmt: skip
    return lines | {word for page in pages.pages() for name, word in INLINE.findall(text(page)) if name == program}


def test_every_check_that_a_page_runs_alone_exists():
    checks = set(re.findall(r'^    "([a-z]+)": \[', text(ROOT / "scripts" / "check.py"), re.MULTILINE))
    assert checks
    assert {name for arguments in _arguments("check") for name in arguments.split()} - checks == set()


def test_every_test_that_a_page_runs_alone_is_there():
    told = {word for arguments in _arguments("test") for word in arguments.split() if word.startswith("tests")}
    assert told
    assert [path for path in sorted(told) if not pages.leads_to(path)] == []


def _arguments(target: str) -> set[str]:
    """What pages hand to a target."""
    asked = re.compile(rf'make {target} ARGS=(?:"([^"]+)"|(\w+))')
    return {first or second for page in pages.pages() for first, second in asked.findall(text(page))}


@pytest.mark.parametrize("page", OF_TODAY, ids=named)
def test_every_file_and_folder_of_ours_that_a_page_names_is_there(page):
    told = [span for span in spans(page) if _is_a_place(span)]
    assert [place for place in told if not pages.leads_to(place)] == []


def _is_a_place(span: str) -> bool:
    """A path into the checkout: not an address, not what git ignores, as a build or a run makes it."""
    if re.search(r"[\s:…*$]", span) or span.startswith(("/", *IGNORED, "TIDEOVER_", "-")):
        return False
    return span.endswith((".py", ".md", ".toml", ".liquid", ".html", ".mjml", ".css", ".js")) or "/" in span


@pytest.mark.parametrize("page", OF_TODAY, ids=named)
def test_every_dotted_name_is_something_in_a_module_of_ours_or_a_word_of_the_code(page):
    told = [span.partition("(")[0] for span in spans(page)]
    dotted = [span for span in told if DOTTED.fullmatch(span) and not pages.leads_to(span)]
    rooms = [span for span in dotted if pages.begins_with_a_room(span)]
    assert [span for span in rooms if not pages.resolves(span) and span not in pages.words()] == []


@pytest.mark.parametrize("page", OF_TODAY, ids=named)
def test_every_setting_and_metric_that_a_page_names_exists(page):
    settings = {f"TIDEOVER_{name.upper()}" for name in Config.model_fields}
    assert set(re.findall(r"`(TIDEOVER_[A-Z_]+)", text(page))) - settings - _read_besides() == set()
    assert set(re.findall(r"`(tideover_[a-z_]+)", text(page))) - pages.metrics() - set(KEYS.values()) == set()


def _read_besides() -> set[str]:
    """What the harness and the demo set in a process's environment, and no installation does."""
    return {word for word in pages.words() if re.fullmatch(r"TIDEOVER_[A-Z_]+", word)}


@PAGES_FOR_DEVELOPERS
def test_what_a_page_for_developers_has_in_backticks_stands_in_the_code(page):
    words = [span.partition("(")[0] for span in spans(page)]
    strangers = [word for word in words if WORD.fullmatch(word) and not _is_known(word)]
    assert strangers == []


def _is_known(word: str) -> bool:
    known = pages.words() | pages.metrics() | pages.by_module().keys()
    return word in known or pages.leads_to(word)

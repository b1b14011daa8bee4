"""The checkout itself: no address of a registry, no path of a machine, commands and links that lead somewhere."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.main import get_command

from tests.architecture.tree import ROOT, files
from tideover.cli.main import app

# Written in pieces, so that this file does not hold what it looks for.
FOREIGN = re.compile(
    "|".join(
        [
            r"pypi\." + "org", r"python" + r"hosted\.org", r"registry\.npm" + r"js\.org", r"registry\.yarn" + "pkg",
            "file:" + "///", "/" + r"work/(?:main|shared)", "/" + "opt/(?:pypi|wheels)", r"(?<!\w)/" + r"home/\w+", r"C:\\" + "Users",
        ]
    )
)  # fmt: skip
MARKDOWN = [path for path in files() if path.suffix == ".md"]
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
COMMAND = re.compile(r"^(?:\$ )?(?:[A-Z_]+=\S+ )*(make|tideover) ?([a-z-]*)", re.MULTILINE)
INLINE = re.compile(r"`(?:\$ )?(make|tideover) ([a-z-]+)[^`]*`")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="ignore")


def test_no_file_names_a_registry_or_a_path_of_somebodys_machine():
    found = {named(path): hit.group() for path in files() if (hit := FOREIGN.search(text(path)))}
    assert found == {}


@pytest.mark.parametrize("path", sorted((ROOT / "requirements").glob("*.txt")), ids=named)
def test_pins_are_exact_hashed_and_carry_no_address(path):
    lines = [line for line in text(path).splitlines() if line and not line.startswith(("#", " "))]
    assert lines
    assert [line for line in lines if not re.match(r"[\w.-]+(\[[\w,]+\])?==[\w.+!]+ ", line)] == []
    assert text(path).count("--hash=sha256:") >= len(lines)
    assert not re.search(r"https?:|^--|^-[a-z]", text(path), re.MULTILINE)


def test_pins_agree_with_each_other():
    pinned: dict[str, set[str]] = {}
    for path in (ROOT / "requirements").glob("*.txt"):
        for name, version in re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==(\S+)", text(path), re.MULTILINE):
            pinned.setdefault(name, set()).add(version)
    assert {name: versions for name, versions in pinned.items() if len(versions) > 1} == {}


def test_the_lock_of_the_front_end_carries_hashes_and_no_address():
    packages = json.loads(text(ROOT / "frontend" / "package-lock.json"))["packages"]
    bought = {name: package for name, package in packages.items() if name}
    assert bought
    assert [name for name, package in bought.items() if "resolved" in package] == []
    assert [name for name, package in bought.items() if "integrity" not in package] == []


def test_every_make_target_that_a_page_names_exists():
    targets = set(re.findall(r"^([a-z-]+):", text(ROOT / "Makefile"), re.MULTILINE))
    assert {target for target in _told("make") if target} - targets == set()


def test_every_command_that_a_page_names_exists():
    commands = set(get_command(app).commands)  # type: ignore[attr-defined]
    assert {command for command in _told("tideover") if command} - commands == set()


def _told(program: str) -> set[str]:
    """The first words after `program` in the code of all pages."""
    blocks = [
        block for path in MARKDOWN for block in re.findall(r"^```\w*\n(.*?)^```", text(path), re.MULTILINE | re.DOTALL)
    ]
    lines = {word for block in blocks for name, word in COMMAND.findall(block) if name == program}
    return lines | {word for path in MARKDOWN for name, word in INLINE.findall(text(path)) if name == program}


@pytest.mark.parametrize("path", MARKDOWN, ids=named)
def test_every_link_of_a_page_leads_somewhere(path):
    targets = [first or second for first, second in LINK.findall(text(path))]
    local = [target for target in targets if not re.match(r"[a-z]+:", target)]
    assert [target for target in local if not _leads(path, target)] == []


def _leads(page: Path, target: str) -> bool:
    place, _, anchor = target.partition("#")
    goal = (page.parent / place).resolve() if place else page
    if not goal.exists():
        return False
    return not anchor or goal.suffix != ".md" or anchor in _anchors(goal)


@pytest.mark.parametrize("path", MARKDOWN, ids=named)
def test_every_module_that_a_page_names_is_there(path):
    places = {f"/{named(file)}" for file in files() if file.suffix == ".py"}
    told = re.findall(r"`((?:\w+/)*\w+\.py)`", text(path))
    assert [module for module in told if not any(place.endswith(f"/{module}") for place in places)] == []


def _anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as a forge makes them."""
    headings = re.findall(r"^#+ (.+)$", text(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}

"""The checkout itself: no address of a registry, no path of a machine, pins that are exact and agree."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, files

# Written in pieces, so that this file does not hold what it looks for.
FOREIGN = re.compile(
    "|".join(
        [
            r"pypi\." + "org", r"python" + r"hosted\.org", r"registry\.npm" + r"js\.org", r"registry\.yarn" + "pkg",
            "file:" + "///", "/" + r"work/(?:main|shared)", "/" + "opt/(?:pypi|wheels)", r"(?<!\w)/" + r"home/\w+", r"C:\\" + "Users",
        ]
    )
)  # fmt: skip


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

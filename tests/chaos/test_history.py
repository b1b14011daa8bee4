"""The version before this one comes out of git, and where there is none that is said."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from chaos.history import NoHistory, unpack_the_version_before


def git(where: Path, *words: str) -> str:
    named = ("-c", "user.name=Pia", "-c", "user.email=pia@acme.example", "-c", "init.defaultBranch=main")
    return subprocess.run(["git", *named, *words], cwd=where, check=True, capture_output=True, text=True).stdout.strip()


def committed(where: Path, file: str) -> str:
    """A commit that adds a file; its name."""
    path = where / "tideover" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    git(where, "add", ".")
    git(where, "commit", "-m", f"core: Add {file}")
    return git(where, "rev-parse", "HEAD")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone whose migrations came one after the other, with other work between them and after."""
    where = tmp_path / "clone"
    where.mkdir()
    git(where, "init")
    for file in ("inbox/migrations/0001_initial.py", "inbox/store.py"):
        committed(where, file)
    return where


def test_it_is_the_newest_commit_that_does_not_know_the_newest_migration(clone, tmp_path):
    before = git(clone, "rev-parse", "HEAD")
    committed(clone, "inbox/migrations/0002_by_lane.py")
    committed(clone, "inbox/queue.py")
    assert unpack_the_version_before(tmp_path / "before", clone) == before
    unpacked = {str(path.relative_to(tmp_path / "before")) for path in (tmp_path / "before").rglob("*.py")}
    assert unpacked == {"tideover/inbox/migrations/0001_initial.py", "tideover/inbox/store.py"}


def test_it_is_the_last_commit_where_the_newest_migration_is_in_none_yet(clone, tmp_path):
    (clone / "tideover/inbox/migrations/0002_by_lane.py").write_text("")
    assert unpack_the_version_before(tmp_path / "before", clone) == git(clone, "rev-parse", "HEAD")


def test_a_clone_without_its_history_says_what_it_needs(clone, tmp_path):
    git(tmp_path, "clone", "--depth=1", f"file://{clone}", "shallow")
    (tmp_path / "unpacked").mkdir()
    for place in ("shallow", "unpacked"):
        with pytest.raises(NoHistory, match="needs a clone with its history"):
            unpack_the_version_before(tmp_path / "before", tmp_path / place)


def test_a_clone_with_its_first_migration_only_says_that_there_is_none_before(clone, tmp_path):
    with pytest.raises(NoHistory):
        unpack_the_version_before(tmp_path / "before", clone)

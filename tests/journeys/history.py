"""The version before this one, out of git: the newest commit that does not know one of today's migrations yet."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

MIGRATIONS = "tideover/*/migrations/0*.py"


def unpack_the_version_before(folder: Path) -> Path:
    """Its checkout below `folder`. Skips the test where there is no history to take it from."""
    commit = _before_the_newest_migration()
    with tarfile.open(fileobj=io.BytesIO(_git("archive", commit, "tideover"))) as packed:
        packed.extractall(folder, filter="data")
    return folder


def _before_the_newest_migration() -> str:
    """Found and not written down, so that it stays the one right before today's schema."""
    today = {str(path.relative_to(ROOT)) for path in ROOT.glob(MIGRATIONS)}
    if not (ROOT / ".git").exists() or _git("rev-parse", "--is-shallow-repository").strip() == b"true":
        pytest.skip("the version before this one: needs a clone with its history (git clone, git fetch --unshallow)")
    changes = _git("log", "--format=%H", "--", f":(glob){MIGRATIONS}").decode().split()
    return next(commit for commit in ("HEAD", *(f"{change}^" for change in changes)) if _known_in(commit) < today)


def _known_in(commit: str) -> set[str]:
    names = _git("ls-tree", "-r", "--name-only", commit, "tideover").decode().split()
    return {name for name in names if Path(name).match(MIGRATIONS)}


def _git(*words: str) -> bytes:
    # safe.directory: a runner's checkout may belong to another user than the one who tests.
    return subprocess.run(
        ["git", "-c", "safe.directory=*", *words], cwd=ROOT, capture_output=True, check=True
    ).stdout  # fmt: skip

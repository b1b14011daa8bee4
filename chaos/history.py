"""The version before this one, out of git: the newest commit that does not know one of today's migrations yet."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MIGRATIONS = "tideover/*/migrations/0*.py"


class NoHistory(Exception):  # noqa: N818 - what it is
    """There is nothing here to take the version before from; it says why, and what to do."""


def unpack_the_version_before(folder: Path, root: Path = ROOT) -> str:
    """The product of that version into `folder`; returns its commit. Raises NoHistory."""
    if not (root / ".git").exists() or _git(root, "rev-parse", "--is-shallow-repository").strip() == b"true":
        raise NoHistory("needs a clone with its history (git clone, git fetch --unshallow)")
    commit = _before_the_newest_migration(root)
    with tarfile.open(fileobj=io.BytesIO(_git(root, "archive", commit, "tideover"))) as packed:
        packed.extractall(folder, filter="data")
    return commit


def _before_the_newest_migration(root: Path) -> str:
    """Found and not written down, so that it stays the one right before today's schema."""
    today = {str(path.relative_to(root)) for path in root.glob(MIGRATIONS)}
    changes = _git(root, "log", "--format=%H", "--", f":(glob){MIGRATIONS}").decode().split()
    for commit in ("HEAD", *(f"{change}^" for change in changes)):
        if _known_in(root, commit) < today:
            return _git(root, "rev-parse", commit).decode().strip()
    raise NoHistory("no commit knows fewer migrations than there are")


def _known_in(root: Path, commit: str) -> set[str]:
    names = _git(root, "ls-tree", "-r", "--name-only", commit, "tideover").decode().split()
    return {name for name in names if Path(name).match(MIGRATIONS)}


def _git(root: Path, *words: str) -> bytes:
    # safe.directory: a runner's checkout may belong to another user than the one who tests.
    command = ["git", "-c", "safe.directory=*", *words]
    try:
        return subprocess.run(command, cwd=root, capture_output=True, check=True).stdout
    except FileNotFoundError:
        raise NoHistory("needs git") from None
    except subprocess.CalledProcessError as refused:
        raise NoHistory(f"git {words[0]} says: {refused.stderr.decode('utf8', 'replace').strip()}") from None

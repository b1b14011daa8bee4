"""A disk of its own that gets really full: a small tmpfs, where this process may mount one. And one full by a limit."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

MEGABYTES: Final = 64
TIMES: Final = 100  # so often it is tried to make the disk as small as what is on it


class CannotMount(Exception):  # noqa: N818 - what it is
    """That takes root, and in a container the right to mount; it says what was missing."""


class Disk:
    """At `folder`, which is there and empty."""

    def __init__(self, folder: Path, megabytes: int = MEGABYTES) -> None:
        self.folder, self._size = folder, f"{megabytes}m"

    def mount(self, owner: int) -> None:
        """From now on the folder is the disk, and its owner's alone. Raises CannotMount."""
        _mount("-t", "tmpfs", "-o", f"size={self._size},uid={owner},mode=700", "tideover", str(self.folder))

    def fill(self) -> None:
        """No room is left, for anybody. Raises CannotMount."""
        for _ in range(TIMES):
            told = os.statvfs(self.folder)
            with suppress(CannotMount):  # something was written since we looked
                self._resize(str((told.f_blocks - told.f_bfree) * told.f_frsize))
                return
        raise CannotMount(f"what lies on {self.folder} grew faster than anybody could look")

    def make_room(self) -> None:
        """There is as much room as there was."""
        self._resize(self._size)

    def _resize(self, size: str) -> None:
        _mount("-o", f"remount,size={size}", str(self.folder))

    def unmount(self) -> None:
        """What was on it is gone; the folder is there and empty."""
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)


def _mount(*words: str) -> None:
    try:
        subprocess.run(["mount", *words], check=True, capture_output=True)
    except OSError as missing:
        raise CannotMount(f"needs mount: {missing.strerror}") from None
    except subprocess.CalledProcessError as refused:
        said = refused.stderr.decode("utf8", "replace").strip().partition("\n")[0]
        raise CannotMount(f"needs root and the right to mount: {said}") from None


@contextmanager
def limited(pids: Collection[int]) -> Iterator[None]:
    """While it lasts no file of these processes grows beyond what nearly every write would."""
    _limit(pids, 4096)
    yield
    _limit(pids, resource.RLIM_INFINITY)


def _limit(pids: Collection[int], most: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))

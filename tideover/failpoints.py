"""Named places where the fault-injection harness may end, break or stall this process; inert unless it was armed."""

from __future__ import annotations

import os
import signal
import time

_armed: dict[str, str] = {}
_log = ""


class Struck(Exception):  # noqa: N818 - what happened
    """An armed failpoint raised, as an unforeseen error in this place would."""


def arm(words: str, log: str = "") -> None:
    """Arm this process: `name=kill`, `name=raise` or `name=sleep:SECONDS`, with commas; each strikes once.

    Every strike is a line in the file `log` before it happens, so that a run can prove which places were struck.
    """
    global _log  # noqa: PLW0603 - a process is armed as a whole
    _log = log
    _armed.clear()
    _armed.update(word.partition("=")[::2] for word in words.split(",") if word)


def failpoint(name: str) -> None:
    """Nothing, in every process that was not armed for this name. Raises Struck where it was armed to raise."""
    if _armed and name in _armed:
        _strike(name, _armed.pop(name))


def _strike(name: str, action: str) -> None:
    if _log:
        handle = os.open(_log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(handle, f"{name} {action} {os.getpid()}\n".encode())
        os.close(handle)
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if action == "raise":
        raise Struck(name)
    time.sleep(float(action.removeprefix("sleep:")))


arm(os.environ.get("TIDEOVER_FAILPOINTS", ""), os.environ.get("TIDEOVER_FAILPOINTS_LOG", ""))

"""Opt-outs and erasures outside of the database: an append-only file, so that no restored backup can undo one.

One JSON object a line, with keyed hashes only; synced to the disk right after the commit it tells of.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import structlog
from django.db import transaction

from tideover.config import config

ERASED = "erased"
EVERYBODY = "*"  # in the place of a hash: the organization itself was erased
SPARE = 65_536  # bytes that are given up when the disk is full, so that a person's last word still finds room
log = structlog.get_logger("optouts")


@dataclass(frozen=True, slots=True)
class OptOut:
    """An address this merchant writes to no more (`reason` of Suppression.Reason), or whose owner was erased.

    channel: the one that is meant; an erasure names none.
    """

    organization: str
    address_hash: str
    channel: str
    reason: str
    at: str


def path() -> Path:
    """Where the file lies. Several machines may have one each: a restore takes them all."""
    chosen = config().optouts_file
    return Path(chosen) if chosen else config().home / "optouts.jsonl"


def keep(organization_id: UUID, channel: str, address_hash: str, reason: str, now: datetime) -> None:
    """Append the opt-out once the transaction it belongs to is committed."""
    told = OptOut(str(organization_id), address_hash, channel, reason, now.isoformat())
    transaction.on_commit(lambda: _journal(told))


def _journal(told: OptOut) -> None:
    try:
        _append(told, path())
    except OSError as full:  # the database has it: it holds, but a backup from before it would not know it
        log.exception("optout.not_journaled", reason=full.strerror)


def _append(told: OptOut, file: Path) -> None:
    """Raises OSError where there is no room, not even that of the spare file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        _write(told, file)
    except OSError:
        _spare().unlink(missing_ok=True)
        _write(told, file)


def _write(told: OptOut, file: Path) -> None:
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        line = _new_line(handle) + json.dumps(asdict(told)).encode() + b"\n"
        if os.write(handle, line) < len(line):  # one write: lines of two writers never mix
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(handle)
    finally:
        os.close(handle)


def _new_line(handle: int) -> bytes:
    """What comes first where a power cut or a full disk cut off the last line: only that one is lost."""
    size = os.fstat(handle).st_size
    return b"\n" if size and os.pread(handle, 1, size - 1) != b"\n" else b""


# ── when the database does not take them ──


def waiting() -> Path:
    """Where opt-outs wait that the database of this machine could not take."""
    return path().with_name("optouts-waiting.jsonl")


def _spare() -> Path:
    return path().with_name("optouts.spare")


def keep_room() -> None:
    """Hold some room for opt-outs on a disk that fills up."""
    spare = _spare()
    if not spare.exists():
        spare.parent.mkdir(parents=True, exist_ok=True)
        spare.write_bytes(os.urandom(SPARE))  # nothing that a file system could leave out


def wait(told: OptOut) -> bool:
    """Keep an opt-out that the database did not take; from now on it holds. False where there is no room at all."""
    try:
        _append(told, waiting())
    except OSError as full:
        log.exception("optout.not_kept", reason=full.strerror)
        return False
    return True


def waits(organization_id: UUID, channel: str, address_hash: str) -> bool:
    """Whether an opt-out of this address waits for the database of this machine."""
    if not waiting().exists():
        return False
    about = (str(organization_id), channel, address_hash)
    return any((told.organization, told.channel, told.address_hash) == about for told in kept(waiting()))


@contextmanager
def taken_in() -> Iterator[list[OptOut]]:
    """Those that wait; once what is done with them is done without an error they wait no more."""
    if not waiting().exists():
        yield []
        return
    with waiting().open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # who comes meanwhile waits for its turn, and is not wiped out with these
        yield list(kept(waiting()))
        file.truncate(0)
        os.fsync(file.fileno())


def kept(file: Path) -> Iterator[OptOut]:
    """What the file tells. A last line that a power cut left unfinished is passed over."""
    for line in file.read_text("utf-8").splitlines():
        try:
            yield OptOut(**json.loads(line))
        except (ValueError, TypeError):
            continue

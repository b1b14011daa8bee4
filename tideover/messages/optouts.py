"""Opt-outs and erasures outside of the database: an append-only file, so that no restored backup can undo one.

One JSON object a line, with keyed hashes only; synced to the disk right after the commit it tells of.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.db import transaction

from tideover.config import config

ERASED = "erased"


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
    transaction.on_commit(lambda: _append(told))


def _append(told: OptOut) -> None:
    file = path()
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(handle, json.dumps(asdict(told)).encode() + b"\n")  # one write: lines of two writers never mix
        os.fsync(handle)
    finally:
        os.close(handle)


def kept(file: Path) -> Iterator[OptOut]:
    """What the file tells. A last line that a power cut left unfinished is passed over."""
    for line in file.read_text("utf-8").splitlines():
        try:
            yield OptOut(**json.loads(line))
        except (ValueError, TypeError):
            continue

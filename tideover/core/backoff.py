"""How long to wait before asking again: exponential, with full jitter, and the same answer for the same question."""

from __future__ import annotations

from datetime import timedelta
from hashlib import blake2b
from uuid import UUID


def backoff(key: UUID, tries: int, *, first: timedelta, most: timedelta) -> timedelta:
    """Between nothing and `first` * 2^`tries`, at most `most`; spread evenly over keys: no crowd returns at once.

    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """
    limit: timedelta = min(most, first * (1 << min(tries, 20)))
    drawn = int.from_bytes(blake2b(key.bytes + tries.to_bytes(4, "big"), digest_size=4).digest(), "big")
    return limit * drawn / 2**32

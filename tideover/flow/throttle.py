"""At most so many of a thing in so many seconds, counted in the cache of this process."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from django.core.cache import cache


@dataclass(frozen=True, slots=True)
class Throttle:
    """`limit` uses per key within `seconds`."""

    name: str
    limit: int
    seconds: int

    def allows(self, key: str) -> bool:
        """Count one use of `key`; False once there were more than `limit`."""
        place = f"throttle:{self.name}:{sha256(key.encode()).hexdigest()}"
        if cache.add(place, 1, self.seconds):
            return True
        try:
            return cache.incr(place) <= self.limit
        except ValueError:  # it expired between the two lines
            return True

"""At most so many of a thing in so many seconds, counted in the database: by all processes, and crowded out by none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.crypto import salted_hmac

from tideover.flow.database_clock import over
from tideover.flow.models import Allowance


@dataclass(frozen=True, slots=True)
class Throttle:
    """`limit` uses per key within `seconds` of the first."""

    name: str
    limit: int
    seconds: int

    def allows(self, key: str, now: datetime) -> bool:
        """Count one use of `key`; False once there were more than `limit`."""
        place, mine = self._place(key), Allowance.objects.filter(pk=self._place(key))
        window = timedelta(seconds=self.seconds)
        with transaction.atomic():
            mine.filter(over("until", now, window)).delete()
            Allowance.objects.bulk_create([Allowance(place=place, until=now + window)], ignore_conflicts=True)
            mine.update(used=F("used") + 1)
            return mine.values_list("used", flat=True).get() <= self.limit

    def give_back(self, key: str) -> None:
        """The last use of `key` is not counted after all."""
        Allowance.objects.filter(pk=self._place(key), used__gt=0).update(used=F("used") - 1)

    def reset(self, key: str) -> None:
        """No use of `key` is counted any more."""
        Allowance.objects.filter(pk=self._place(key)).delete()

    def _place(self, key: str) -> str:
        """Where the key is counted; whose it is cannot be read from it."""
        return salted_hmac(f"throttle.{self.name}", key, algorithm="sha256").hexdigest()


def clear_ended(now: datetime) -> None:
    """Clear what counts no more."""
    Allowance.objects.filter(until__lte=now).delete()

"""What the watch over what must never be found when it last looked: kept by it, so that a page need not look itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from tideover.tenants.models import Organization
from tideover.upkeep.invariants import RULES, Broken, Found, broken, found
from tideover.upkeep.models import Walk, Watched

NAME: Final = "watch"
# A worker looks every minute. What was found longer ago than this is no word about now.
HOLDS_FOR: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of each rule, and when it was looked at; None: never yet."""

    at: datetime | None
    rules: list[Found]

    def is_old(self, now: datetime) -> bool:
        """Whether it says nothing about now."""
        return self.at is None or now - self.at > HOLDS_FOR


def keep(places: Broken, now: datetime) -> None:
    """Keep what was found of all merchants at that moment. Where it found nothing, what a look since then found stays.

    What is dated further ahead was dated by a clock that went wrong: it would outlive its mending.
    """
    whose = {place.organization_id for there in places.values() for place in there}
    _write([_row(places, each, now) for each in sorted(whose)])
    Watched.objects.exclude(at__range=(now, now + HOLDS_FOR)).delete()
    Walk.objects.update_or_create(name=NAME, defaults={"ended_at": now})


def look_again(organization: Organization, now: datetime) -> None:
    """Look at one organization at once."""
    _write([_row(broken(now, organization.pk), organization.pk, now)])


def _row(places: Broken, organization_id: UUID, now: datetime) -> Watched:
    wrong = [[each.name, each.count, each.examples] for each in found(places, organization_id) if not each.fine]
    return Watched(organization_id=organization_id, at=now, found=wrong)


def _write(rows: list[Watched]) -> None:
    Watched.objects.bulk_create(
        rows, update_conflicts=True, update_fields=["at", "found"], unique_fields=["organization"]
    )


def seen(organization: Organization, now: datetime) -> Seen:
    """The latest of an organization; what a clock that went wrong has dated ahead is no word about now.

    Nobody watches a sample shop: it is small, and looked at as it is shown.
    """
    if organization.is_sample:
        return Seen(now, found(broken(now, organization.pk)))
    row = Watched.objects.filter(organization=organization).first()
    walked = Walk.objects.filter(pk=NAME).values_list("ended_at", flat=True).first()
    at = max((at for at in (walked, row and row.at) if at and at - now <= HOLDS_FOR), default=None)
    wrong = {name: (count, examples) for name, count, examples in (row.found if row else ())}
    return Seen(at, [Found(name, says, *wrong.get(name, (0, ()))) for name, (says, _) in RULES.items()])

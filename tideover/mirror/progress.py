"""How far the mirror of an account is, for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef

from tideover.gateways.listed import LISTS, Listed
from tideover.mirror.models import Mirror

ALMOST: Final = 95  # of a list whose end nobody knows


@dataclass(frozen=True, slots=True)
class Progress:
    """percent: of the first walk; 100 once it is over. counts: how many of each list were read by it.

    trouble: why it does not go on at this time.
    """

    percent: int
    counts: Sequence[tuple[str, int]]
    since: datetime
    imported_at: datetime | None
    walked_at: datetime | None
    trouble: str

    @property
    def counted(self) -> str:
        """The counts in words."""
        return ", ".join(f"{number:,} {name}" for name, number in self.counts) or "nothing yet"


def progress_of(connections: Iterable[UUID]) -> dict[UUID, Progress]:
    """By account; one that was not begun has none."""
    return {mirror.pk: progress(mirror) for mirror in Mirror.objects.filter(pk__in=list(connections))}


def unfinished(project_id: UUID) -> list[Progress]:
    """Of the project's accounts that are being read for the first time."""
    reading = Mirror.objects.filter(connection__project=project_id, connection__state="active", imported_at=None)
    return [progress(mirror) for mirror in reading.order_by("began_at", "pk")]


def was_imported(connection: str) -> Exists:
    """For rows whose account is that of this column: whether its history was read to its end once. Before, nobody can
    say that nothing is open.
    """
    return Exists(Mirror.objects.filter(pk=OuterRef(connection), imported_at__isnull=False))


def progress(mirror: Mirror) -> Progress:
    """Of this mirror."""
    return Progress(
        percent=_percent(mirror),
        counts=[(each.value, mirror.counts[each]) for each in Listed if each in mirror.counts],
        since=mirror.since,
        imported_at=mirror.imported_at,
        walked_at=mirror.walked_at,
        trouble=mirror.trouble,
    )


def _percent(mirror: Mirror) -> int:
    """Each list is as much as the others: how long they are nobody can ask Stripe."""
    if mirror.imported_at is not None:
        return 100
    stages = list(Listed)
    stage = Listed(mirror.stage)
    return (stages.index(stage) * 100 + _of_list(mirror, stage)) // len(stages)


def _of_list(mirror: Mirror, stage: Listed) -> int:
    """By time, as a list goes from the newest to the oldest."""
    whole = mirror.began_at - mirror.walk_since
    if mirror.read_back_to is None or not whole:
        return 0
    share = int(100 * (mirror.began_at - mirror.read_back_to) / whole)
    return max(0, min(share, 100 if LISTS[stage].bounded else ALMOST))

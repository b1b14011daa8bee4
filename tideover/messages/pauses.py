"""The pauses of merchants' streams as rows: noticed every minute, shown on pages, ended by themselves or by a person.

What is sent asks `messages.stream` itself, and waits for no look.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import CharField, Count, QuerySet, Value
from django.db.models.functions import Cast, Concat

from tideover.core.catalogue import Channel, channel_label
from tideover.core.outcomes import Unsent
from tideover.flow.alone import alone
from tideover.messages.models import MessageEvent, StreamPause
from tideover.messages.stream import BASIS_POINTS, ENOUGH_TO_JUDGE, LIMITS, WINDOW, TooMany, bad_events, pause_of
from tideover.tenants import audit
from tideover.tenants.at_once import Line, Question, line, lines
from tideover.tenants.ending import merchants
from tideover.tenants.models import Organization

log = structlog.get_logger("messages")
LIMIT_OF: Final[Mapping[str, int]] = {limit.pause: limit.most for limit in LIMITS.values()}
HARM: Final[Mapping[str, str]] = {
    Unsent.TOO_MANY_BOUNCES: "came back",
    Unsent.TOO_MANY_COMPLAINTS: "were marked as spam",
}
WHAT_TO_DO: Final[Mapping[str, str]] = {
    Unsent.TOO_MANY_BOUNCES: "See which addresses came back, correct them at Stripe, and see what Doctor says of your"
    " sender's domain.",
    Unsent.TOO_MANY_COMPLAINTS: "See whose messages were marked, and write less often or in a milder tone.",
}


@dataclass(frozen=True, slots=True)
class Paused:
    """A channel by which nothing goes: since when, why, and how many of how many."""

    channel: Channel
    since: datetime
    found: TooMany

    @property
    def kind(self) -> str:
        """What came of the messages that are too many."""
        return next(kind for kind, limit in LIMITS.items() if limit.pause == self.found.why)

    @property
    def title(self) -> str:
        return f"{channel_label(self.channel)} to your customers is paused"

    @property
    def figures(self) -> str:
        """How many of how many, and how many it bears."""
        bad, left, most = self.found.bad, self.found.left, LIMIT_OF[self.found.why]
        rate = f"{_percent(bad * BASIS_POINTS // left)} and the limit is {_percent(most)}"
        return f"Within seven days {left:,} left and {bad:,} {HARM[self.found.why]}: that is {rate}."

    @property
    def follows(self) -> str:
        """What becomes of what is due meanwhile."""
        return "What comes due meanwhile is left out and not made up for. Charges go on."

    @property
    def if_lifted(self) -> str:
        """What a person should know before they end it."""
        return (
            "What was sent before is counted no more then: it pauses again where the rate of what leaves from then on"
            f" is too high, once {ENOUGH_TO_JUDGE} left. Who opted out or has no mailbox gets nothing as before."
        )

    @property
    def to_do(self) -> str:
        """What a person can do about the cause."""
        return WHAT_TO_DO[self.found.why]


def _percent(basis_points: int) -> str:
    return f"{Decimal(basis_points) / 100:.2f}".rstrip("0").rstrip(".") + "%"


# ── looked for ──


def look(now: datetime) -> int:
    """Begin and end pauses as the rates of this moment say; returns how many stand."""
    for organization_id, channel in sorted(_suspects(now)):
        with alone("stream.broke", organization=str(organization_id), channel=channel):
            _look(organization_id, channel, now)
    return StreamPause.objects.filter(ended_at=None).count()


def _suspects(now: datetime) -> Iterator[tuple[UUID, Channel]]:
    """Whose channel may be paused, or is."""
    fewest = min(LIMIT_OF.values()) * ENOUGH_TO_JUDGE
    bad = MessageEvent.objects.filter(kind__in=list(LIMITS), at__gt=now - WINDOW, organization__in=merchants())
    counted = bad.order_by().values_list("organization_id", "message__channel").annotate(times=Count("pk"))
    many = {(whose, channel) for whose, channel, times in counted if times * BASIS_POINTS >= fewest}
    standing = set(StreamPause.objects.filter(ended_at=None).values_list("organization_id", "channel"))
    return ((whose, Channel(channel)) for whose, channel in many | standing if channel in set(Channel))


def _look(organization_id: UUID, channel: Channel, now: datetime) -> None:
    """The organization's row is the lock between a look and who lifts a pause meanwhile."""
    with transaction.atomic():
        organization = Organization.objects.select_for_update(no_key=True).get(pk=organization_id)
        bad = Organization.objects.filter(pk=organization_id).values_list(*bad_events(channel, now)).get()
        if found := pause_of(organization, channel, bad, now):
            _pause(organization, channel, found, now)
        elif _standing(organization).filter(channel=channel).update(ended_at=now):
            log.info("stream.goes_on", organization=str(organization_id), channel=channel.value)


def _pause(organization: Organization, channel: Channel, found: TooMany, now: datetime) -> None:
    figures = {"why": found.why.value, "bad": found.bad, "left": found.left}
    _, begun = StreamPause.objects.update_or_create(
        organization=organization, channel=channel.value, ended_at=None,
        defaults=figures, create_defaults={**figures, "begun_at": now},
    )  # fmt: skip
    if begun:
        log.error("stream.paused", organization=str(organization.pk), channel=channel.value, **figures)


def _standing(organization: Organization) -> QuerySet[StreamPause]:
    return StreamPause.objects.filter(organization=organization, ended_at=None)


# ── lifted ──


def lift(organization: Organization, channel: Channel, by: str, now: datetime) -> bool:
    """Let messages go by the channel again, and count anew from this moment; False where no pause stands.

    Who is kept out by their own address stays so.
    """
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        row = _standing(organization).filter(channel=channel).first()
        if row is None:
            return False
        row.ended_at, row.lifted_by = now, by
        row.save(update_fields=["ended_at", "lifted_by"])
        before = {"why": row.why, "bad": row.bad, "left": row.left, "since": row.begun_at.isoformat()}
        audit.write(organization.pk, audit.Deed(by, "pause lifted", channel.value, before), now)
    log.info("stream.lifted", organization=str(organization.pk), channel=channel.value)
    return True


# ── shown ──

PAUSED: Final = "paused"


def asked(organization: Organization) -> Question:
    """For `lines`: the pauses that stand."""
    figures = Concat(Cast("bad", CharField()), Value(" "), Cast("left", CharField()))
    return line(PAUSED, _standing(organization), "pk", "begun_at", "channel", "why", figures)


def told(found: Iterable[Line]) -> list[Paused]:
    """Of lines."""
    rows = sorted((each.first, each) for each in found if each.of == PAUSED)
    return [
        Paused(Channel(channel), each.at, TooMany(Unsent(each.second), *map(int, each.third.split())))
        for channel, each in rows
    ]


def pauses(organization: Organization) -> list[Paused]:
    """Those that stand."""
    return told(lines([asked(organization)]))


def untold() -> QuerySet[StreamPause]:
    """Those that stand, and of which nobody was written to."""
    return StreamPause.objects.filter(ended_at=None, told_at=None).select_related("organization")


def paused(row: StreamPause) -> Paused:
    """A row of these."""
    return Paused(Channel(row.channel), row.begun_at, TooMany(Unsent(row.why), row.bad, row.left))

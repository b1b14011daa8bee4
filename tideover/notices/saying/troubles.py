"""What is said of a key that Stripe refuses, and of a channel that is paused."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from tideover.flow.models import Lane
from tideover.ids import public
from tideover.messages.letters import Letter
from tideover.messages.models import StreamPause
from tideover.messages.pauses import Paused
from tideover.messages.pauses import paused as read_pause
from tideover.notices.kinds import Kind
from tideover.notices.models import Notice
from tideover.notices.saying.cases import count_of, page_of
from tideover.recovery.models import Action
from tideover.tenants.models import Connection, Project


def about_a_dead_key(lane: Lane) -> str:
    """How a notice names one death of a key."""
    return f"{public('conn', lane.pk)}/{lane.refused_at:%Y-%m-%dT%H:%M:%S.%f}"


def about_a_pause(pause: StreamPause) -> str:
    """How a notice names a pause."""
    return public("pause", pause.pk)


def dead_key(notice: Notice, now: datetime) -> Letter | None:
    """Since when, in Stripe's words, and what waits; nothing once it is let in again."""
    dead = [lane for lane in refused(notice.project) if about_a_dead_key(lane) == notice.what]
    return _of_a_key(dead[0], now) if dead else None


def refused(project: Project) -> QuerySet[Lane]:
    """Its accounts that Stripe lets in no more."""
    active = Lane.objects.filter(connection__project=project, connection__state=Connection.State.ACTIVE)
    dead = active.filter(organization_id=project.organization_id, refused_at__isnull=False)
    return dead.select_related("connection__project").order_by("refused_at", "pk")


def _of_a_key(lane: Lane, now: datetime) -> Letter:
    title = title_of(lane)
    since = f"{lane.refused_at:%B %-d, %H:%M} UTC"
    waits = _what_waits(lane.connection, now)
    return Letter(
        subject=title,
        heading=title,
        paragraphs=[
            f"Since {since} Stripe lets us in no more. It says: {lane.refused_why.rstrip('.')}.",
            f"Nothing is lost and nothing goes out: what comes due waits for a key that works. {waits}",
        ],
        closing="Connect it again, and each case is read anew before anything is done.",
        label="Connect again",
        url=page_of(Kind.DEAD_KEY, lane.connection.project),
    )


def title_of(lane: Lane) -> str:
    """Which key is dead, in a sentence without its full stop."""
    return f"Stripe refuses the key of {lane.connection.account_name or lane.connection.account_id}"


def _what_waits(connection: Connection, now: datetime) -> str:
    """How much has come due, in a sentence."""
    planned = Action.objects.filter(connection=connection, state=Action.State.PLANNED)
    due = planned.filter(clock=None, due_at__lte=now).count()
    return f"{count_of(due, 'step')} wait{'s' if due == 1 else ''} at this moment."


def paused(notice: Notice, _now: datetime) -> Letter | None:
    """How much came back, what follows from it and what to do; nothing once it is over."""
    stand = [pause for pause in standing(notice.project) if about_a_pause(pause) == notice.what]
    return _of_a_pause(read_pause(stand[0]), notice.project) if stand else None


def standing(project: Project) -> QuerySet[StreamPause]:
    """The pauses of its channels, which the whole organization shares."""
    return StreamPause.objects.filter(organization_id=project.organization_id, ended_at=None).order_by("begun_at", "pk")


def _of_a_pause(pause: Paused, project: Project) -> Letter:
    return Letter(
        subject=pause.title,
        heading=pause.title,
        paragraphs=[
            f"{pause.figures} Mailbox providers turn away whoever exceeds it, so we stop before.",
            f"{pause.follows} It ends by itself once the rate of seven days is lower.",
        ],
        closing=f"{pause.to_do} Once you know why, you can end the pause there.",
        label="See the pause",
        url=page_of(Kind.PAUSED, project),
    )

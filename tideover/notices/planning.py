"""What is to be told becomes rows: each thing once to each person who wants to know, whatever dies in between."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count, F, Max, Q

from tideover.core.calendars.paces import Pace, Span, latest
from tideover.core.timing import DAY
from tideover.flow.alone import alone
from tideover.flow.models import Lane
from tideover.ids import public
from tideover.messages.models import StreamPause
from tideover.messages.pauses import untold
from tideover.notices.choosing import Taker, takers
from tideover.notices.kinds import KINDS, SUMMED_UP, Kind
from tideover.notices.models import Notice
from tideover.notices.saying.cases import paid
from tideover.notices.saying.troubles import about_a_dead_key, about_a_pause, refused, standing
from tideover.recovery.places import zone
from tideover.tenants.models import Connection, Member, Project

# ── what has happened ──


def plan_happenings(now: datetime) -> int:
    """A row for each dead key and each pause of which nobody was told, and each person; returns how many are new."""
    planned = 0
    for lane in _dead(now):
        with alone("notice.not_planned", organization=str(lane.organization_id), kind=Kind.DEAD_KEY.value):
            planned += _plan_dead_key(lane, now)
    for pause in untold():
        with alone("notice.not_planned", organization=str(pause.organization_id), kind=Kind.PAUSED.value):
            planned += _plan_pause(pause, now)
    return planned


def _dead(now: datetime) -> Iterable[Lane]:
    untold_of = Q(told_at__isnull=True) | Q(told_at__lt=F("refused_at"))
    dead = Lane.objects.filter(untold_of, refused_at__isnull=False, refused_until__lte=now)
    return dead.filter(connection__state=Connection.State.ACTIVE).select_related("connection")


def _plan_dead_key(lane: Lane, now: datetime) -> int:
    told = [
        each for each in takers(Kind.DEAD_KEY, lane.organization_id) if each.project.pk == lane.connection.project_id
    ]
    with transaction.atomic():
        Lane.objects.filter(pk=lane.pk).update(told_at=now)
        return _write(_row(taker, Kind.DEAD_KEY, about_a_dead_key(lane), now) for taker in told)


def _plan_pause(pause: StreamPause, now: datetime) -> int:
    """Once to a person, however many projects share the channel."""
    told = {taker.member.pk: taker for taker in reversed(takers(Kind.PAUSED, pause.organization_id))}
    with transaction.atomic():
        StreamPause.objects.filter(pk=pause.pk).update(told_at=now)
        return _write(_row(taker, Kind.PAUSED, about_a_pause(pause), now) for taker in told.values())


# ── what is summed up ──


def plan_summaries(now: datetime) -> int:
    """A row for each summary that has come due, and each person; returns how many are new."""
    planned = 0
    for kind in SUMMED_UP:
        with alone("notice.not_planned", kind=kind.value):
            planned += _plan_kind(kind, now)
    return planned


def _plan_kind(kind: Kind, now: datetime) -> int:
    due = [(taker, latest(taker.pace, now, zone(taker.project.time_zone))) for taker in takers(kind)]
    due = [(taker, span) for taker, span in due if span.due <= now < span.late]
    known = _known(kind, {span.until for _, span in due})
    new = [(taker, span) for taker, span in due if (taker.member.pk, _about(taker.project, span)) not in known]
    return _write(_at_once(kind, new)) + _write(
        _row(taker, kind, _about(taker.project, span), span.due, span)
        for taker, span in new
        if taker.pace != Pace.AT_ONCE
    )


def _about(project: Project, span: Span) -> str:
    return f"{public('proj', project.pk)}/{span.until:%Y-%m-%dT%H:%M}"


def _known(kind: Kind, ends: set[datetime]) -> set[tuple[UUID, str]]:
    return set(Notice.objects.filter(kind=kind, until__in=ends).values_list("member_id", "about"))


def _at_once(kind: Kind, due: Sequence[tuple[Taker, Span]]) -> Iterable[Notice]:
    """Only where something was recovered: it goes on where the last one ended, also after hours without a worker.

    While one waits for a mail server none is added: the next tells of all that came meanwhile.
    """
    eager = [(taker, span) for taker, span in due if taker.pace == Pace.AT_ONCE]
    if not eager:
        return
    told, latest_of = _told_until(kind, eager), dict[UUID, datetime | None]()
    for taker, span in eager:
        before, waits = told.get((taker.member.pk, taker.project.pk), (None, 0))
        if taker.project.pk not in latest_of:
            latest_of[taker.project.pk] = _last_paid(taker.project, span)
        last, since = latest_of[taker.project.pk], before or span.since
        if last is not None and last >= since and not waits:
            yield _row(taker, kind, _about(taker.project, span), span.due, replace(span, since=since))


def _told_until(kind: Kind, due: Sequence[tuple[Taker, Span]]) -> Mapping[tuple[UUID, UUID], tuple[datetime, int]]:
    """Up to where each person was told of each project in the last day, and how many of these notices wait."""
    ends = [span.until for _, span in due]
    rows = Notice.objects.filter(kind=kind, until__gte=min(ends) - DAY, until__lt=max(ends))
    waits = Count("pk", filter=Q(settled_at=None))
    found = rows.values_list("member_id", "project_id").annotate(last=Max("until"), waits=waits)
    return {(member, project): (last, waiting) for member, project, last, waiting in found}


def _last_paid(project: Project, span: Span) -> datetime | None:
    lately = paid(project).filter(learnt_at__gte=span.until - DAY, learnt_at__lt=span.until)
    last: datetime | None = lately.aggregate(last=Max("learnt_at"))["last"]
    return last


# ── what somebody asks for ──


def asked_for(kind: Kind, member: Member, project: Project, now: datetime) -> Notice | None:
    """The notice as it would be at this moment, not stored; None where there is nothing that it could be about."""
    if kind in SUMMED_UP:
        span = latest(KINDS[kind].paces[-1], now, zone(project.time_zone))
        about, dated = _about(project, span), span
    else:
        found = _names_of(kind, project)
        about, dated = (found[0] if found else ""), None
    again = f"{about} {now:%Y-%m-%dT%H:%M:%S.%f}"
    return _row(Taker(member, project, Pace.AT_ONCE), kind, again, now, dated) if about else None


def _names_of(kind: Kind, project: Project) -> Sequence[str]:
    if kind == Kind.DEAD_KEY:
        return [about_a_dead_key(lane) for lane in refused(project)]
    return [about_a_pause(pause) for pause in standing(project)]


# ── rows ──


def _row(taker: Taker, kind: Kind, about: str, due: datetime, span: Span | None = None) -> Notice:
    return Notice(
        organization_id=taker.member.organization_id,
        project=taker.project,
        member=taker.member,
        kind=kind,
        about=about,
        due_at=due,
        since=span.since if span else None,
        until=span.until if span else None,
        late_at=span.late if span else None,
    )


def _write(rows: Iterable[Notice]) -> int:
    """What another worker has written already stays as it is."""
    return len(Notice.objects.bulk_create(list(rows), ignore_conflicts=True))

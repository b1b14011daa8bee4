"""Notices go out: one after the other, each at most once, whatever dies and however many workers there are.

A row is taken with a lease, worded, and marked as leaving right before a mail server gets it. What dies before the mark
is taken up again; what dies after it is not, as nobody knows whether it left.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db.models import Q

from tideover import clock
from tideover.core.calendars.paces import Pace
from tideover.flow import stops
from tideover.flow.alone import alone
from tideover.flow.database_clock import over
from tideover.flow.stripe import never
from tideover.gateways.answers import NotNow, Unknown
from tideover.gateways.transport import Accepted, Refused
from tideover.messages.letters import Letter, hand_over
from tideover.notices.choosing import takers
from tideover.notices.kinds import Kind
from tideover.notices.models import Notice
from tideover.notices.saying.table import letter_of

log = structlog.get_logger("notices")
State = Notice.State
Write = Callable[[str, Letter, datetime], Accepted | Refused]
LEASE: Final = timedelta(minutes=2)
AGAIN_AFTER: Final = timedelta(minutes=5)  # what no mail server took, or cannot be told yet
KEPT: Final = timedelta(days=90)
TOGETHER: Final = 100


def send_due(
    now: datetime,
    ended: Callable[[], bool] = never,
    write: Write = hand_over,
    monotonic: Callable[[], float] = clock.monotonic,
) -> int:
    """Send what is due; returns how much left. `ended`: the worker is to stop.

    A mail server that does not answer is asked for nothing more in this round; and where it is slow the round ends with
    half a lease, as leases are reckoned from its beginning: nobody may take what leaves late in it for lost. Nor does
    anything leave while everything is stopped: this may be a copy beside its original, which tells the same.
    """
    _give_up(now)
    sent, until = 0, monotonic() + (LEASE / 2).total_seconds()
    for notice in _due(now):
        if ended() or monotonic() > until or stops.is_everything_stopped():
            break
        answer: Accepted | Refused | None = None
        with alone("notice.broke", organization=str(notice.organization_id), notice=str(notice.pk)):
            answer = send(notice, now, write)
        sent += isinstance(answer, Accepted)
        if isinstance(answer, Refused) and answer.unasked:
            break
    return sent


def _due(now: datetime) -> list[Notice]:
    due = Notice.objects.filter(_is_due(now)).select_related("member__user", "project__organization")
    return list(due.order_by("due_at", "pk")[:TOGETHER])


def _is_due(now: datetime) -> Q:
    free = Q(lease_until=None) | over("lease_until", now, LEASE)
    return free & Q(settled_at=None, state=State.PLANNED, due_at__lte=now)


def _give_up(now: datetime) -> None:
    """What nobody wants to hear any more; and what was leaving as its worker died: never a second time."""
    waiting = Notice.objects.filter(settled_at=None)
    waiting.filter(state=State.PLANNED, late_at__lte=now).update(state=State.LATE, settled_at=now)
    lost = waiting.filter(over("lease_until", now, LEASE), state=State.LEAVING)
    for notice in lost:
        if _moved(notice, State.LEAVING, State.UNKNOWN, settled_at=now):
            log.warning("notice.lost", organization=str(notice.organization_id), notice=str(notice.pk))
    Notice.objects.filter(settled_at__lt=now - KEPT).delete()


def send(notice: Notice, now: datetime, write: Write = hand_over) -> Accepted | Refused | None:
    """The mail server's answer; None where it was not asked, or its answer was lost."""
    if not Notice.objects.filter(_is_due(now), pk=notice.pk).update(lease_until=now + LEASE):
        return None  # another worker was faster, or asks again later
    try:
        letter = letter_of(notice, now) if _is_wanted(notice) else None
    except NotNow:
        _put_off(notice, State.PLANNED, now)
        return None
    if letter is None:
        _moved(notice, State.PLANNED, State.UNWANTED, settled_at=now)
        return None
    if not _moved(notice, State.PLANNED, State.LEAVING, lease_until=now + LEASE):
        return None
    try:
        answer = write(notice.member.user.email, letter, now)
    except Unknown:
        _moved(notice, State.LEAVING, State.UNKNOWN, settled_at=now)
        log.warning("notice.lost", organization=str(notice.organization_id), notice=str(notice.pk))
        return None
    _settle(notice, answer, now)
    return answer


def _settle(notice: Notice, answer: Accepted | Refused, now: datetime) -> None:
    if isinstance(answer, Accepted):
        _moved(notice, State.LEAVING, State.SENT, settled_at=now)
        return
    if answer.permanent:
        _moved(notice, State.LEAVING, State.REFUSED, settled_at=now)
    else:
        _put_off(notice, State.LEAVING, now)
    told = {"organization": str(notice.organization_id), "notice": str(notice.pk), "reason": answer.reason}
    log.warning("notice.refused", kind=notice.kind, permanent=answer.permanent, **told)


def _put_off(notice: Notice, state: State, now: datetime) -> None:
    _moved(notice, state, State.PLANNED, due_at=now + AGAIN_AFTER, lease_until=None)


def _moved(notice: Notice, before: State, after: State, **also: datetime | None) -> bool:
    """Whether it was ours to move: of two that try, one does; and who was removed meanwhile has no row any more."""
    if not Notice.objects.filter(pk=notice.pk, state=before).update(state=after, **also):
        return False
    notice.state = after
    for column, value in also.items():
        setattr(notice, column, value)
    return True


def _is_wanted(notice: Notice) -> bool:
    """Whether they still are to be told, by what holds at this moment."""
    told = takers(Kind(notice.kind), notice.organization_id)
    return any(
        each.member.pk == notice.member_id and each.project.pk == notice.project_id and each.pace != Pace.OFF
        for each in told
    )

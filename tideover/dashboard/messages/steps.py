"""Steps that are to be messages: those still to go, and those that were not sent, with the reason."""

from __future__ import annotations

from typing import Final

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery

from tideover.analytics.messages import REFUSED
from tideover.core.outcomes import UNDONE
from tideover.core.steps import MESSAGES
from tideover.dashboard.messages.statuses import Status
from tideover.recovery.models import Action
from tideover.tenants.models import Project

DROPPED: Final = Q(state__in=[Action.State.DROPPED, Action.State.DEAD])
UNSENT: Final = DROPPED | Q(state=Action.State.DONE, outcome__in=UNDONE)


def messages_of(project: Project) -> QuerySet[Action]:
    """Every step that is or was to be a message."""
    return Action.objects.filter(organization_id=project.organization_id, case__project=project, do__in=MESSAGES)


def queued(project: Project) -> QuerySet[Action]:
    """Those that are planned, and those a worker holds at this moment. On a test clock none goes to anybody."""
    return messages_of(project).filter(state__in=[Action.State.PLANNED, Action.State.CLAIMED], clock=None)


def unsent(project: Project, kinds: Q) -> QuerySet[Action]:
    """Those of some kinds that were not sent. One that was dropped and planned again is told of as what it is now.

    What ends a case drops all its later messages at once: the first stands for them.
    """
    mine = messages_of(project).filter(kinds)
    again = Action.objects.filter(case=OuterRef("case"), step=OuterRef("step")).exclude(DROPPED)
    together = _dropped_together(mine)
    earlier = Q(due_at__lt=OuterRef("due_at")) | Q(due_at=OuterRef("due_at"), pk__lt=OuterRef("pk"))
    return mine.filter(UNSENT).exclude(DROPPED & (Q(Exists(again)) | Q(Exists(together.filter(earlier)))))


def with_others(found: QuerySet[Action], project: Project, kinds: Q) -> QuerySet[Action]:
    """The same with their cases, whether one `bounced`, and how many were dropped `together` with it."""
    together = _dropped_together(messages_of(project).filter(kinds))
    counted = together.order_by().values("case").annotate(n=Count("pk")).values("n")
    counts = Subquery(counted, output_field=IntegerField())
    return found.annotate(together=counts, bounced=REFUSED).select_related("case")


def _dropped_together(mine: QuerySet[Action]) -> QuerySet[Action]:
    return mine.filter(DROPPED, case=OuterRef("case"), settled_at=OuterRef("settled_at"))


def that(status: Status | None) -> Q:
    """Which of those that were not delivered are meant by a status; without one all. Who was refused was sent."""
    if status is None:
        return Q()
    return Q(REFUSED) if status in {Status.SENT, Status.BOUNCED} else ~Q(REFUSED)

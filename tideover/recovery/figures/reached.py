"""How far each case came on the way to being paid, for the funnel: a mark on the case, read from its rows.

Whatever may move a case only says that it did (`again`), which is one statement; the worker that keeps the figures
reads how far it came for many at once (`read`), within seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntFlag
from itertools import takewhile
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from tideover.core.case import State
from tideover.core.facts import Learnt
from tideover.core.signals.signs import Who
from tideover.messages.models import Message, MessageEvent
from tideover.recovery.models import CHANGED, Case, LearntFact, Link

BROUGHT_A_CARD: Final = (Learnt.CARD_REPLACED, Learnt.METHOD_ATTACHED)


class Mark(IntFlag):
    """What happened about a case."""

    MESSAGED = 1  # a message left
    NOTED = 2  # one was opened or followed, by whomever
    SEEN = 4  # one was, by a person
    VISITED = 8  # a person was on its page
    CARD = 16  # another way to pay it was brought


# The steps of the funnel, in order, before the payment. A picture that was blocked is still an open mail when its link
# was followed.
STEPS: Final = {
    "messaged": Mark.MESSAGED,
    "opened": Mark.SEEN | Mark.VISITED,
    "visited": Mark.VISITED,
    "card": Mark.CARD,
}
PAID: Final = "paid"
UNSEEN: Final = "unseen"  # messaged; what was opened of it was opened by no person, as far as anybody knows


def furthest(case: Case) -> str:
    """The last step it took with all before it; UNSEEN in place of "messaged" where that is what is known."""
    marks = Mark(case.reached or 0)
    taken = list(takewhile(lambda step: marks & STEPS[step], STEPS))
    if len(taken) == len(STEPS) and case.state == State.RECOVERED and case.amount_recovered > 0:
        return PAID
    if taken == ["messaged"] and marks & Mark.NOTED:
        return UNSEEN
    return taken[-1] if taken else ""


def again(about: UUID, **_: object) -> None:
    """Something happened that may have brought this case further, or shows that it never came so far."""
    Case.objects.filter(pk=about, reached__gte=0).update(reached=CHANGED)


def read(cases: Sequence[Case]) -> None:
    """Set on each how far it came, by what is stored of it."""
    if not cases:
        return
    ids = [case.pk for case in cases]
    messages = Message.objects.filter(about__in=ids)
    events = MessageEvent.objects.filter(message__about__in=ids, kind__in=["opened", "clicked"])
    facts = LearntFact.objects.filter(case_id__in=ids, kind__in=BROUGHT_A_CARD)
    happened = {
        Mark.MESSAGED: _of(messages.filter(state=Message.State.SENT), "about"),
        Mark.NOTED: _of(events, "message__about"),
        Mark.SEEN: _of(events.filter(by=Who.PERSON), "message__about"),
        Mark.VISITED: _of(Link.objects.filter(case_id__in=ids, first_opened_at__isnull=False), "case_id"),
        Mark.CARD: _of(facts, "case_id"),
    }
    for case in cases:
        case.reached = sum(mark for mark, whose in happened.items() if case.pk in whose)


def unread(cases: Iterable[Case]) -> list[Case]:
    """Those of whom it is not known."""
    return [case for case in cases if case.reached is None or case.reached == CHANGED]


def _of(rows: QuerySet[Any, Any], column: str) -> set[UUID]:
    return set(rows.values_list(column, flat=True))

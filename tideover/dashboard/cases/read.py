"""The rows of which a case's story is told, read for its page together with what else the page asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import Case as Choose
from django.db.models import CharField, F, When
from django.db.models.fields.json import KeyTextTransform

from tideover.dashboard import words
from tideover.messages.models import Message, MessageEvent
from tideover.messages.tracking import HEARD
from tideover.recovery.models import Action, Attempt, Case, LearntFact, Link
from tideover.recovery.telling.whole import Whole
from tideover.tenants.at_once import Line, Question, line
from tideover.tenants.models import AuditEntry


@dataclass(frozen=True)
class Rows:
    """Everything the database knows about a case. events: by the message they are about."""

    case: Case
    actions: Mapping[UUID, Action]
    attempts: Sequence[Attempt]
    facts: Sequence[LearntFact]
    messages: Sequence[Message]
    visits: Sequence[Line]
    deeds: Sequence[Line]
    events: Mapping[UUID, Sequence[Line]]


VISIT, DEED, EVENT = "visit", "deed", "event"
# Of what machines do as well, who did it; else what was said of it.
WHO_OR_WHAT: Final = Choose(When(kind__in=HEARD, then=F("by")), default=F("detail"), output_field=CharField())


def asked(case: Case) -> Sequence[Question]:
    """For `lines`: visits of the card page, deeds of people, what became of messages."""
    mine = {"organization_id": case.organization_id}
    visits = Link.objects.filter(**mine, case=case, first_opened_at__isnull=False)
    deeds = AuditEntry.objects.filter(**mine, about=case.public_id, what__in=words.DEEDS)
    events = MessageEvent.objects.filter(**mine, message__about=case.pk)
    return [
        line(EVENT, events, "message_id", "at", "kind", "count", WHO_OR_WHAT),
        line(VISIT, visits, "message_id", "first_opened_at"),
        line(DEED, deeds, "pk", "at", "what", "who", KeyTextTransform("until", "after")),
    ]


def read(whole: Whole, told: Sequence[Line]) -> Rows:
    """All of them. told: lines, those of `asked` among them."""
    case = whole.case
    messages = Message.objects.filter(organization_id=case.organization_id, about=case.pk)
    events: dict[UUID, list[Line]] = {}
    for each in told:
        if each.of == EVENT:
            events.setdefault(each.id, []).append(each)
    return Rows(
        case=case,
        actions={action.pk: action for action in whole.actions},
        attempts=whole.known.own_attempts,
        facts=whole.facts,
        messages=list(messages.defer("html", "keys").order_by("created_at")),
        visits=[each for each in told if each.of == VISIT],
        deeds=[each for each in told if each.of == DEED],
        events=events,
    )

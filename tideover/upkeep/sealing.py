"""Every effect into the audit log: a charge that was sent, a message that left, a card that was put in place.

The effect's own row is written with the effect; sealing follows within a minute, off the hot path, and leaves its mark
on the row. No clock is asked which rows are new: a worker that slept for a night settles with the time of last night.
The subject of an entry is the effect itself, so however often and by how many this runs, each effect has exactly one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import Final, TypeVar
from uuid import UUID

from django.db.models import QuerySet

from tideover.core.catalogue import TEMPLATES, Template
from tideover.core.facts import Learnt
from tideover.core.steps import CHARGES
from tideover.ids import public
from tideover.messages.models import Message
from tideover.recovery.models import Action, LearntFact
from tideover.tenants import audit
from tideover.tenants.models import AuditEntry, Organization

SETTLED = [Message.State.SENT, Message.State.UNKNOWN, Message.State.FAILED]
EFFECTS = ("charge:", "message:", "card:")
CHARGED, WROTE, CARD_REPLACED = "charged", "wrote", "card replaced"
EFFECTS_DONE: Final = (CHARGED, WROTE, CARD_REPLACED)  # what the log says that each of them did
TOGETHER = 1000
Row = TypeVar("Row", Action, Message, LearntFact)


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that left the house: when, what the log says of it, and the row that tells it."""

    at: datetime
    deed: audit.Deed
    row: Action | Message | LearntFact


def seal(now: datetime) -> int:
    """Append what is not in the log yet; returns how many entries were written."""
    real = Organization.objects.filter(is_sample=False)
    return sum(_seal(organization_id, now) for organization_id in real.values_list("id", flat=True))


def _seal(organization_id: UUID, now: datetime) -> int:
    written = 0
    while found := list(islice(effects(organization_id, sealed=False), TOGETHER)):
        known = _known(organization_id, [effect.deed.subject for effect in found])
        fresh = [effect for effect in found if effect.deed.subject not in known]
        for effect in sorted(fresh, key=lambda effect: (effect.at, effect.deed.subject)):
            audit.write(organization_id, effect.deed, min(effect.at, now))
        _mark([effect.row for effect in found])
        written += len(fresh)
    return written


def _known(organization_id: UUID, subjects: Sequence[str]) -> set[str]:
    entries = AuditEntry.objects.filter(organization_id=organization_id, subject__in=subjects)
    return set(entries.values_list("subject", flat=True))


def _mark(rows: Sequence[Action | Message | LearntFact]) -> None:
    for model in (Action, Message, LearntFact):
        model.objects.filter(pk__in=[row.pk for row in rows if isinstance(row, model)]).update(sealed=True)


def effects(organization_id: UUID, *, sealed: bool | None = None) -> Iterator[Effect]:
    """What left the house of this organization; `sealed`: only what has the mark of the log, or only what has not."""
    # Nobody knows the end of a charge given up in doubt: it is sealed once a person's replay has settled it.
    charges = (
        Action.objects.filter(organization_id=organization_id, do__in=CHARGES)
        .filter(started_at__isnull=False, settled_at__isnull=False)
        .exclude(state=Action.State.DEAD)
        .select_related("case")
    )
    messages = Message.objects.filter(
        organization_id=organization_id, data_started_at__isnull=False, state__in=SETTLED, may_retry=False
    )
    cards = LearntFact.objects.filter(organization_id=organization_id, kind=Learnt.CARD_REPLACED).select_related("case")
    return chain(
        (_charge(action) for action in _marked(charges, sealed=sealed)),
        (_message(row) for row in _marked(messages, sealed=sealed)),
        (_card(fact) for fact in _marked(cards, sealed=sealed)),
    )


def _marked(rows: QuerySet[Row], *, sealed: bool | None) -> Iterator[Row]:
    return (rows if sealed is None else rows.filter(sealed=sealed)).iterator(TOGETHER)


def _there(at: datetime | None) -> datetime:
    assert at is not None
    return at


def _charge(action: Action) -> Effect:
    who = "customer" if action.request.get("link") else action.asked_by or "tideover"
    after = {"outcome": action.outcome, "key": action.key, "step": action.step, "amount": action.asked.minor}
    deed = audit.Deed(who, CHARGED, action.case.public_id, _planned(action), after, f"charge:{action.pk}")
    return Effect(_there(action.settled_at), deed, action)


def _planned(action: Action) -> dict[str, str]:
    return {"rule": action.rule, "due_at": action.due_at.isoformat()}


def _message(row: Message) -> Effect:
    after = {"to": row.to_hash, "template": row.template}
    about = public("alert" if TEMPLATES[Template(row.template)].ahead else "case", row.about)
    deed = audit.Deed("tideover", WROTE, about, {}, after, f"message:{row.pk}")
    return Effect(_there(row.sent_at or row.data_started_at), deed, row)


def _card(fact: LearntFact) -> Effect:
    # Not which card: nothing can be erased from the log, and the fact itself tells it.
    deed = audit.Deed("customer", CARD_REPLACED, fact.case.public_id, subject=f"card:{fact.pk}")
    return Effect(fact.learnt_at, deed, fact)


def missing(organization_id: UUID) -> list[str]:
    """Effects whose entry is not there, and entries of effects that are not there: `audit verify` names them."""
    there = {effect.deed.subject for effect in effects(organization_id)}
    entries = AuditEntry.objects.filter(organization_id=organization_id)
    told = {subject for subject in entries.values_list("subject", flat=True) if subject.startswith(EFFECTS)}
    return [f"{subject} has no entry" for subject in sorted(there - told)] + [
        f"{subject} is in the log and not among the effects" for subject in sorted(told - there)
    ]

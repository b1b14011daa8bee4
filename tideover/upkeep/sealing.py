"""Every effect into the audit log: a charge that was sent, a message that left, a card that was put in place.

The effect's own row is written with the effect; sealing follows within a minute, off the hot path. The subject of an
entry is the effect itself, so however often and by how many this runs, each effect has exactly one entry.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Max, QuerySet

from tideover.core.facts import Learnt
from tideover.ids import public
from tideover.messages.models import Message
from tideover.recovery.models import Action, LearntFact
from tideover.tenants import audit
from tideover.tenants.models import AuditEntry, Organization

# A row may become visible later than its own time says: two workers, two clocks, a slow transaction.
OVERLAP = timedelta(hours=2)
SETTLED = [Message.State.SENT, Message.State.UNKNOWN, Message.State.FAILED]
EFFECTS = ("charge:", "message:", "card:")
Effect = tuple[datetime, audit.Deed]


def seal(now: datetime) -> int:
    """Append what is not in the log yet; returns how many entries were written."""
    return sum(_seal(organization_id, now) for organization_id in Organization.objects.values_list("id", flat=True))


def _seal(organization_id: UUID, now: datetime) -> int:
    sealed = AuditEntry.objects.filter(organization_id=organization_id)
    last = sealed.filter(what__in=["charged", "wrote", "card replaced"]).aggregate(at=Max("at"))["at"]
    since = last - OVERLAP if last else None
    found = sorted(effects(organization_id, since), key=lambda effect: (effect[0], effect[1].subject))
    known = set(sealed.filter(subject__in=[deed.subject for _, deed in found]).values_list("subject", flat=True))
    fresh = [(at, deed) for at, deed in found if deed.subject not in known]
    for at, deed in fresh:
        audit.write(organization_id, deed, min(at, now))
    return len(fresh)


def effects(organization_id: UUID, since: datetime | None) -> Iterator[Effect]:
    """What left the house of this organization from `since` on (None: ever), each with the time of its row."""
    # Nobody knows the end of a charge given up in doubt: it is sealed once a person's replay has settled it.
    charges = (
        Action.objects.filter(organization_id=organization_id, do=Action.Do.CHARGE)
        .filter(started_at__isnull=False, settled_at__isnull=False)
        .exclude(state=Action.State.DEAD)
        .select_related("case")
    )
    messages = Message.objects.filter(
        organization_id=organization_id, data_started_at__isnull=False, state__in=SETTLED, may_retry=False
    )
    cards = LearntFact.objects.filter(organization_id=organization_id, kind=Learnt.CARD_REPLACED).select_related("case")
    yield from ((_known(action.settled_at), _charge(action)) for action in _since(charges, "settled_at", since))
    yield from ((_known(row.sent_at or row.data_started_at), _message(row)) for row in _since_sent(messages, since))
    yield from ((fact.learnt_at, _card(fact)) for fact in _since(cards, "learnt_at", since))


def _since(rows: QuerySet[Any], column: str, since: datetime | None) -> Iterator[Any]:
    return (rows.filter(**{f"{column}__gte": since}) if since else rows).iterator(1000)


def _since_sent(rows: QuerySet[Message], since: datetime | None) -> Iterator[Message]:
    return _since(rows, "data_started_at", since)


def _known(at: datetime | None) -> datetime:
    assert at is not None
    return at


def _charge(action: Action) -> audit.Deed:
    who = "customer" if action.request.get("link") else action.asked_by or "tideover"
    after = {"outcome": action.outcome, "key": action.key, "step": action.step, "amount": action.case.amount_due}
    return audit.Deed(who, "charged", action.case.public_id, _planned(action), after, f"charge:{action.pk}")


def _planned(action: Action) -> dict[str, str]:
    return {"rule": action.rule, "due_at": action.due_at.isoformat()}


def _message(row: Message) -> audit.Deed:
    after = {"to": row.to_hash, "template": row.template}
    return audit.Deed("tideover", "wrote", public("case", row.about), {}, after, f"message:{row.pk}")


def _card(fact: LearntFact) -> audit.Deed:
    after = {"payment_method": str(fact.detail.get("payment_method") or "")}
    return audit.Deed("customer", "card replaced", fact.case.public_id, {}, after, f"card:{fact.pk}")


def missing(organization_id: UUID) -> list[str]:
    """Effects whose entry is not there, and entries of effects that are not there: `audit verify` names them."""
    there = {deed.subject for _, deed in effects(organization_id, None)}
    entries = AuditEntry.objects.filter(organization_id=organization_id)
    told = {subject for subject in entries.values_list("subject", flat=True) if subject.startswith(EFFECTS)}
    return [f"{subject} has no entry" for subject in sorted(there - told)] + [
        f"{subject} is in the log and not among the effects" for subject in sorted(told - there)
    ]

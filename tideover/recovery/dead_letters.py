"""What was tried too often and waits for a person: actions and events, listed and brought back one by one.

Who brought one back is in the audit log.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from tideover.ids import private, public
from tideover.inbox import queue
from tideover.inbox.models import StripeEvent
from tideover.recovery.known import lock
from tideover.recovery.models import Action, Case
from tideover.tenants import audit
from tideover.tenants.models import Organization


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One dead action (`act_…`) or failed event (`evt_…`), for people."""

    id: str
    organization: str
    what: str
    since: datetime | None
    reason: str


def dead_letters(organization: Organization | None) -> Iterator[DeadLetter]:
    """All that waits for a person, of one merchant; of all for None, which is for the operator alone. Oldest first."""
    scope = {} if organization is None else {"organization": organization}
    actions = Action.objects.filter(state=Action.State.DEAD, **scope).select_related("organization", "case")
    for action in actions.order_by("settled_at"):
        what = f"{action.step} of {action.case.public_id}"
        yield DeadLetter(public("act", action.pk), action.organization.name, what, action.settled_at, action.reason)
    events = StripeEvent.objects.filter(state=StripeEvent.State.FAILED, **scope).select_related("organization")
    for event in events.order_by("handled_at"):
        what = f"{event.type} {event.event_id}"
        yield DeadLetter(public("evt", event.pk), event.organization.name, what, event.handled_at, event.reason)


def replay(letter_id: str, organization: Organization | None, *, by: str, now: datetime) -> bool:
    """Have one dead letter tried again from the start, now. False where there is none of this id.

    An action keeps its key and the instant of its first call: a charge that may have happened is settled by asking
    Stripe, as any doubt, and never simply made again.
    """
    letter = _find(letter_id, organization)
    if letter is None:
        return False
    with transaction.atomic():
        revived = queue.replay(letter.pk, now) if isinstance(letter, StripeEvent) else _revive(letter, by, now)
        if revived:
            _record(letter, by, now)
    return revived


def _find(letter_id: str, organization: Organization | None) -> StripeEvent | Action | None:
    scope = {} if organization is None else {"organization": organization}
    event_id, action_id = private("evt", letter_id), private("act", letter_id)
    if event_id is not None:
        return StripeEvent.objects.filter(pk=event_id, state=StripeEvent.State.FAILED, **scope).first()
    if action_id is None:
        return None
    return Action.objects.filter(pk=action_id, state=Action.State.DEAD, **scope).select_related("case").first()


def _record(letter: StripeEvent | Action, by: str, now: datetime) -> None:
    """Into the audit log, in the transaction of the replay itself."""
    about, before = public("evt" if isinstance(letter, StripeEvent) else "act", letter.pk), {"state": str(letter.state)}
    letter.refresh_from_db(fields=["state"])
    audit.write(letter.organization_id, audit.Deed(by, "replayed", about, before, {"state": str(letter.state)}), now)


def _revive(dead: Action, by: str, now: datetime) -> bool:
    in_doubt = dead.started_at is not None
    lock(dead.case)
    revived = Action.objects.filter(pk=dead.pk, state=Action.State.DEAD).update(
        state=Action.State.CLAIMED if in_doubt else Action.State.PLANNED,
        lease_until=now if in_doubt else None,
        due_at=now,
        tries=0,
        outcome="",
        settled_at=None,
        reason=f"replayed by {by}"[:300],
    )
    if revived:
        Case.objects.filter(pk=dead.case_id, attention=Case.Attention.UNKNOWN).update(attention=Case.Attention.NONE)
    return bool(revived)

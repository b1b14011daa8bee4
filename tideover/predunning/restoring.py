"""After a restore: what may have been written ahead of a payment since the backup was made is not written again."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from tideover.core.ahead.predunning import first_due_at
from tideover.flow.alone import alone
from tideover.gateways.answers import NotNow
from tideover.messages.delivery import fate_of
from tideover.messages.models import Message
from tideover.predunning.looking import seen_by_our_rows
from tideover.predunning.models import Alert
from tideover.predunning.planning import plan_all
from tideover.recovery.last_look import Moot
from tideover.recovery.places import zone

WHY: Final = "it was due before the data was restored and may have left already: not repeated"


def doubt_what_was_due(now: datetime) -> int:
    """Settle as unknown each alert whose day had come by `now`, also where the backup has no row of it yet.

    Returns how many. What comes due later is sent: by then nobody can have sent it.
    """
    plan_all(now)
    doubted = 0
    for alert in Alert.objects.filter(state=Alert.State.PLANNED).select_related("connection__project"):
        with alone("alert.broke", alert=str(alert.pk)):
            if _was_due(alert, now):
                doubted += _doubt(alert, now)
    return doubted


def _was_due(alert: Alert, now: datetime) -> bool:
    """Whatever held it back in the backup may have ended since."""
    try:
        seen = seen_by_our_rows(alert, alert.connection, now)
    except (Moot, NotNow):
        return False  # nothing was to be said, or nobody knew when
    return first_due_at(seen.renews_at, seen.days, seen.rules.sending, zone(seen.zone)) <= now


def _doubt(alert: Alert, now: datetime) -> int:
    """What the message itself says of its end is true, where the backup has it."""
    fate = fate_of(alert.pk)
    state = fate if fate in {Message.State.SENT, Message.State.FAILED, Message.State.SKIPPED} else Alert.State.UNKNOWN
    mine = Alert.objects.filter(pk=alert.pk, state=Alert.State.PLANNED)
    return mine.update(state=state, reason=WHY, settled_at=now)

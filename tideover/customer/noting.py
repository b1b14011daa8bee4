"""Who came to a page by a message that was sent ahead of a payment, and who acted there: a note at the message."""

from __future__ import annotations

from tideover import clock
from tideover.messages.models import Message
from tideover.messages.signals import Told
from tideover.messages.tracking import only_a_note, record_click
from tideover.predunning.models import Alert


def note(alert: Alert, told: Told) -> None:
    """Somebody asked for the page, or acted on it."""
    with only_a_note():
        message = Message.objects.filter(action_id=alert.pk).values_list("pk", flat=True).first()
        if message:
            record_click(message, told, clock.now())

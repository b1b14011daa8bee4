"""Erase a person from the messages they got: the words and the name go, the counts and the opt-out stay."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Case, CharField, QuerySet, Value, When

from tideover.messages.delivery import NOTHING_LEFT
from tideover.messages.models import Message, MessageEvent
from tideover.tenants.models import Organization

ERASED = "erased"


def forget_hash(organization: Organization, hashed: str) -> int:
    """Blank everything that tells who got this merchant's messages to an address; how many messages that were.

    The keyed hash stays in place, so that an opt-out outlives the erasure. What was not sent yet never will be.
    """
    return forget_messages(Message.objects.filter(organization=organization, to_hash=hashed))


def forget_messages(messages: QuerySet[Message]) -> int:
    """The same of messages that are known to be a person's."""
    with transaction.atomic():
        theirs = Message.objects.filter(pk__in=list(messages.values_list("pk", flat=True)))
        erased = theirs.update(
            state=Case(
                When(NOTHING_LEFT, then=Value(Message.State.SKIPPED)), default="state", output_field=CharField()
            ),
            may_retry=False,
            reason=ERASED,
            to_address="",
            to_name="",
            subject="",
            html="",
            text="",
            keys=[],
            provider_id="",
        )
        # A mail server's words may repeat the address; a program may name itself after somebody.
        MessageEvent.objects.filter(message__in=theirs).update(detail="", heard={})
        return erased

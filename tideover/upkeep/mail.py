"""How the way out for messages stands: whether the mail server answers, what waits for it, and what was lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from tideover.config import config
from tideover.core.catalogue import Channel
from tideover.flow import proof
from tideover.flow.models import Provider
from tideover.messages.channels import WAYS
from tideover.messages.channels.email.server import server_name
from tideover.messages.delivery import NOTHING_LEFT
from tideover.messages.models import Message
from tideover.recovery.models import Action
from tideover.tenants.at_once import Question, at_once, least, number
from tideover.tenants.ending import of_whom

LOOKS_BACK: Final = timedelta(days=7)
TOO_OFTEN: Final = 3  # one that is busy for a moment says so once or twice
TOO_LONG: Final = timedelta(minutes=15)
LOST: Final = Q(state=Message.State.UNKNOWN) | Q(state=Message.State.FAILED, may_retry=False)


@dataclass(frozen=True, slots=True)
class Mail:
    """What is known of the server, and of the messages that it is to take.

    silent: answers in a row that stayed away or said later. waiting: messages that were to leave and did not yet, the
    longest for `oldest`, with the reason of the last. lost: of the last week, refused for good or without a verdict.
    """

    silent: int
    waiting: int
    oldest: timedelta
    reason: str
    lost: int

    @property
    def trouble(self) -> str:
        """What is wrong, in a sentence; empty where nothing is."""
        if not (self.silent >= TOO_OFTEN or self.oldest > TOO_LONG):
            return ""
        waits = "1 message to a customer waits" if self.waiting == 1 else f"{self.waiting} messages to customers wait"
        return f"The mail server takes no messages. {waits} for it{f': {self.reason}' if self.reason else ''}."


def took_a_test() -> QuerySet[Provider]:
    """A row, where the mail server that is set took a test."""
    return proof.proven(WAYS[Channel.EMAIL].provider, server())


def server() -> str:
    """The mail server that is set, as people call it."""
    return server_name(config())


def mail(now: datetime, organization_id: UUID | None = None) -> Mail:
    """Of one organization, or of all. The server is the same for all."""
    return told(at_once(organization_id, asked(now, organization_id)), now)


def told(at: Mapping[str, Any], now: datetime) -> Mail:
    """The same of what was asked, together with other things."""
    return Mail(
        silent=at["mail_silent"] or 0,
        waiting=at["mail_waiting"] or 0,
        oldest=max(now - at["mail_oldest"], timedelta()) if at["mail_oldest"] else timedelta(),
        reason=at["mail_reason"] or "",
        lost=at["mail_lost"] or 0,
    )


def asked(now: datetime, organization_id: UUID | None) -> Mapping[str, Question]:
    """For `at_once`."""
    whose = of_whom(organization_id)
    held = Action.objects.filter(whose, state__in=[Action.State.PLANNED, Action.State.CLAIMED])
    waiting = Message.objects.filter(whose, NOTHING_LEFT).filter(Exists(held.filter(pk=OuterRef("action_id"))))
    providers = Provider.objects.filter(name__in=[way.provider for way in WAYS.values()])
    return {
        "mail_silent": least(providers, "-failures"),
        "mail_waiting": number(waiting),
        "mail_oldest": least(waiting, "created_at"),
        "mail_reason": waiting.exclude(reason="").order_by("-created_at").values("reason")[:1],
        "mail_lost": number(Message.objects.filter(whose, LOST, claimed_at__gt=now - LOOKS_BACK)),
    }

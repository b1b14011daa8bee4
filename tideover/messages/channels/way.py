"""What a channel is: how its messages are composed, to what address they go and how they are handed over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import QuerySet

from tideover.core.catalogue import Channel
from tideover.core.outcomes import Unsent
from tideover.messages.models import Message
from tideover.messages.wording import Wording
from tideover.tenants.models import Project

Content = TypeVar("Content")


@dataclass(frozen=True, slots=True)
class Composed:
    """A message ready to be sent; what its channel does not have is empty.

    preheader: what a mail program shows after the subject. keys: the addresses in it that open something; they do not
    outlive sending. version: of the merchant's own text, where it was written from that; draft: likewise.
    """

    channel: Channel
    template: str
    tone: str
    psychology: bool
    locale: str
    subject: str
    preheader: str
    html: str
    text: str
    keys: tuple[str, ...]
    version: int = 0
    draft: UUID | None = None


def _always(_project: Project) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Own(Generic[Content]):
    """Accounts of projects' own, each with a circuit breaker of its own.

    rows: all of them. whose: of which project is the account that something goes by; None: it goes by the provider that
    all share.
    """

    rows: Callable[[], QuerySet[Any]]
    whose: Callable[[Content], UUID | None]


@dataclass(frozen=True, slots=True)
class Way(Generic[Content]):
    """A channel's part in sending. `Content` is what its transport takes (gateways.email: a mail).

    provider: whose failures open its circuit breaker (flow), and what merchants read of it. deliverable: whether an
    address is one at all; no_address, no_such: how it is called where there is none, and where it is not. ready:
    whether the project may send by it. short: whether each letter of a link counts. own: the accounts of the projects
    that do not go by the provider.
    """

    provider: str
    provider_label: str
    compose: Callable[[Wording], Composed]
    deliverable: Callable[[str], bool]
    sender: Callable[[Project], str]
    recipient: Callable[[Message], str]
    content: Callable[[Message, datetime], Content]
    no_address: Unsent
    no_such: Unsent
    ready: Callable[[Project], bool] = _always
    short: bool = False
    own: Own[Content] | None = None

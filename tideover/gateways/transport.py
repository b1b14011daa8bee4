"""A way to send messages, whatever the channel: one call, and its two answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

Content_contra = TypeVar("Content_contra", contravariant=True)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider has taken the message over."""

    provider_id: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider did not take it: nothing will arrive.

    mailbox: the recipient's address is what is wrong. opted_out: its owner has told the provider to let nothing of this
    sender through. unasked: the provider did not get so far as to judge the message. ours: what keeps it is of the
    sender's account, and says nothing of the provider.
    """

    permanent: bool
    reason: str
    mailbox: bool = False
    opted_out: bool = False
    unasked: bool = False
    ours: bool = False


def at_will() -> None:
    """What is sent may leave at any moment."""


class Transport(Protocol[Content_contra]):
    """Sends messages of one channel; what they consist of is the channel's own (e-mail: an EmailMessage)."""

    def send(
        self, sender: str, recipient: str, content: Content_contra, leaving: Callable[[], None] = at_will, /
    ) -> Accepted | Refused:
        """Hand the message over, once.

        `leaving` is called once, right before the last of it goes out: until then nothing was sent, and what it raises
        stops the message and comes out here. Raises Unknown where the verdict was lost, so that it may or may not
        arrive; and Busy where no turn was to be had.
        """
        ...

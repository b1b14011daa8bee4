"""The real ways out of the house, from the configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic

from tideover import clock
from tideover.config import Config, config
from tideover.core.catalogue import Channel
from tideover.flow import circuit_breaker
from tideover.flow.stripe import stripe_for, stripe_for_workers
from tideover.gateways.answers import Unknown
from tideover.gateways.transport import Accepted, Refused, Transport, at_will
from tideover.messages.channels import WAYS
from tideover.messages.channels.email.server import smtp
from tideover.messages.channels.sms.account import twilio
from tideover.messages.channels.way import Content
from tideover.recovery.effects import Effects


@dataclass(frozen=True, slots=True)
class Watched(Generic[Content]):
    """A transport whose silence and whose "later" are counted, so that its provider is left in peace for a while."""

    transport: Transport[Content]
    provider: str

    def send(
        self, sender: str, recipient: str, content: Content, leaving: Callable[[], None] = at_will, /
    ) -> Accepted | Refused:
        """As the transport does."""
        try:
            verdict = self.transport.send(sender, recipient, content, leaving)
        except Unknown:
            circuit_breaker.record_failure(self.provider, clock.now())
            raise
        if isinstance(verdict, Refused) and not (verdict.permanent or verdict.ours):
            circuit_breaker.record_failure(self.provider, clock.now())
        else:
            circuit_breaker.record_success(self.provider)
        return verdict


TRANSPORTS: Final[Mapping[Channel, Callable[[Config], Transport[Any]]]] = {Channel.EMAIL: smtp, Channel.SMS: twilio}


def real_effects(*, for_workers: bool = False) -> Effects:
    """Stripe by each connection's key, messages by the configured transports. `for_workers`: rate limited, watched."""
    transports = {channel: made(config()) for channel, made in TRANSPORTS.items()}
    if for_workers:
        watched = {channel: Watched(each, WAYS[channel].provider) for channel, each in transports.items()}
        return Effects(stripe_for=stripe_for_workers, transports=watched)
    return Effects(stripe_for=stripe_for, transports=transports)

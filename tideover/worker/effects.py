"""The real ways out of the house, from the configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic
from uuid import UUID

from tideover import clock
from tideover.config import Config, config
from tideover.core.catalogue import Channel
from tideover.flow import circuit_breaker
from tideover.flow.stripe import stripe_for, stripe_for_workers
from tideover.gateways.answers import Unknown
from tideover.gateways.transport import Accepted, Refused, Transport, at_will
from tideover.messages.channels import WAYS
from tideover.messages.channels.email.server import post
from tideover.messages.channels.sms.account import twilio
from tideover.messages.channels.way import Content, Way
from tideover.recovery.effects import Effects


@dataclass(frozen=True, slots=True)
class Watched(Generic[Content]):
    """A transport whose silence and whose "later" are counted, so that its provider is left in peace for a while.

    By a project's own account it is that one which is, also where what keeps it is of the account: it is nobody else's.
    """

    transport: Transport[Content]
    way: Way[Content]

    def send(
        self, sender: str, recipient: str, content: Content, leaving: Callable[[], None] = at_will, /
    ) -> Accepted | Refused:
        """As the transport does."""
        whose = self.way.own.whose(content) if self.way.own else None
        try:
            verdict = self.transport.send(sender, recipient, content, leaving)
        except Unknown:
            self._failed(whose)
            raise
        if isinstance(verdict, Refused) and not verdict.permanent and (whose or not verdict.ours):
            self._failed(whose)
        else:
            self._answered(whose)
        return verdict

    def _failed(self, whose: UUID | None) -> None:
        if whose and self.way.own:
            circuit_breaker.record_failure_of(self.way.own.rows().filter(project_id=whose), clock.now())
        else:
            circuit_breaker.record_failure(self.way.provider, clock.now())

    def _answered(self, whose: UUID | None) -> None:
        if whose and self.way.own:
            circuit_breaker.record_success_of(self.way.own.rows().filter(project_id=whose))
        else:
            circuit_breaker.record_success(self.way.provider)


TRANSPORTS: Final[Mapping[Channel, Callable[[Config], Transport[Any]]]] = {Channel.EMAIL: post, Channel.SMS: twilio}


def real_effects(*, for_workers: bool = False) -> Effects:
    """Stripe by each connection's key, messages by the configured transports. `for_workers`: rate limited, watched."""
    transports = {channel: made(config()) for channel, made in TRANSPORTS.items()}
    if for_workers:
        watched = {channel: Watched(each, WAYS[channel]) for channel, each in transports.items()}
        return Effects(stripe_for=stripe_for_workers, transports=watched)
    return Effects(stripe_for=stripe_for, transports=transports)

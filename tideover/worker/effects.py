"""The real ways out of the house, from the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage

from tideover import clock
from tideover.config import config
from tideover.flow import circuit_breaker
from tideover.flow.stripe import stripe_for, stripe_for_workers
from tideover.gateways.answers import Unknown
from tideover.gateways.email import Accepted, Refused, Smtp, Transport
from tideover.recovery.effects import Effects


@dataclass(frozen=True, slots=True)
class WatchedMail:
    """A mail server whose silence and whose "later" are counted, so that it is left in peace for a while."""

    mail: Transport

    def send(self, sender: str, recipient: str, mail: EmailMessage) -> Accepted | Refused:
        """As the mail server does."""
        try:
            verdict = self.mail.send(sender, recipient, mail)
        except Unknown:
            circuit_breaker.record_failure("mail", clock.now())
            raise
        if isinstance(verdict, Refused) and not verdict.permanent:
            circuit_breaker.record_failure("mail", clock.now())
        else:
            circuit_breaker.record_success("mail")
        return verdict


def real_effects(*, for_workers: bool = False) -> Effects:
    """Stripe by each connection's key, mail by the configured SMTP server. `for_workers`: rate limited and watched."""
    settings = config()
    mail = Smtp(
        host=settings.smtp_host,
        port=settings.smtp_port,
        user=settings.smtp_user,
        password=settings.smtp_password,
        tls=settings.smtp_tls,
    )
    if for_workers:
        return Effects(stripe_for=stripe_for_workers, mail=WatchedMail(mail))
    return Effects(stripe_for=stripe_for, mail=mail)

"""The real ways out of the house, from the configuration."""

from tideover.config import config
from tideover.gateways.email import Smtp
from tideover.recovery.perform import Effects
from tideover.tenants.stripe import paced_stripe_for, stripe_for


def real_effects(*, paced: bool = False) -> Effects:
    """Stripe by each connection's key, mail by the configured SMTP server. `paced` is for workers in real time."""
    settings = config()
    mail = Smtp(
        host=settings.smtp_host,
        port=settings.smtp_port,
        user=settings.smtp_user,
        password=settings.smtp_password,
        tls=settings.smtp_tls,
    )
    return Effects(stripe_for=paced_stripe_for if paced else stripe_for, mail=mail)

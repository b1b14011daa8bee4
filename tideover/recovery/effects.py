"""The ways out of the house, handed in from above so that tests and demo bring their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tideover.gateways.email import Transport
from tideover.gateways.stripe import Stripe
from tideover.tenants.models import Connection


@dataclass(frozen=True, slots=True)
class Effects:
    """Stripe as each connection has it, and a mail server."""

    stripe_for: Callable[[Connection], Stripe]
    mail: Transport

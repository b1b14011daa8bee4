"""The ways out of the house, handed in from above so that tests and demo bring their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tideover.core.catalogue import Channel
from tideover.gateways.stripe import Stripe
from tideover.gateways.transport import Transport
from tideover.tenants.models import Connection


@dataclass(frozen=True, slots=True)
class Effects:
    """Stripe as each connection has it, and a transport for each channel."""

    stripe_for: Callable[[Connection], Stripe]
    transports: Mapping[Channel, Transport[Any]]

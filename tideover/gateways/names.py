"""The texts that a domain publishes in DNS, as the domain of a sender has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

import dns.exception
import dns.resolver

from tideover.gateways.answers import NotNow
from tideover.gateways.words import printable

SECONDS: Final = 4.0


class Names(Protocol):
    """Whoever knows the texts of a domain."""

    def texts(self, name: str) -> list[str]:
        """The texts of this name; none where there are none. Raises NotNow where nobody answered."""


@dataclass(frozen=True, slots=True)
class Dns:
    """The name servers that this machine asks."""

    resolve: Callable[..., Any] = dns.resolver.resolve

    def texts(self, name: str) -> list[str]:
        """As they stand there, each put together from its parts."""
        try:
            found = self.resolve(name, "TXT", lifetime=SECONDS)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError, ValueError) as silent:
            raise NotNow(f"DNS does not tell of {printable(name)}: {type(silent).__name__}") from None
        return [b"".join(record.strings).decode("utf-8", "replace") for record in found]

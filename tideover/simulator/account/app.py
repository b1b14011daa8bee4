"""A Stripe App: what it asks for, who has installed it, its tokens that roll, and where it hears of events.

Sources: https://docs.stripe.com/stripe-apps/api-authentication/oauth (an hour, a year, a new refresh token with each
exchange). Seen by others, but not confirmed: no token of an app may expand, nor read the account; a refresh token
is good for one exchange and its repetition refused; an access token outlives the refresh of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from tideover.simulator.account.store import Json

ACCESS_SECONDS: Final = 3600
REFRESH_SECONDS: Final = 365 * 86_400
CODE_SECONDS: Final = 300  # that a code may be exchanged; how long that is for an app is not confirmed


@dataclass(slots=True)
class App:
    """The app as its operator published it, and as the merchant has it.

    permissions: what the manifest names, without the `rak_` of keys. codes: until when each may be exchanged. access:
    until when each token opens something. refresh: until when each may be exchanged, and the permissions that were
    agreed to with it. endpoint: where its events go, in the shape of a webhook endpoint.
    """

    client_id: str
    secret: str
    permissions: frozenset[str] = frozenset()
    codes: dict[str, int] = field(default_factory=dict)
    access: dict[str, int] = field(default_factory=dict)
    refresh: dict[str, tuple[int, frozenset[str]]] = field(default_factory=dict)
    endpoint: Json | None = None

    @property
    def installed(self) -> bool:
        """Whether the merchant has it."""
        return bool(self.refresh)

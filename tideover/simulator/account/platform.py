"""An application that merchants let in by Stripe's consent: its credentials, what was agreed to, and its tokens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

SCOPES: Final = ("read_only", "read_write")
CODE_SECONDS: Final = 300  # that a code may be exchanged; https://docs.stripe.com/connect/oauth-reference


@dataclass(slots=True)
class Platform:
    """The application, made from the seed as all keys are.

    codes: what the merchant agreed to, until when, by the code that tells of it; a code is exchanged once. tokens: the
    access tokens that hold. taken: whether another platform controls the account, so that no second one is let in.
    """

    client_id: str
    secret: str
    codes: dict[str, tuple[str, int]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    taken: bool = False

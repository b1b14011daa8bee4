"""The kinds of credential by which an account is reached, and what each can do: one table, which a test holds to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """How the merchant let us in."""

    KEY = "key"  # a restricted key, pasted
    CONSENT = "consent"  # Stripe Connect: agreed to on Stripe's page


@dataclass(frozen=True, slots=True)
class Capabilities:
    """label: in the middle of a sentence. ended_by_us: whether we can end it at Stripe.

    effort, limit, ends: what a merchant compares before choosing.
    """

    label: str
    ended_by_us: bool
    effort: str
    limit: str
    ends: str


CAPABILITIES: Final[Mapping[Kind, Capabilities]] = {
    Kind.CONSENT: Capabilities(
        "Stripe's consent",
        ended_by_us=True,
        effort="2 clicks",
        limit="You, in two sizes: all reads, or all reads and writes",
        ends="Here, or at Stripe",
    ),
    Kind.KEY: Capabilities(
        "restricted key",
        ended_by_us=False,
        effort="5 clicks, 1 field",
        limit="Stripe: it refuses whatever the key leaves out",
        ends="Delete the key at Stripe",
    ),
}

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
    APP = "app"  # a Stripe App: installed, with a token of an hour that is refreshed


@dataclass(frozen=True, slots=True)
class Capabilities:
    """label: in the middle of a sentence. ended_by_us: whether we can end it at Stripe.

    expands: whether a call may ask for what its answer points to. reads_account: whether it may read whose it is.
    makes_endpoint: whether it may make a webhook endpoint; else its events come to one of the operator's.
    hears_by_permission: whether it hears only of what it may read.
    effort, limit, ends: what a merchant compares before choosing. left: what only the merchant can do once we are gone.
    grows: where it may not what a mode needs, and how it comes to.
    """

    label: str
    effort: str
    limit: str
    ends: str
    left: str
    grows: str
    ended_by_us: bool = False
    expands: bool = True
    reads_account: bool = True
    makes_endpoint: bool = True
    hears_by_permission: bool = False


CAPABILITIES: Final[Mapping[Kind, Capabilities]] = {
    Kind.CONSENT: Capabilities(
        "Stripe's consent",
        effort="2 clicks",
        limit="You, in two sizes: all reads, or all reads and writes",
        ends="Here, or at Stripe",
        left="Your consent holds at Stripe until you end it there, under the applications you let in.",
        grows="with what was agreed to: agree once more, to reading and writing",
        ended_by_us=True,
    ),
    Kind.KEY: Capabilities(
        "restricted key",
        effort="5 clicks, 1 field",
        limit="Stripe: it refuses whatever the key leaves out",
        ends="Delete the key at Stripe",
        left="The key ending in {end} is forgotten here, and valid at Stripe until you delete it.",
        grows="with this key: add what is missing to it at Stripe",
    ),
    Kind.APP: Capabilities(
        "Stripe App",
        effort="3 clicks",
        limit="Stripe: it refuses whatever the app does not name",
        ends="Uninstall it; only you can",
        left="The app stays installed at Stripe until you uninstall it there; its tokens are forgotten here.",
        grows="with what was agreed to: install the app once more, in a version that names what is missing",
        expands=False,
        reads_account=False,
        makes_endpoint=False,
        hears_by_permission=True,
    ),
}

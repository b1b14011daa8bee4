"""Whether a key may do what is asked of it, tried with calls that change nothing.

A read lists one thing. A write is about a thing that cannot exist, so that it must fail. Refused for the permission,
that is missing; failed for the thing, it is not proved to be there: whether Stripe looks at the permission before
the thing is not written anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import stripe
from stripe import V1Services

from tideover.gateways.answers import LockedOut, Unreachable
from tideover.gateways.errors import in_words
from tideover.gateways.kinds import Kind
from tideover.gateways.permissions import Access, KeyPermission, needed
from tideover.gateways.way import client_with

Call = Callable[[V1Services], object]


class Proof(StrEnum):
    """What a probe told of a permission."""

    PROVED = "proved"
    MISSING = "missing"
    NOT_PROVABLE = "not provable"


@dataclass(frozen=True, slots=True)
class Finding:
    """A permission and what is known of it. said: Stripe's own words where it refused or did not answer."""

    permission: KeyPermission
    proof: Proof
    said: str = ""


ONE: Final[Any] = {"limit": 1}
READS: Final[Mapping[str, Call]] = {
    "accounts_kyc_basic": lambda v1: v1.accounts.retrieve_current(),
    "invoice": lambda v1: v1.invoices.list(ONE),
    "customer": lambda v1: v1.customers.list(ONE),
    "subscription": lambda v1: v1.subscriptions.list(ONE),
    "charge": lambda v1: v1.charges.list(ONE),
    "payment_intent": lambda v1: v1.payment_intents.list(ONE),
    "payment_method": lambda v1: v1.payment_methods.list(ONE),
    "event": lambda v1: v1.events.list(ONE),
    "dispute": lambda v1: v1.disputes.list(ONE),
    "billing_clock": lambda v1: v1.test_helpers.test_clocks.list(ONE),
}
# Ids that Stripe gives to nothing.
WRITES: Final[Mapping[str, Call]] = {
    "invoice": lambda v1: v1.invoices.update("in_tideover_probe", {"metadata": {}}),
    "payment_intent": lambda v1: v1.payment_intents.update("pi_tideover_probe", {"metadata": {}}),
    "customer": lambda v1: v1.customers.update("cus_tideover_probe", {"metadata": {}}),
    "subscription": lambda v1: v1.subscriptions.update("sub_tideover_probe", {"metadata": {}}),
    "setup_intent": lambda v1: v1.setup_intents.update("seti_tideover_probe", {"metadata": {}}),
    "customer_session": lambda v1: v1.customer_sessions.create(
        {"customer": "cus_tideover_probe", "components": {"payment_element": {"enabled": True}}}
    ),
    "customer_portal": lambda v1: v1.billing_portal.sessions.create({"customer": "cus_tideover_probe"}),
    "coupon": lambda v1: v1.coupons.update("tideover-probe", {"metadata": {}}),
    "promotion_code": lambda v1: v1.promotion_codes.update("promo_tideover_probe", {"metadata": {}}),
    "checkout_session": lambda v1: v1.checkout.sessions.expire("cs_tideover_probe"),
    "billing_clock": lambda v1: v1.test_helpers.test_clocks.advance("clock_tideover_probe", {"frozen_time": 1}),
    "webhook": lambda v1: v1.webhook_endpoints.update("we_tideover_probe", {"metadata": {}}),
}
CALLS: Final[Mapping[Access, Mapping[str, Call]]] = {Access.READ: READS, Access.WRITE: WRITES}


def probe(  # noqa: PLR0913 - each is one thing that a caller may have otherwise
    api_key: str,
    *,
    api_base: str = "",
    act: bool,
    endpoint: bool = False,
    kind: Kind = Kind.KEY,
    timeout: float = 0,
) -> list[Finding]:
    """Everything this mode asks of a credential of this kind, each permission tried once.

    In observe mode nothing but reads goes out, and the write of an `endpoint` where that is asked for. Raises LockedOut
    where the key is dead, and Unreachable at the first silence of Stripe: nobody waits for one after the other, and
    what was not answered counts as nothing.
    """
    v1 = client_with(api_key, api_base, timeout).v1
    testing = "_test_" in api_key
    return [_tried(each, v1) for each in needed(act=act, endpoint=endpoint, kind=kind, testing=testing)]


def _tried(permission: KeyPermission, v1: V1Services) -> Finding:
    try:
        CALLS[permission.access][permission.word](v1)
    except stripe.AuthenticationError as dead:
        raise LockedOut(in_words(dead)) from None
    except stripe.PermissionError as refused:
        return Finding(permission, Proof.MISSING, in_words(refused))
    except (stripe.APIConnectionError, stripe.APIError, stripe.RateLimitError) as silent:
        raise Unreachable(in_words(silent)) from None
    except stripe.StripeError as failed:
        return Finding(permission, Proof.NOT_PROVABLE, in_words(failed))
    return Finding(permission, Proof.PROVED)


def missing(found: Sequence[Finding]) -> list[KeyPermission]:
    """What the key lacks."""
    return [finding.permission for finding in found if finding.proof == Proof.MISSING]

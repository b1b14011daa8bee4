"""What a restricted key may do: one permission for reading and one for writing each kind of object.

Sources: https://docs.stripe.com/keys#limit-access (writing includes reading),
https://docs.stripe.com/stripe-apps/reference/permissions (their names, to which a key's errors put `rak_`; what is
expanded needs its own). Seen by others, but not confirmed: a price's is `rak_plan_…`, the account's own
`rak_accounts_kyc_basic_…`; invoice items, credit notes, refunds, setup attempts, invoice payments and schedules go with
what they belong to; which permission mandates and customer sessions need.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from tideover.simulator.wire.errors import StripeError
from tideover.simulator.wire.operations import Operation

# The kind of object an operation answers, and the resource whose permission it needs.
RESOURCES: Final[Mapping[str, str]] = {
    "account": "accounts_kyc_basic",
    "balance": "balance",
    "billing_portal.configuration": "customer_portal",
    "billing_portal.session": "customer_portal",
    "charge": "charge",
    "checkout.session": "checkout_session",
    "coupon": "coupon",
    "credit_note": "invoice",
    "customer": "customer",
    "customer_session": "customer_session",
    "discount": "coupon",
    "dispute": "dispute",
    "event": "event",
    "invoice": "invoice",
    "invoice_payment": "invoice",
    "invoiceitem": "invoice",
    "line_item": "invoice",
    "mandate": "payment_method",
    "payment_intent": "payment_intent",
    "payment_method": "payment_method",
    "price": "plan",
    "product": "product",
    "promotion_code": "promotion_code",
    "refund": "charge",
    "setup_attempt": "setup_intent",
    "setup_intent": "setup_intent",
    "subscription": "subscription",
    "subscription_item": "subscription",
    "subscription_schedule": "subscription",
    "tax_rate": "tax_rate",
    "test_helpers.test_clock": "billing_clock",
    "webhook_endpoint": "webhook",
}
PERMISSIONS: Final = frozenset(f"rak_{word}_{verb}" for word in RESOURCES.values() for verb in ("read", "write"))
STARS: Final = 93  # as many as others saw in the mask of a key
READING: Final = frozenset(name for name in PERMISSIONS if name.endswith("_read"))


def needed(operation: Operation) -> str:
    """The permission an operation needs."""
    return f"rak_{RESOURCES[operation.answers]}_{'read' if operation.method == 'GET' else 'write'}"


def reading(kinds: Iterable[str]) -> list[str]:
    """The permissions that are needed to see these kinds of objects; parts of an object go with it."""
    return [f"rak_{RESOURCES[kind]}_read" for kind in kinds if kind in RESOURCES]


def refuse_without(name: str, granted: frozenset[str], key: str, account: str) -> None:
    """Raise Stripe's refusal unless the key may: it names the permission, and the key behind a mask."""
    if name in granted or name.replace("_read", "_write") in granted:
        return
    shown = f"{key[:8]}{'*' * STARS}{key[-6:]}"
    raise StripeError(
        403,
        {
            "type": "invalid_request_error",
            "code": "more_permissions_required",
            "message": f"The provided key '{shown}' does not have the required permissions for this endpoint on "
            f"account '{account}'. Having the '{name}' permission would allow this request to continue.",
        },
    )

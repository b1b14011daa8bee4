"""What Stripe's `expand` would put in place, read object by object: for a credential that may not expand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import stripe
from stripe import V1Services

from tideover.gateways.errors import does_not_exist
from tideover.gateways.shape import Json

# The paths at which something stands that we read.
OF_AN_INVOICE: Final = [
    "customer.invoice_settings.default_payment_method",
    "default_payment_method",
    "parent.subscription_details.subscription.default_payment_method",
    "payments.data.payment.payment_intent",
]
OF_ITS_PAYMENTS: Final = ["payments.data.payment.payment_intent"]
MOST_PAYMENTS: Final = 100  # of an invoice
Turn = Callable[[], V1Services]
READS: Final[Mapping[str, Callable[[V1Services, str], stripe.StripeObject]]] = {
    "customer": lambda v1, key: v1.customers.retrieve(key),
    "default_payment_method": lambda v1, key: v1.payment_methods.retrieve(key),
    "payment_method": lambda v1, key: v1.payment_methods.retrieve(key),
    "payment_intent": lambda v1, key: v1.payment_intents.retrieve(key),
    "subscription": lambda v1, key: v1.subscriptions.retrieve(key),
}


def unfolded(thing: Json, paths: Sequence[str], turn: Turn) -> Json:
    """`thing` with the objects at these paths instead of their ids, each read at its `turn`.

    What is not there any more stays the id that it was. Raises as the library does.
    """
    whole = dict(thing)
    for path in paths:
        _put_in(whole, path, turn)
    return whole


def _put_in(holder: dict[str, Any], path: str, turn: Turn) -> None:
    field, _, rest = path.partition(".")
    if field == "payments" and not isinstance(holder.get(field), dict):
        wanted: Any = {"invoice": holder.get("id", ""), "limit": MOST_PAYMENTS}
        holder[field] = _plain(turn().invoice_payments.list(wanted))
    held = holder.get(field)
    if isinstance(held, str):
        holder[field] = held = _read(field, held, turn)
    if rest:
        for each in held if isinstance(held, list) else [held]:
            if isinstance(each, dict):
                _put_in(each, rest, turn)


def _read(field: str, key: str, turn: Turn) -> dict[str, Any] | str:
    try:
        return _plain(READS[field](turn(), key))
    except stripe.InvalidRequestError as refused:
        if does_not_exist(refused):
            return key
        raise


def _plain(thing: stripe.StripeObject) -> dict[str, Any]:
    return thing.to_dict()

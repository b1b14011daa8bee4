"""Which kinds of payment methods an intent takes: what the account's owner has activated, and what of it fits.

Sources: https://docs.stripe.com/api/setup_intents/create (allowed and excluded types),
https://docs.stripe.com/changelog/dahlia/2026-07-29/allowed-payment-method-types-parameter (what does not fit is left
out without a word). What is answered where nothing is left is not confirmed.
"""

from __future__ import annotations

from tideover.simulator.account.methods import KINDS, offered
from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.wire.changes import refuse_unless


def method_choice(sim: Simulator, params: Json, currency: str | None = None) -> Json:
    """What an intent takes: of those allowed, else of all the account has less the excluded, what fits."""
    allowed, excluded = (params.get(f"{word}_payment_method_types") or [] for word in ("allowed", "excluded"))
    automatic = params.get("automatic_payment_methods")
    refuse_unless(
        not (allowed and (excluded or automatic)),
        "You may only specify one of these parameters: allowed_payment_method_types, excluded_payment_method_types, "
        "automatic_payment_methods.",
    )
    kinds = [kind for kind in offered(sim, currency) if kind not in excluded and kind in (allowed or KINDS)]
    refuse_unless(
        bool(kinds),
        "No valid payment method types for this intent. Please ensure that the types are activated in your dashboard.",
        param="allowed_payment_method_types",
    )
    switch = {"allow_redirects": "always", "enabled": not allowed} | (automatic if isinstance(automatic, dict) else {})
    return {
        "automatic_payment_methods": None if allowed else switch,
        "allowed_payment_method_types": allowed or None,
        "excluded_payment_method_types": excluded or None,
        "payment_method_types": kinds,
    }


def must_be_taken(intent: Json, kind: str) -> None:
    """Refuse a kind of method that the intent does not take, before one of it is made."""
    kinds, setup = intent["payment_method_types"], intent["object"] == "setup_intent"
    refuse_unless(
        kind in kinds,
        f"The PaymentMethod provided ({kind}) is not allowed for this {'Setup' if setup else 'Payment'}"
        f"Intent. Please attach a PaymentMethod of one of the following types: {', '.join(kinds)}.",
        f"{intent['object']}_invalid_parameter",
    )

"""The account itself.

Sources: https://docs.stripe.com/api/accounts/object.
"""

from __future__ import annotations

from tideover.simulator.account.methods import capabilities
from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.wire.errors import WRONG_ACCOUNT, StripeError
from tideover.simulator.wire.operations import Call, operation


def account(sim: Simulator) -> Json:
    """The merchant's Stripe account."""
    return {
        "id": sim.keys.account,
        "object": "account",
        "business_profile": {
            "mcc": "5734",
            "name": "Tideover Simulator",
            "support_email": "support@merchant.example",
            "support_phone": None,
            "support_url": None,
            "url": "https://merchant.example",
        },
        "business_type": "company",
        "capabilities": capabilities(sim),
        "charges_enabled": True,
        "controller": {"type": "account"},
        "country": "US",
        "default_currency": "usd",
        "details_submitted": True,
        "email": "owner@merchant.example",
        "metadata": {},
        "payouts_enabled": True,
        "settings": {
            "branding": {"icon": None, "logo": None, "primary_color": None, "secondary_color": None},
            "card_payments": {"decline_on": {"avs_failure": False, "cvc_failure": True}},
            "dashboard": {"display_name": "Tideover Simulator", "timezone": "Etc/UTC"},
            "payments": {"statement_descriptor": "TIDEOVER SIM"},
        },
        "type": "standard",
    }


@operation("GET", "/v1/account")
def retrieve_current(sim: Simulator, _call: Call) -> Json:
    return account(sim)


@operation("GET", "/v1/accounts/{account}")
def retrieve(sim: Simulator, call: Call) -> Json:
    if call.id != sim.keys.account:
        raise StripeError(403, WRONG_ACCOUNT)
    return account(sim)

"""The customer portal's configurations: what it lets customers do.

Sources: https://docs.stripe.com/api/customer_portal/configurations/object.
"""

from __future__ import annotations

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.wire.changes import merged, plain
from tideover.simulator.wire.forms import anything, flag, mapping, shape, text
from tideover.simulator.wire.listing import page
from tideover.simulator.wire.operations import CURSORS, Call, operation


def default(sim: Simulator) -> Json:
    """The account's default configuration, as saved in the dashboard."""
    for configuration in sim.store.portal_configurations:
        if configuration["is_default"]:
            return configuration
    return new_configuration(sim, {}, is_default=True)


def new_configuration(sim: Simulator, params: Json, *, is_default: bool) -> Json:
    """What the portal lets customers do."""
    now = sim.now()
    configuration: Json = {
        "id": sim.ids.new("bpc"),
        "object": "billing_portal.configuration",
        "active": True,
        "application": None,
        "business_profile": {"headline": None, "privacy_policy_url": None, "terms_of_service_url": None}
        | plain(params.get("business_profile") or {}, "headline", "privacy_policy_url", "terms_of_service_url"),
        "created": now,
        "default_return_url": params.get("default_return_url"),
        "features": _features(params.get("features") or {}),
        "is_default": is_default,
        "livemode": False,
        "login_page": {"enabled": False, "url": None},
        "metadata": merged({}, params.get("metadata")),
        "name": params.get("name"),
        "updated": now,
    }
    return sim.store.portal_configurations.add(configuration)


def _features(given: Json) -> Json:
    on = {name: (given.get(name) or {}).get("enabled", True) for name in FEATURES}
    options = ["too_expensive", "missing_features", "switched_service", "unused", "other"]
    return {
        "customer_update": {"allowed_updates": ["email", "address"], "enabled": on["customer_update"]},
        "invoice_history": {"enabled": on["invoice_history"]},
        "payment_method_update": {"enabled": on["payment_method_update"], "payment_method_configuration": None},
        "subscription_cancel": {
            "cancellation_reason": {"enabled": False, "options": options},
            "enabled": on["subscription_cancel"],
            "mode": "at_period_end",
            "proration_behavior": "none",
        },
        "subscription_pause": {"duration": {"interval_options": [], "type": "indefinite"}, "enabled": False},
        "subscription_update": {
            "billing_cycle_anchor": None,
            "default_allowed_updates": [],
            "enabled": False,
            "products": [],
            "proration_behavior": "none",
            "schedule_at_period_end": {"conditions": []},
            "trial_update_behavior": "end_trial",
        },
    }


FEATURES = ("customer_update", "invoice_history", "payment_method_update", "subscription_cancel")
SWITCH = shape(
    {
        "enabled": flag,
        "allowed_updates": anything,
        "mode": text,
        "cancellation_reason": anything,
        "proration_behavior": text,
    },
    needs=("enabled",),
)


@operation(
    "POST",
    "/v1/billing_portal/configurations",
    {
        "features": shape(dict.fromkeys((*FEATURES, "subscription_update"), SWITCH)),
        "business_profile": shape({"headline": text, "privacy_policy_url": text, "terms_of_service_url": text}),
        "default_return_url": text,
        "metadata": mapping,
        "name": text,
    },
    needs=("features",),
)
def create(sim: Simulator, call: Call) -> Json:
    return new_configuration(sim, call.params, is_default=False)


@operation("GET", "/v1/billing_portal/configurations", {**CURSORS, "active": flag, "is_default": flag})
def list_all(sim: Simulator, call: Call) -> Json:
    default(sim)
    return page(
        sim.store.portal_configurations, call.params, "/v1/billing_portal/configurations", ("active", "is_default")
    )

"""The customer portal's sessions and configurations, and customer sessions for Stripe.js."""

from __future__ import annotations

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.wire.changes import found, merged, plain
from tideover.simulator.wire.forms import anything, flag, mapping, one_of, shape, text
from tideover.simulator.wire.listing import page
from tideover.simulator.wire.operations import CURSORS, Call, operation

FLOW = shape(
    {
        "type": one_of(
            "payment_method_update",
            "subscription_cancel",
            "subscription_pause",
            "subscription_update",
            "subscription_update_confirm",
            "customer_update",
        ),
        "after_completion": anything,
        "subscription_cancel": anything,
        "subscription_update": anything,
    },
    needs=("type",),
)


@operation(
    "POST",
    "/v1/billing_portal/sessions",
    {"customer": text, "return_url": text, "configuration": text, "locale": text, "flow_data": FLOW},
    needs=("customer",),
)
def create_session(sim: Simulator, call: Call) -> Json:
    params = call.params
    customer = found(sim.store.customers, params["customer"], "customer")
    key = params.get("configuration")
    configuration = found(sim.store.portal_configurations, key, "configuration") if key else default(sim)
    session: Json = {
        "id": sim.ids.new("bps"),
        "object": "billing_portal.session",
        "configuration": configuration["id"],
        "created": sim.now(),
        "customer": customer["id"],
        "customer_account": None,
        "flow": _flow(params.get("flow_data")),
        "livemode": False,
        "locale": params.get("locale"),
        "on_behalf_of": None,
        "return_url": params.get("return_url"),
        "url": f"{sim.base_url}/p/session/{sim.ids.letters(40)}",
    }
    sim.store.portal_sessions.add(session)
    sim.events.record("billing_portal.session.created", session)
    return session


def _flow(given: Json | str | None) -> Json | None:
    if not isinstance(given, dict):
        return None
    after = given.get("after_completion") or {"type": "portal_homepage"}
    return {
        "after_completion": {"hosted_confirmation": None, "redirect": None, **after},
        "subscription_cancel": given.get("subscription_cancel"),
        "subscription_update": given.get("subscription_update"),
        "subscription_update_confirm": None,
        "type": given["type"],
    }


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
        "enabled": text,
        "allowed_updates": anything,
        "mode": text,
        "cancellation_reason": anything,
        "proration_behavior": text,
    }
)


def _switched(raw: object, name: str) -> Json:
    typed = shape(dict.fromkeys((*FEATURES, "subscription_update"), SWITCH))(raw, name)
    return {feature: {**value, "enabled": value.get("enabled") == "true"} for feature, value in typed.items()}


@operation(
    "POST",
    "/v1/billing_portal/configurations",
    {
        "features": _switched,
        "business_profile": shape({"headline": text, "privacy_policy_url": text, "terms_of_service_url": text}),
        "default_return_url": text,
        "metadata": mapping,
        "name": text,
    },
    needs=("features",),
)
def create_configuration(sim: Simulator, call: Call) -> Json:
    return new_configuration(sim, call.params, is_default=False)


@operation("GET", "/v1/billing_portal/configurations", {**CURSORS, "active": flag, "is_default": flag})
def list_configurations(sim: Simulator, call: Call) -> Json:
    default(sim)
    return page(
        sim.store.portal_configurations, call.params, "/v1/billing_portal/configurations", ("active", "is_default")
    )


COMPONENTS = ("active_entitlements", "buy_button", "customer_portal", "customer_sheet", "mobile_payment_element")
SESSION_SECONDS = 30 * 60
ELEMENT_DEFAULTS: Json = {
    "payment_method_allow_redisplay_filters": ["always"],
    "payment_method_redisplay": "disabled",
    "payment_method_redisplay_limit": 3,
    "payment_method_remove": "disabled",
    "payment_method_save": "disabled",
    "payment_method_save_usage": None,
}


@operation(
    "POST", "/v1/customer_sessions", {"customer": text, "components": anything}, needs=("customer", "components")
)
def create_customer_session(sim: Simulator, call: Call) -> Json:
    customer = found(sim.store.customers, call.params["customer"], "customer")
    given = call.params["components"]
    shown: Json = {name: {"enabled": _enabled(given, name)} for name in (*COMPONENTS, "pricing_table")}
    element = given.get("payment_element") or {}
    features = {**ELEMENT_DEFAULTS, **(element.get("features") or {})}
    features["payment_method_redisplay_limit"] = int(features["payment_method_redisplay_limit"])
    enabled = _enabled(given, "payment_element")
    shown["payment_element"] = {"enabled": enabled, "features": features if enabled else None}
    return {
        "object": "customer_session",
        "client_secret": f"cuss_secret_{sim.ids.letters(40)}",
        "components": shown,
        "created": sim.now(),
        "customer": customer["id"],
        "customer_account": None,
        "expires_at": sim.now() + SESSION_SECONDS,
        "livemode": False,
    }


def _enabled(components: Json, name: str) -> bool:
    return bool((components.get(name) or {}).get("enabled") == "true")

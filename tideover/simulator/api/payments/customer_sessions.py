"""Customer sessions: what Stripe.js may show of a customer and their saved methods.

Sources: https://docs.stripe.com/api/customer_sessions/create. That a session lives for half an hour is not confirmed.
"""

from __future__ import annotations

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.wire.changes import found
from tideover.simulator.wire.forms import anything, flag, integer, listed, one_of, shape, text
from tideover.simulator.wire.operations import Call, operation

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


SWITCH = shape({"enabled": flag, "features": anything}, needs=("enabled",))
ELEMENT = shape(
    {
        "enabled": flag,
        "features": shape(
            {
                "payment_method_allow_redisplay_filters": listed(one_of("always", "limited", "unspecified")),
                "payment_method_redisplay": one_of("disabled", "enabled"),
                "payment_method_redisplay_limit": integer,
                "payment_method_remove": one_of("disabled", "enabled"),
                "payment_method_save": one_of("disabled", "enabled"),
                "payment_method_save_usage": one_of("off_session", "on_session", ""),
            }
        ),
    },
    needs=("enabled",),
)
SHOWN = shape({**dict.fromkeys((*COMPONENTS, "pricing_table"), SWITCH), "payment_element": ELEMENT})


@operation("POST", "/v1/customer_sessions", {"customer": text, "components": SHOWN}, needs=("customer", "components"))
def create(sim: Simulator, call: Call) -> Json:
    customer = found(sim.store.customers, call.params["customer"], "customer")
    given = call.params["components"]
    shown: Json = {name: {"enabled": _enabled(given, name)} for name in (*COMPONENTS, "pricing_table")}
    element = given.get("payment_element") or {}
    features = {**ELEMENT_DEFAULTS, **(element.get("features") or {})}
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
    return bool((components.get(name) or {}).get("enabled"))

"""Customer sessions: what Stripe.js may show of a customer and their saved methods.

Sources: https://docs.stripe.com/api/customer_sessions/create. That a session lives for half an hour is not confirmed,
nor that the form of a setup intent shows what is saved. Which kinds it shows:
https://docs.stripe.com/payments/existing-customers?platform=web&ui=elements.
"""

from __future__ import annotations

from collections.abc import Sequence

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
# Of saved methods the payment form shows these kinds: a PayPal account, say, it does not.
REDISPLAYED = frozenset(
    {
        "card",
        "link",
        "us_bank_account",
        "acss_debit",
        "sepa_debit",
        "bacs_debit",
        "au_becs_debit",
        "nz_bank_account",
    }
)

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
    session: Json = {
        "object": "customer_session",
        "client_secret": f"cuss_secret_{sim.ids.letters(40)}",
        "components": shown,
        "created": sim.now(),
        "customer": customer["id"],
        "customer_account": None,
        "expires_at": sim.now() + SESSION_SECONDS,
        "livemode": False,
    }
    sim.store.shown_to_browsers[session["client_secret"]] = session
    return session


def redisplayed(sim: Simulator, client_secret: str, kinds: Sequence[str]) -> list[Json]:
    """What the payment form shows of what its customer has saved, the newest first; nothing once it is over."""
    session = sim.store.shown_to_browsers.get(client_secret)
    if session is None or session["expires_at"] <= sim.now():
        return []
    features = session["components"]["payment_element"]["features"] or ELEMENT_DEFAULTS
    if features["payment_method_redisplay"] != "enabled":
        return []
    allowed = features["payment_method_allow_redisplay_filters"]
    mine = [
        method
        for method in sim.store.payment_methods.of("customer", session["customer"])
        if method["type"] in REDISPLAYED.intersection(kinds) and method["allow_redisplay"] in allowed
    ]
    return mine[::-1][: int(features["payment_method_redisplay_limit"])]


def _enabled(components: Json, name: str) -> bool:
    return bool((components.get(name) or {}).get("enabled"))

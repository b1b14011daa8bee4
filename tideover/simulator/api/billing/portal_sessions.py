"""Portal sessions: short-lived addresses at which a customer manages what they have.

Sources: https://docs.stripe.com/api/customer_portal/sessions/object (short-lived). Here a session lives as long as
its customer.
"""

from __future__ import annotations

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.billing.portal_configurations import default
from tideover.simulator.wire.changes import found
from tideover.simulator.wire.forms import one_of, shape, text
from tideover.simulator.wire.operations import Call, operation

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
        "after_completion": shape(
            {
                "type": one_of("hosted_confirmation", "portal_homepage", "redirect"),
                "redirect": shape({"return_url": text}, needs=("return_url",)),
                "hosted_confirmation": shape({"custom_message": text}),
            },
            needs=("type",),
        ),
        "subscription_cancel": shape({"subscription": text}, needs=("subscription",)),
        "subscription_update": shape({"subscription": text}, needs=("subscription",)),
    },
    needs=("type",),
)


@operation(
    "POST",
    "/v1/billing_portal/sessions",
    {"customer": text, "return_url": text, "configuration": text, "locale": text, "flow_data": FLOW},
    needs=("customer",),
)
def create(sim: Simulator, call: Call) -> Json:
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

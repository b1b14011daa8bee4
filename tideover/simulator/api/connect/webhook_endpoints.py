"""Webhook endpoints over HTTP; the signing secret is told once, at creation.

Sources: https://docs.stripe.com/api/webhook_endpoints/object, https://docs.stripe.com/webhooks (rolling a secret).
"""

from __future__ import annotations

from tideover.simulator.account.event_types import EVENT_TYPES
from tideover.simulator.account.store import Json
from tideover.simulator.account.versions import VERSIONS
from tideover.simulator.account.world import Simulator
from tideover.simulator.wire.changes import found, merged, plain, refuse_unless
from tideover.simulator.wire.errors import empty, invalid
from tideover.simulator.wire.forms import Raw, flag, listed, mapping, text
from tideover.simulator.wire.listing import page
from tideover.simulator.wire.operations import CURSORS, Call, operation

MOST = 16  # endpoints of an account; seen by others, but not confirmed
LISTED = 4  # how many types a refusal names as examples
ROLLED_SECONDS = 24 * 3600  # how long the old secret signs beside the new one


def wanted_event(raw: Raw, name: str) -> str:
    """A type of event that there is, or "*" for nearly all."""
    given: str = text(raw, name)
    if given not in EVENT_TYPES | {"*"}:
        some = ", ".join(sorted(EVENT_TYPES)[:LISTED])
        raise invalid(f"Invalid {name}: {given} is no type of event. There are *, {some}, …", param=name)
    return given


def version(raw: Raw, name: str) -> str:
    """A version of the API that there is."""
    given: str = text(raw, name)
    if given and given not in VERSIONS:
        raise invalid(f"Invalid {name}: there is no version {given} of the API.", param=name)
    return given


@operation(
    "POST",
    "/v1/webhook_endpoints",
    {
        "url": text,
        "enabled_events": listed(wanted_event),
        "api_version": version,
        "description": text,
        "metadata": mapping,
        "connect": flag,
    },
    needs=("url", "enabled_events"),
)
def create(sim: Simulator, call: Call) -> Json:
    params = call.params
    _check(params)
    refuse_unless(
        len(sim.store.webhook_endpoints) < MOST, f"You have reached the maximum of {MOST} test webhook endpoints."
    )
    endpoint = _made(sim, params)
    sim.store.webhook_endpoints.add(endpoint)
    return {**endpoint, "secret": sim.store.endpoint_secrets[endpoint["id"]][0][0]}


def of_an_app(sim: Simulator, url: str) -> Json:
    """Where the events of all accounts go that have the app: an endpoint of its operator's, and none of theirs."""
    return _made(sim, {"url": url, "enabled_events": ["*"]})


def _made(sim: Simulator, params: Json) -> Json:
    """An endpoint with a signing secret of its own."""
    endpoint: Json = {
        "id": sim.ids.new("we"),
        "object": "webhook_endpoint",
        "api_version": params.get("api_version") or None,
        "application": None,
        "created": sim.now(),
        "description": params.get("description"),
        "enabled_events": params["enabled_events"],
        "livemode": False,
        "metadata": merged({}, params.get("metadata")),
        "status": "enabled",
        "url": params["url"],
    }
    sim.store.endpoint_secrets[endpoint["id"]] = [(f"whsec_{sim.ids.letters(32)}", None)]
    return endpoint


def _check(params: Json) -> None:
    if not params.get("url", "http://").startswith(("http://", "https://")):
        raise invalid("Invalid URL: an absolute URL is required.", code="url_invalid", param="url")
    if params.get("enabled_events", ["*"]) == []:
        raise empty("enabled_events")


def roll_secret(sim: Simulator, key: str) -> str:
    """A new signing secret; for a day deliveries carry a signature by the old one too. Returns the new secret."""
    found(sim.store.webhook_endpoints, key)
    old = sim.store.endpoint_secrets[key][-1][0]
    new = f"whsec_{sim.ids.letters(32)}"
    sim.store.endpoint_secrets[key] = [(old, sim.now() + ROLLED_SECONDS), (new, None)]
    return new


@operation("GET", "/v1/webhook_endpoints/{webhook_endpoint}")
def retrieve(sim: Simulator, call: Call) -> Json:
    return found(sim.store.webhook_endpoints, call.id)


@operation(
    "POST",
    "/v1/webhook_endpoints/{webhook_endpoint}",
    {"url": text, "enabled_events": listed(wanted_event), "description": text, "disabled": flag, "metadata": mapping},
)
def update(sim: Simulator, call: Call) -> Json:
    endpoint, params = found(sim.store.webhook_endpoints, call.id), call.params
    _check(params)
    endpoint["metadata"] = merged(endpoint["metadata"], params.get("metadata"))
    endpoint |= plain(params, "url", "enabled_events", "description")
    if "disabled" in params:
        endpoint["status"] = "disabled" if params["disabled"] else "enabled"
    return endpoint


@operation("DELETE", "/v1/webhook_endpoints/{webhook_endpoint}")
def delete(sim: Simulator, call: Call) -> Json:
    found(sim.store.webhook_endpoints, call.id)
    sim.store.webhook_endpoints.remove(call.id)
    return {"id": call.id, "object": "webhook_endpoint", "deleted": True}


@operation("GET", "/v1/webhook_endpoints", CURSORS)
def list_all(sim: Simulator, call: Call) -> Json:
    return page(sim.store.webhook_endpoints, call.params, "/v1/webhook_endpoints")

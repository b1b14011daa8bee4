"""The simulator's own levers under /_sim: time, cards, disputes, deliveries, and what really happened."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from tideover.simulator.account import cards
from tideover.simulator.account.store import Json
from tideover.simulator.api.billing import collecting, renewing
from tideover.simulator.api.billing.invoices import payable
from tideover.simulator.api.connect import webhook_endpoints
from tideover.simulator.api.payments import disputes, payment_intents, setup_intents
from tideover.simulator.api.payments.paying import Manner
from tideover.simulator.api.payments.payment_methods import owned
from tideover.simulator.people.town import AlreadySettled, Town
from tideover.simulator.shop.population import Shop
from tideover.simulator.summary import summary
from tideover.simulator.wire.changes import found
from tideover.simulator.wire.errors import StripeError, invalid
from tideover.simulator.wire.faults import Fault

if TYPE_CHECKING:
    from tideover.simulator.account.world import Simulator
    from tideover.simulator.webhooks.courier import Courier
    from tideover.simulator.webhooks.moving import Mover
    from tideover.simulator.wire.gate import Gate


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything the levers are connected to."""

    sim: Simulator
    courier: Courier
    mover: Mover
    gate: Gate


Lever = Callable[[Desk, Json], Awaitable[Any]]
LEVERS: dict[tuple[str, str], Lever] = {}


def lever(method: str, path: str) -> Callable[[Lever], Lever]:
    """Serve the function below at `path`; it gets the JSON body (POST) or the query (GET)."""

    def keep(function: Lever) -> Lever:
        LEVERS[method, path] = function
        return function

    return keep


def routes(desk: Desk) -> list[BaseRoute]:
    """Starlette routes of all levers."""
    return [Route(path, _serve(desk, function), methods=[method]) for (method, path), function in LEVERS.items()]


def _serve(desk: Desk, function: Lever) -> Callable[[Request], Awaitable[Response]]:
    async def respond(request: Request) -> Response:
        try:
            given = await _given(request)
            body, status = await function(desk, given), 200
        except StripeError as error:
            body, status = {"error": error.error}, error.status
        return Response(orjson.dumps(body), status, media_type="application/json")

    return respond


async def _given(request: Request) -> Json:
    if request.method == "GET":
        return dict(request.query_params)
    raw = await request.body()
    try:
        body = orjson.loads(raw or b"{}")
    except orjson.JSONDecodeError as error:
        raise invalid("The body is not JSON.") from error
    if not isinstance(body, dict):
        raise invalid("The body must be a JSON object.")
    return body


@lever("GET", "/_sim/state")
async def state(desk: Desk, _given: Json) -> Json:
    """Where time stands: now, next_at, undelivered, seed."""
    return desk.mover.state()


@lever("POST", "/_sim/advance")
async def advance(desk: Desk, given: Json) -> Json:
    """Run everything due up to `to` (unix seconds), in order, and deliver the webhooks."""
    to = given.get("to")
    if not isinstance(to, int):
        raise invalid("`to` must be a unix second.", param="to")
    return await desk.mover.advance(to)


@lever("GET", "/_sim/ledger")
async def ledger(desk: Desk, _given: Json) -> Json:
    """Every charge attempt that happened."""
    return {"attempts": desk.sim.ledger.rows()}


@lever("GET", "/_sim/summary")
async def summarize(desk: Desk, _given: Json) -> Json:
    """What failed and what came back."""
    return summary(desk.sim)


@lever("GET", "/_sim/requests")
async def requests(desk: Desk, given: Json) -> Json:
    """The last `n` API requests and how many there were of each method."""
    return desk.gate.journal.report(int(given.get("n", 100)))


@lever("GET", "/_sim/deliveries")
async def deliveries(desk: Desk, given: Json) -> Json:
    """Every try to deliver the event `event`."""
    return {"tries": desk.courier.tries(str(given.get("event", "")))}


@lever("POST", "/_sim/redeliver")
async def redeliver(desk: Desk, given: Json) -> Json:
    """Deliver an event once more."""
    event = found(desk.sim.store.events, given.get("event"), "event")
    count = desk.courier.send_again(event, given.get("endpoint"))
    await desk.courier.drain()
    return {"deliveries": count}


@lever("POST", "/_sim/drop_deliveries")
async def drop_deliveries(desk: Desk, given: Json) -> Json:
    """Lose the next `n` deliveries on the way, or all until the unix second `until`."""
    desk.courier.drop_next = int(given.get("n", 0))
    desk.courier.drop_until = int(given.get("until", 0))
    return {"n": desk.courier.drop_next, "until": desk.courier.drop_until}


@lever("POST", "/_sim/roll_secret")
async def roll_secret(desk: Desk, given: Json) -> Json:
    """A new signing secret for `webhook_endpoint`; the old one signs along for a day."""
    return {"secret": webhook_endpoints.roll_secret(desk.sim, str(given.get("webhook_endpoint", "")))}


@lever("POST", "/_sim/renew")
async def renew(desk: Desk, given: Json) -> Json:
    """Renew a subscription now: bill the next period and try to collect at once."""
    sim = desk.sim
    subscription = found(sim.store.subscriptions, given.get("subscription"), "subscription")
    invoice = renewing.renew(sim, subscription["id"])
    if invoice and invoice["status"] == "draft":
        renewing.advance(sim, invoice["id"])
    await desk.courier.drain()
    return {"invoice": invoice}


@lever("POST", "/_sim/pay")
async def pay(desk: Desk, given: Json) -> Json:
    """The customer pays an invoice on the hosted page with `payment_method` (an id or test token; else a good card)."""
    sim = desk.sim
    invoice = found(sim.store.invoices, given.get("invoice"), "invoice")
    payable(invoice)
    method = owned(sim, given.get("payment_method", "pm_card_visa"), invoice["customer"])
    verdict = collecting.attempt(sim, invoice, method, Manner("customer", off_session=False))
    await desk.courier.drain()
    return {"outcome": verdict.outcome, "invoice": invoice}


@lever("POST", "/_sim/authenticate")
async def authenticate(desk: Desk, given: Json) -> Json:
    """The customer answers 3D Secure for `intent` (a payment or setup intent): `passed` true or false."""
    key = str(given.get("intent", ""))
    room = setup_intents if key.startswith("seti_") else payment_intents
    intent: Json = room.answer_challenge(desk.sim, key, passed=bool(given.get("passed", True)))
    await desk.courier.drain()
    return intent


@lever("POST", "/_sim/card")
async def card(desk: Desk, given: Json) -> Json:
    """Script a card's bank from now on: `behavior` is "ok" or what follows `pm_sim_` in a test token."""
    method = found(desk.sim.store.payment_methods, given.get("payment_method"), "payment_method")
    spelled = str(given.get("behavior", "ok"))
    behavior = cards.GOOD if spelled == "ok" else cards.scripted(f"pm_sim_{spelled}")
    if behavior is None:
        raise invalid(f"Unknown behavior: {spelled}", param="behavior")
    desk.sim.cards.remember(method["id"], behavior, desk.sim.now())
    return {"payment_method": method["id"], "behavior": spelled}


@lever("POST", "/_sim/smart_retries")
async def smart_retries(desk: Desk, given: Json) -> Json:
    """Switch Stripe's own retries and say what follows the last one."""
    settings = desk.sim.settings
    settings.smart_retries = bool(given.get("on", settings.smart_retries))
    choice = given.get("after_last_retry", settings.after_last_retry)
    if choice not in {"cancel", "unpaid", "past_due"}:
        raise invalid("after_last_retry is one of cancel, unpaid, past_due", param="after_last_retry")
    settings.after_last_retry = choice
    return {"on": settings.smart_retries, "after_last_retry": choice}


@lever("POST", "/_sim/dispute")
async def dispute(desk: Desk, given: Json) -> Json:
    """The cardholder disputes `charge`; with `status` won or lost the dispute is decided too."""
    charge = found(desk.sim.store.charges, given.get("charge"), "charge")
    made = disputes.open_dispute(desk.sim, charge, given.get("reason", "fraudulent"))
    if given.get("status") in {"won", "lost"}:
        disputes.close_dispute(desk.sim, made, given["status"])
    await desk.courier.drain()
    return made


@lever("POST", "/_sim/disconnect")
async def disconnect(desk: Desk, given: Json) -> Json:
    """The merchant cuts the platform off: its keys die at once, then account.application.deauthorized is told."""
    connected = bool(given.get("connected", False))
    if desk.sim.settings.connected and not connected:
        application = {"id": "ca_tideover", "object": "application", "name": "Tideover"}
        event = desk.sim.events.record("account.application.deauthorized", application)
        event["account"] = desk.sim.keys.account
    desk.sim.settings.connected = connected
    await desk.courier.drain()
    return {"connected": connected}


@lever("POST", "/_sim/rate_limit")
async def rate_limit(desk: Desk, given: Json) -> Json:
    """So many requests a second (real time), null for no limit."""
    desk.sim.settings.rate_limit = given.get("limit")
    return {"limit": desk.sim.settings.rate_limit}


@lever("POST", "/_sim/fault")
async def fault(desk: Desk, given: Json) -> Json:
    """Trouble for the next `n` writes: kind slow (`seconds`, real ones), error_before or error_after (HTTP 500)."""
    kind = given.get("kind")
    if kind not in {"slow", "error_before", "error_after"}:
        raise invalid("kind is one of slow, error_before, error_after", param="kind")
    desk.gate.faults.planned.append(Fault(kind, int(given.get("n", 1)), float(given.get("seconds", 0))))
    return {"planned": len(desk.gate.faults.planned)}


@lever("POST", "/_sim/shop")
async def shop(desk: Desk, given: Json) -> Json:
    """Fill the account with a shop of `customers`, whose luck comes from `seed` and is drawn for `days`; once."""
    if not isinstance(desk.sim.people, Town):
        raise invalid("This world was started without a town: there is nobody to live in it.")
    settings = desk.sim.settings
    settings.smart_retries = bool(given.get("smart_retries", settings.smart_retries))
    settings.stripe_mails = bool(given.get("stripe_mails", settings.stripe_mails))
    wanted = Shop(
        int(given.get("customers", Shop.customers)),
        int(given.get("seed", desk.sim.seed)),
        int(given.get("days", Shop.days)),
    )
    try:
        desk.sim.people.settle(wanted)
    except AlreadySettled as problem:
        raise invalid(str(problem)) from problem
    return desk.mover.state() | {"customers": wanted.customers, "subscriptions": len(desk.sim.store.subscriptions)}

"""The simulator's own levers under /_sim: time, cards, disputes, deliveries, and what really happened."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast, get_args

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from tideover.simulator.account import cards
from tideover.simulator.account.debits import CLEARINGS
from tideover.simulator.account.methods import KINDS
from tideover.simulator.account.store import Json
from tideover.simulator.account.world import AfterLastRetry
from tideover.simulator.api.billing import clocks, collecting, renewing
from tideover.simulator.api.billing.invoices import payable
from tideover.simulator.api.connect import webhook_endpoints
from tideover.simulator.api.payments import customers, disputes, mandates, payment_intents, refunds, setup_intents
from tideover.simulator.api.payments.method_kinds import spelled_behavior
from tideover.simulator.api.payments.paying import Manner
from tideover.simulator.api.payments.payment_methods import owned
from tideover.simulator.people.town import AlreadySettled, Town
from tideover.simulator.shop.population import Shop
from tideover.simulator.summary import summary
from tideover.simulator.wire.asked import Asked
from tideover.simulator.wire.changes import found, refuse_unless
from tideover.simulator.wire.errors import StripeError, invalid
from tideover.simulator.wire.faults import Fault, FaultKind
from tideover.simulator.wire.permissions import PERMISSIONS

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


Lever = Callable[[Desk, Asked], Awaitable[Any]]
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
            body, status = await function(desk, Asked(await _given(request))), 200
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
async def state(desk: Desk, _asked: Asked) -> Json:
    """Where time stands: now, next_at, undelivered, seed."""
    return desk.mover.state()


@lever("POST", "/_sim/advance")
async def advance(desk: Desk, asked: Asked) -> Json:
    """Run everything due up to `to` (unix seconds), in order, and deliver the webhooks."""
    return await desk.mover.advance(asked.whole("to"))


@lever("GET", "/_sim/ledger")
async def ledger(desk: Desk, _asked: Asked) -> Json:
    """Every charge attempt that happened."""
    return {"attempts": desk.sim.ledger.rows()}


@lever("GET", "/_sim/summary")
async def summarize(desk: Desk, _asked: Asked) -> Json:
    """What failed and what came back."""
    return summary(desk.sim)


@lever("GET", "/_sim/requests")
async def requests(desk: Desk, asked: Asked) -> Json:
    """The last `n` API requests and how many there were of each method."""
    return desk.gate.journal.report(asked.whole("n", 100))


@lever("GET", "/_sim/deliveries")
async def deliveries(desk: Desk, asked: Asked) -> Json:
    """Every try to deliver the event `event`."""
    return {"tries": desk.courier.tries(asked.text("event"))}


@lever("POST", "/_sim/redeliver")
async def redeliver(desk: Desk, asked: Asked) -> Json:
    """Deliver an event once more."""
    event = found(desk.sim.store.events, asked.text("event"), "event")
    endpoint = asked.text("endpoint") or None
    if endpoint:
        found(desk.sim.store.webhook_endpoints, endpoint, "endpoint")
    count = desk.courier.send_again(event, endpoint)
    await desk.courier.drain()
    return {"deliveries": count}


@lever("POST", "/_sim/drop_deliveries")
async def drop_deliveries(desk: Desk, asked: Asked) -> Json:
    """Lose the next `n` deliveries on the way, or all until the unix second `until`."""
    desk.courier.drop_next, desk.courier.drop_until = asked.whole("n", 0), asked.whole("until", 0)
    return {"n": desk.courier.drop_next, "until": desk.courier.drop_until}


@lever("POST", "/_sim/methods")
async def methods(desk: Desk, asked: Asked) -> Json:
    """Activate exactly the kinds `activated` of payment methods, as an owner does in Stripe's dashboard."""
    kinds = frozenset(asked.texts("activated"))
    refuse_unless(kinds <= set(KINDS), "There is no such kind of payment method.", param="activated")
    desk.sim.settings.methods = kinds
    return {"activated": sorted(kinds)}


@lever("POST", "/_sim/roll_secret")
async def roll_secret(desk: Desk, asked: Asked) -> Json:
    """A new signing secret for `webhook_endpoint`; the old one signs along for a day."""
    return {"secret": webhook_endpoints.roll_secret(desk.sim, asked.text("webhook_endpoint"))}


@lever("POST", "/_sim/renew")
async def renew(desk: Desk, asked: Asked) -> Json:
    """Renew a subscription now: bill the next period and try to collect at once."""
    sim = desk.sim
    subscription = found(sim.store.subscriptions, asked.text("subscription"), "subscription")
    invoice = renewing.renew(sim, subscription["id"])
    if invoice and invoice["status"] == "draft":
        renewing.advance(sim, invoice["id"])
    await desk.courier.drain()
    return {"invoice": invoice}


@lever("POST", "/_sim/pay")
async def pay(desk: Desk, asked: Asked) -> Json:
    """The customer pays an invoice on the hosted page with `payment_method` (an id or test token; else a good card)."""
    sim = desk.sim
    invoice = found(sim.store.invoices, asked.text("invoice"), "invoice")
    payable(invoice)
    method = owned(sim, asked.text("payment_method", "pm_card_visa"), invoice["customer"])
    verdict = collecting.attempt(sim, invoice, method, Manner("customer", off_session=False))
    await desk.courier.drain()
    return {"outcome": verdict.outcome, "invoice": invoice}


@lever("POST", "/_sim/authenticate")
async def authenticate(desk: Desk, asked: Asked) -> Json:
    """The customer answers 3D Secure for `intent` (a payment or setup intent): `passed` true or false."""
    key = asked.text("intent")
    room = setup_intents if key.startswith("seti_") else payment_intents
    intent: Json = room.answer_challenge(desk.sim, key, passed=asked.truth("passed", otherwise=True))
    await desk.courier.drain()
    return intent


@lever("POST", "/_sim/card")
async def card(desk: Desk, asked: Asked) -> Json:
    """Script a method's bank from now on: `behavior` is "ok" or what follows `pm_sim_` in a test token."""
    method = found(desk.sim.store.payment_methods, asked.text("payment_method"), "payment_method")
    spelled = asked.text("behavior", "ok")
    behavior = cards.GOOD if spelled == "ok" else spelled_behavior(f"pm_sim_{spelled}")
    if behavior is None:
        raise invalid(f"Unknown behavior: {spelled}", param="behavior")
    desk.sim.cards.remember(method["id"], behavior, desk.sim.now())
    return {"payment_method": method["id"], "behavior": spelled}


@lever("POST", "/_sim/account_as_customer")
async def account_as_customer(desk: Desk, asked: Asked) -> Json:
    """An account that is a customer: `name`, `email`, `country`. Whatever names it names it as `customer_account`."""
    who = {"name": asked.text("name"), "email": asked.text("email"), "address": {"country": asked.text("country")}}
    return {"customer_account": customers.new_customer(desk.sim, who, is_account=True)["id"]}


@lever("POST", "/_sim/mandate")
async def mandate(desk: Desk, asked: Asked) -> Json:
    """The permission to debit `payment_method` is withdrawn, or given again: `status` active, inactive or pending."""
    method = found(desk.sim.store.payment_methods, asked.text("payment_method"), "payment_method")
    refuse_unless(method["type"] in CLEARINGS, "Only bank debits need a mandate.", param="payment_method")
    changed = mandates.set_mandate(desk.sim, method, asked.one_of("status", ("inactive", "active", "pending")))
    await desk.courier.drain()
    return changed


@lever("POST", "/_sim/smart_retries")
async def smart_retries(desk: Desk, asked: Asked) -> Json:
    """Switch Stripe's own retries and say what follows the last one."""
    settings = desk.sim.settings
    choice = asked.one_of("after_last_retry", get_args(AfterLastRetry), settings.after_last_retry)
    settings.smart_retries = asked.truth("on", otherwise=settings.smart_retries)
    settings.after_last_retry = cast("AfterLastRetry", choice)
    return {"on": settings.smart_retries, "after_last_retry": choice}


@lever("POST", "/_sim/dispute")
async def dispute(desk: Desk, asked: Asked) -> Json:
    """The cardholder disputes `charge`; with `status` won or lost the dispute is decided too."""
    charge = found(desk.sim.store.charges, asked.text("charge"), "charge")
    refuse_unless(charge["status"] == "succeeded", "Only a charge that succeeded can be disputed.", param="charge")
    refuse_unless(not charge["disputed"], "This charge is disputed already.", param="charge")
    status = asked.one_of("status", ("", "won", "lost"))
    made = disputes.open_dispute(desk.sim, charge, asked.text("reason", "fraudulent"))
    if status and made["status"] in disputes.OPEN:
        disputes.close_dispute(desk.sim, made, status)
    await desk.courier.drain()
    return made


@lever("POST", "/_sim/fail_refund")
async def fail_refund(desk: Desk, asked: Asked) -> Json:
    """The bank does not take `refund`, so its money comes back to the merchant."""
    made = found(desk.sim.store.refunds, asked.text("refund"), "refund")
    refuse_unless(made["status"] == "succeeded", "This refund has failed already.", param="refund")
    refunds.fail_refund(desk.sim, made)
    await desk.courier.drain()
    return made


@lever("POST", "/_sim/fail_finalization")
async def fail_finalization(desk: Desk, asked: Asked) -> Json:
    """Drafts of `customer` cannot be finalized (`on`), until they can again (`on` false): those that wait go on."""
    customer = found(desk.sim.store.customers, asked.text("customer"), "customer")["id"]
    on = asked.truth("on", otherwise=True)
    if on:
        desk.sim.unfinalizable.add(customer)
    else:
        desk.sim.unfinalizable.discard(customer)
        for invoice in desk.sim.store.invoices.of("customer", customer):
            if invoice["status"] == "draft" and invoice["last_finalization_error"]:
                invoice["last_finalization_error"] = None
                renewing.advance(desk.sim, invoice["id"])
    await desk.courier.drain()
    return {"customer": customer, "on": on}


@lever("POST", "/_sim/test_clock")
async def test_clock(desk: Desk, asked: Asked) -> Json:
    """What `test_clock` `does`: hold lets its next advance take until go, and fail breaks it down for good."""
    sim = desk.sim
    clock = found(sim.store.test_clocks, asked.text("test_clock"), "test_clock")
    does = asked.one_of("does", ("hold", "go", "fail"))
    if does == "hold":
        sim.held_clocks[clock["id"]] = None
    elif does == "go":
        await clocks.let_go(sim, clock)
    else:
        clocks.break_down(sim, clock)
    await desk.courier.drain()
    return clock


@lever("POST", "/_sim/disconnect")
async def disconnect(desk: Desk, asked: Asked) -> Json:
    """The merchant cuts the platform off: its keys die at once, then account.application.deauthorized is told."""
    connected = asked.truth("connected", otherwise=False)
    if desk.sim.settings.connected and not connected:
        application = {"id": "ca_tideover", "object": "application", "name": "Tideover"}
        event = desk.sim.events.record("account.application.deauthorized", application)
        event["account"] = desk.sim.keys.account
    desk.sim.settings.connected = connected
    await desk.courier.drain()
    return {"connected": connected}


@lever("POST", "/_sim/app")
async def app(desk: Desk, asked: Asked) -> Json:
    """The operator publishes an app that asks for `permissions` (such as "invoice_read"), with its events to `url`."""
    named = frozenset(asked.texts("permissions"))
    if unknown := {f"rak_{name}" for name in named} - PERMISSIONS:
        raise invalid(f"There is no permission {', '.join(sorted(unknown))}.", param="permissions")
    url, published = asked.text("url"), desk.sim.app
    published.permissions = named
    if url:
        published.endpoint = webhook_endpoints.of_an_app(desk.sim, url)
    secrets = desk.sim.store.endpoint_secrets[published.endpoint["id"]] if published.endpoint else [("", None)]
    link = f"{desk.sim.base_url}/oauth/v2/authorize?client_id={published.client_id}"
    return {"link": link, "secret": published.secret, "webhook_secret": secrets[-1][0]}


@lever("POST", "/_sim/restricted_key")
async def restricted_key(desk: Desk, asked: Asked) -> Json:
    """A key that may do what `permissions` (such as "rak_invoice_write") say and nothing else; `revoke` ends one."""
    desk.sim.restricted.pop(asked.text("revoke"), None)
    granted = frozenset(asked.texts("permissions"))
    if unknown := granted - PERMISSIONS:
        raise invalid(f"There is no permission {', '.join(sorted(unknown))}.", param="permissions")
    key = desk.sim.ids.new("rk_test", 40)
    desk.sim.restricted[key] = granted
    return {"key": key, "permissions": sorted(granted)}


@lever("POST", "/_sim/rate_limit")
async def rate_limit(desk: Desk, asked: Asked) -> Json:
    """So many requests a second (real time), null for no limit."""
    desk.sim.settings.rate_limit = None if asked.given.get("limit") is None else asked.whole("limit")
    return {"limit": desk.sim.settings.rate_limit}


@lever("POST", "/_sim/fault")
async def fault(desk: Desk, asked: Asked) -> Json:
    """Trouble for the next `n` writes: kind slow (`seconds`, real ones), error_before or error_after (HTTP 500)."""
    kind = cast("FaultKind", asked.one_of("kind", get_args(FaultKind)))
    count = asked.whole("n", 1)
    if count:
        desk.gate.faults.planned.append(Fault(kind, count, asked.seconds("seconds")))
    return {"planned": len(desk.gate.faults.planned)}


@lever("POST", "/_sim/shop")
async def shop(desk: Desk, asked: Asked) -> Json:
    """Fill the account with a shop of `customers`, whose luck comes from `seed` and is drawn for `days`; once."""
    if not isinstance(desk.sim.people, Town):
        raise invalid("This world was started without a town: there is nobody to live in it.")
    settings = desk.sim.settings
    wanted = Shop(
        asked.whole("customers", Shop.customers), asked.whole("seed", desk.sim.seed), asked.whole("days", Shop.days)
    )
    retries = asked.truth("smart_retries", otherwise=settings.smart_retries)
    mails = asked.truth("stripe_mails", otherwise=settings.stripe_mails)
    try:
        desk.sim.people.settle(wanted)
    except AlreadySettled as problem:
        raise invalid(str(problem)) from problem
    settings.smart_retries, settings.stripe_mails = retries, mails
    return desk.mover.state() | {"customers": wanted.customers, "subscriptions": len(desk.sim.store.subscriptions)}

"""The customer portal a merchant opens by a portal session: renew the card, cancel the subscription, go back.

Sources: https://docs.stripe.com/customer-management; a session for one thing alone, and where it leads to after that:
https://docs.stripe.com/customer-management/portal-deep-links.
"""

from __future__ import annotations

from html import escape

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.billing import standing
from tideover.simulator.api.payments.method_kinds import card_from_number
from tideover.simulator.api.payments.payment_methods import attach
from tideover.simulator.browser.card import card_fields, card_of, make_default
from tideover.simulator.mail.frame import moment, page, spoken, typed
from tideover.simulator.wire.errors import StripeError

CANCEL = "subscription_cancel"  # a session in which that alone is done


def routes(sim: Simulator) -> list[BaseRoute]:
    """The address in a portal session's `url`."""

    async def shown(request: Request) -> Response:
        session = _found(sim, request)
        return _portal(sim, session) if session else _missing()

    async def renewed(request: Request) -> Response:
        session = _found(sim, request)
        if session is None:
            return _missing()
        try:
            _renew(sim, session, await typed(request, "number", "expiry", "cvc"))
        except StripeError as refusal:
            return _portal(sim, session, str(refusal))
        return RedirectResponse(_after(session), 303)

    async def canceled(request: Request) -> Response:
        session = _found(sim, request)
        if session is None:
            return _missing()
        subscription = sim.store.subscriptions.get(request.path_params["subscription"])
        if subscription and subscription["customer"] == session["customer"]:
            standing.end(sim, subscription, "cancellation_requested")
        return RedirectResponse(_after(session) if session["flow"] else session["url"], 303)

    return [
        Route("/p/session/{secret}", shown, methods=["GET"]),
        Route("/p/session/{secret}/card", renewed, methods=["POST"]),
        Route("/p/session/{secret}/cancel/{subscription}", canceled, methods=["POST"]),
    ]


def _found(sim: Simulator, request: Request) -> Json | None:
    """The session of the address, as long as its customer exists."""
    end = f"/p/session/{request.path_params['secret']}"
    sessions = sim.store.portal_sessions.select(lambda each: each["url"].endswith(end))
    return sessions[0] if sessions and sessions[0]["customer"] in sim.store.customers else None


def _after(session: Json) -> str:
    """Where the customer is led once they have done what they came for."""
    flow = session["flow"] or {}
    redirect = (flow.get("after_completion") or {}).get("redirect") or {}
    return str(redirect.get("return_url") or session["return_url"] or session["url"])


def _missing() -> Response:
    return page("Not found", "<main><h1>Not found</h1><p>This link has expired.</p></main>", 404)


def _renew(sim: Simulator, session: Json, form: dict[str, str]) -> None:
    """A new card that its bank accepts becomes the default."""
    method = card_from_number(sim, card_of(form))
    make_default(sim, attach(sim, method, session["customer"]))


def _portal(sim: Simulator, session: Json, error: str = "") -> Response:
    customer = sim.store.customers[session["customer"]]
    path = "/p/session/" + str(session["url"]).rsplit("/", 1)[1]
    notice = f'<p class="notice bad" role="alert">{escape(error)}</p>' if error else ""
    back = f'<p><a href="{escape(session["return_url"])}">Back to the merchant</a></p>' if session["return_url"] else ""
    all_of_it = f"<h2>Subscriptions</h2>{_subscriptions(sim, session, path)}" if _shows_plans(session) else ""
    body = f"""<main><div class="card"><h1>{escape(customer["name"] or customer["email"] or "Your account")}</h1>
{notice}{all_of_it}
<h2>Card on file</h2><p>{_card_on_file(sim, customer)}</p>
<form method="post" action="{path}/card">{card_fields()}
<div class="actions"><button>Save card</button></div></form>{back}</div></main>"""
    return page("Your account", body, 402 if error else 200)


def _shows_plans(session: Json) -> bool:
    return not session["flow"] or session["flow"]["type"] == CANCEL


def _subscriptions(sim: Simulator, session: Json, path: str) -> str:
    """Those that go on: all of them, or the one that the session is for."""
    only = ((session["flow"] or {}).get(CANCEL) or {}).get("subscription")
    theirs = sim.store.subscriptions.of("customer", session["customer"])
    living = [each for each in theirs if each["status"] not in standing.OVER and only in {None, each["id"]}]
    return "".join(_subscription(sim, each, path) for each in living) or "<p>None.</p>"


def _subscription(sim: Simulator, subscription: Json, path: str) -> str:
    item = subscription["items"]["data"][0]
    name = escape(sim.store.products[item["price"]["product"]]["name"])
    amount = spoken(item["price"]["unit_amount"] * item["quantity"], subscription["currency"])
    return f"""<p><b>{name}</b>, {amount} per {item["price"]["recurring"]["interval"]},
{escape(subscription["status"].replace("_", " "))}, renews on {moment(item["current_period_end"])}</p>
<form method="post" action="{path}/cancel/{subscription["id"]}" class="actions">
<button class="quiet">Cancel this subscription</button></form>"""


def _card_on_file(sim: Simulator, customer: Json) -> str:
    method = sim.store.payment_methods.get(customer["invoice_settings"]["default_payment_method"])
    if method is None or method["type"] != "card":
        return "No card."
    card = method["card"]
    until = f"{card['exp_month']:02d}/{card['exp_year']}"
    return f"{escape(card['brand'].title())} ending in {card['last4']}, good until {until}"

"""Stripe's Checkout, as the address of a session shows it: what is bought, what it costs now, and the card for it.

Source: https://docs.stripe.com/payments/checkout/how-checkout-works. Each purchase takes a new card here.
"""

from __future__ import annotations

from html import escape

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.billing.checkout_sessions import complete, seen
from tideover.simulator.api.payments.method_kinds import card_from_number
from tideover.simulator.api.payments.payment_methods import attach
from tideover.simulator.browser.card import card_fields, card_of
from tideover.simulator.mail.frame import page, spoken, typed
from tideover.simulator.wire.errors import StripeError


def routes(sim: Simulator) -> list[BaseRoute]:
    """The address in a checkout session's `url`."""

    async def shown(request: Request) -> Response:
        session = _found(sim, request)
        return _checkout(sim, session) if session else _missing()

    async def bought(request: Request) -> Response:
        session = _found(sim, request)
        if session is None:
            return _missing()
        try:
            _buy(sim, session, await typed(request, "number", "expiry", "cvc"))
        except StripeError as refusal:
            return _checkout(sim, session, str(refusal))
        return RedirectResponse(session["success_url"], 303)

    return [
        Route("/c/pay/{session}", shown, methods=["GET"]),
        Route("/c/pay/{session}", bought, methods=["POST"]),
    ]


def _found(sim: Simulator, request: Request) -> Json | None:
    """The session of the address, as long as it is open."""
    session = sim.store.checkout_sessions.get(request.path_params["session"])
    return session if session and seen(sim, session)["status"] == "open" else None


def _missing() -> Response:
    return page("Not found", "<main><h1>Not found</h1><p>This page has expired, or is completed.</p></main>", 404)


def _buy(sim: Simulator, session: Json, form: dict[str, str]) -> None:
    method = attach(sim, card_from_number(sim, card_of(form)), session["customer"])
    complete(sim, session, method["id"])


def _checkout(sim: Simulator, session: Json, error: str = "") -> Response:
    notice = f'<p class="notice bad" role="alert">{escape(error)}</p>' if error else ""
    back = f'<p><a href="{escape(session["cancel_url"])}">Back to the merchant</a></p>' if session["cancel_url"] else ""
    body = f"""<main><div class="card"><h1>Subscribe</h1>{notice}
{"".join(_line(sim, row) for row in sim.store.asked_at_checkout[session["id"]]["line_items"])}
{"".join(_discount(sim, row) for row in session["discounts"])}
<form method="post" action="/c/pay/{session["id"]}">{card_fields()}
<div class="actions"><button>Subscribe</button></div></form>{back}</div></main>"""
    return page("Subscribe", body, 402 if error else 200)


def _line(sim: Simulator, row: Json) -> str:
    price = sim.store.prices[row["price"]]
    amount = spoken(price["unit_amount"] * row.get("quantity", 1), price["currency"])
    name = escape(sim.store.products[price["product"]]["name"])
    return f"<p><b>{name}</b>, {amount} per {price['recurring']['interval']}</p>"


def _discount(sim: Simulator, row: Json) -> str:
    promotion = sim.store.promotion_codes.get(row.get("promotion_code"))
    coupon = sim.store.coupons.get(promotion["promotion"]["coupon"] if promotion else row.get("coupon"))
    if coupon is None:
        return ""
    code = f", code {promotion['code']}" if promotion else ""
    return f"<p>{escape(coupon['name'] or coupon['id'])}{escape(code)}</p>"

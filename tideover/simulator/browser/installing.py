"""A Stripe App's installation: the page on which a merchant lets it in, and the exchange of codes and refresh tokens.

Sources: https://docs.stripe.com/stripe-apps/api-authentication/oauth. What a refused exchange says is not confirmed.
"""

from __future__ import annotations

import base64
import binascii
from html import escape
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from tideover.simulator.account.app import ACCESS_SECONDS, CODE_SECONDS, REFRESH_SECONDS
from tideover.simulator.account.world import Simulator
from tideover.simulator.mail.frame import page, typed

EXCHANGE: Final = "/v1/oauth/token"


def routes(sim: Simulator) -> list[BaseRoute]:
    """What answers at marketplace.stripe.com, and the one address of the API that knows no key of a merchant's."""

    async def asked(request: Request) -> Response:
        return _page(sim, dict(request.query_params))

    async def agreed(request: Request) -> Response:
        return _back(sim, await typed(request, "answer", "state", "redirect_uri"))

    async def token(request: Request) -> Response:
        given = await typed(request, "grant_type", "code", "refresh_token")
        return _exchanged(sim, given) if _is_the_app(sim, request) else _refused("invalid_client", 401)

    return [
        Route("/oauth/v2/authorize", asked, methods=["GET"]),
        Route("/oauth/v2/authorize", agreed, methods=["POST"]),
        Route(EXCHANGE, token, methods=["POST"]),
    ]


def _page(sim: Simulator, asked: dict[str, str]) -> Response:
    if asked.get("client_id") != sim.app.client_id:
        return page("Not possible", "<h1>There is no such app.</h1>", 400)
    kept = {"state": asked.get("state", ""), "redirect_uri": asked.get("redirect_uri", "")}
    hidden = "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in kept.items())
    named = "".join(f"<li>{escape(name)}</li>" for name in sorted(sim.app.permissions))
    buttons = '<button name="answer" value="yes">Install</button><button name="answer" value="no">Cancel</button>'
    body = (
        f'<main class="pay"><h1>Install Tideover</h1><p>It asks for:</p><ul>{named}</ul>'
        f'<form method="post">{hidden}{buttons}</form></main>'
    )
    return page("Install an app", body)


def _back(sim: Simulator, given: dict[str, str]) -> Response:
    told = {"state": given["state"]}
    if given["answer"] == "yes":
        code = sim.ids.new("ac", 32)
        sim.app.codes[code] = sim.clock.now() + CODE_SECONDS
        told |= {"code": code, "stripe_user_id": sim.keys.account}
    else:
        told |= {"error": "access_denied", "error_description": "The user denied your request"}
    return RedirectResponse(f"{given['redirect_uri']}?{urlencode(told)}", 303)


def _exchanged(sim: Simulator, given: dict[str, str]) -> Response:
    """New tokens for a code, with what the manifest names now; or for a refresh token, with what was agreed to then."""
    if given["grant_type"] == "authorization_code":
        until, granted = sim.app.codes.pop(given["code"], 0), sim.app.permissions
    else:
        until, granted = sim.app.refresh.pop(given["refresh_token"], (0, frozenset[str]()))
    if not sim.settings.connected or sim.clock.now() >= until:
        return _refused("invalid_grant", 400)
    return _tokens(sim, granted)


def _tokens(sim: Simulator, granted: frozenset[str]) -> Response:
    access, refresh, now = sim.ids.new("sk_test", 40), sim.ids.new("rt", 40), sim.clock.now()
    sim.app.access[access] = now + ACCESS_SECONDS
    sim.app.refresh[refresh] = (now + REFRESH_SECONDS, granted)
    sim.restricted[access] = frozenset(f"rak_{name}" for name in granted)
    return JSONResponse(
        {
            "access_token": access,
            "livemode": False,
            "refresh_token": refresh,
            "scope": "stripe_apps",
            "stripe_publishable_key": sim.keys.publishable,
            "stripe_user_id": sim.keys.account,
            "token_type": "bearer",
        }
    )


def _is_the_app(sim: Simulator, request: Request) -> bool:
    """By the secret key of the account that the app belongs to, in either way that Stripe takes a key."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            value = base64.b64decode(value).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return False
    return value == sim.app.secret


def _refused(error: str, status: int) -> Response:
    why = "This code or token is used, expired or none." if error == "invalid_grant" else "Invalid API key provided."
    return JSONResponse({"error": error, "error_description": why}, status)

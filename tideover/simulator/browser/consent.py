"""Stripe's consent: the page on which a merchant lets an application in, the exchange of what it tells, and the end.

Sources: https://docs.stripe.com/connect/oauth-reference. What is said of an account that another platform controls is
not confirmed.
"""

from __future__ import annotations

from html import escape
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from tideover.simulator.account.platform import CODE_SECONDS, SCOPES
from tideover.simulator.account.world import Simulator
from tideover.simulator.mail.frame import page, typed
from tideover.simulator.wire.permissions import PERMISSIONS, READING

TAKEN: Final = "This account is already connected to another platform that controls it."
SAID: Final = {"read_only": "see your data", "read_write": "see your data and act in your name"}


def routes(sim: Simulator) -> list[BaseRoute]:
    """What answers at connect.stripe.com."""

    async def asked(request: Request) -> Response:
        return _page(sim, dict(request.query_params))

    async def agreed(request: Request) -> Response:
        given = await typed(request, "answer", "scope", "state", "redirect_uri")
        return _back(sim, given)

    async def token(request: Request) -> Response:
        return _token(sim, await typed(request, "code", "grant_type"), request)

    async def deauthorize(request: Request) -> Response:
        return _deauthorize(sim, await typed(request, "client_id", "stripe_user_id"), request)

    return [
        Route("/oauth/authorize", asked, methods=["GET"]),
        Route("/oauth/authorize", agreed, methods=["POST"]),
        Route("/oauth/token", token, methods=["POST"]),
        Route("/oauth/deauthorize", deauthorize, methods=["POST"]),
    ]


def _page(sim: Simulator, asked: dict[str, str]) -> Response:
    scope = asked.get("scope", "read_only")
    if asked.get("client_id") != sim.platform.client_id or asked.get("response_type") != "code":
        return page("Not possible", "<h1>There is no such application.</h1>", 400)
    if scope not in SCOPES:
        return page("Not possible", f"<h1>There is no scope {escape(scope)}.</h1>", 400)
    kept = {"scope": scope, "state": asked.get("state", ""), "redirect_uri": asked.get("redirect_uri", "")}
    hidden = "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in kept.items())
    button = '<button name="answer" value="{}">{}</button>'
    buttons = button.format("yes", "Connect my Stripe account") + button.format("no", "Cancel")
    body = (
        f'<main class="pay"><h1>Tideover wants to {SAID[scope]}</h1><form method="post">{hidden}{buttons}</form></main>'
    )
    return page("Connect your account", body)


def _back(sim: Simulator, given: dict[str, str]) -> Response:
    """Back to the application, with a code or with the reason why there is none."""
    told = {"state": given["state"]}
    if given["answer"] != "yes":
        told |= {"error": "access_denied", "error_description": "The user denied your request"}
    elif sim.platform.taken:
        told |= {"error": "invalid_request", "error_description": TAKEN}
    else:
        code = sim.ids.new("ac", 32)
        sim.platform.codes[code] = (given["scope"], sim.clock.now() + CODE_SECONDS)
        told |= {"scope": given["scope"], "code": code}
    return RedirectResponse(f"{given['redirect_uri']}?{urlencode(told)}", 303)


def _token(sim: Simulator, given: dict[str, str], request: Request) -> Response:
    if not _is_the_platform(sim, request):
        return _refused("invalid_client", "Invalid API key provided.", 401)
    scope, until = sim.platform.codes.pop(given["code"], ("", 0))
    if given["grant_type"] != "authorization_code" or sim.clock.now() >= until:
        return _refused("invalid_grant", "This authorization code is used, expired or none.")
    made = sim.ids.new("sk_test", 40)
    sim.platform.tokens[made] = scope
    sim.restricted[made] = PERMISSIONS if scope == "read_write" else READING
    return JSONResponse(
        {
            "access_token": made,
            "livemode": False,
            "refresh_token": sim.ids.new("rt", 32),
            "scope": scope,
            "stripe_publishable_key": sim.keys.publishable,
            "stripe_user_id": sim.keys.account,
            "token_type": "bearer",
        }
    )


def _deauthorize(sim: Simulator, given: dict[str, str], request: Request) -> Response:
    if not _is_the_platform(sim, request) or given["client_id"] != sim.platform.client_id:
        return _refused("invalid_client", "Invalid API key provided.", 401)
    if given["stripe_user_id"] != sim.keys.account or not sim.platform.tokens:
        return _refused("invalid_client", "This application is not connected to that account.", 401)
    for token in list(sim.platform.tokens):
        del sim.platform.tokens[token], sim.restricted[token]
    return JSONResponse({"stripe_user_id": sim.keys.account})


def _is_the_platform(sim: Simulator, request: Request) -> bool:
    return request.headers.get("authorization") == f"Bearer {sim.platform.secret}"


def _refused(error: str, why: str, status: int = 400) -> Response:
    return JSONResponse({"error": error, "error_description": why}, status)

"""The Stripe.js stand-in: our own script for the browser, and the bank's question (3-D Secure) it may have to ask.

Sources: https://docs.stripe.com/js. It stands in for what our own pages use of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import lru_cache
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tideover.simulator.account.world import Simulator
from tideover.simulator.api.payments.customer_sessions import redisplayed
from tideover.simulator.api.payments.offering import method_choice
from tideover.simulator.mail.frame import STYLESHEET
from tideover.simulator.wire.errors import StripeError

_STATIC: Final = Path(__file__).parent / "static"
_SOURCES: Final = _STATIC / "stripe"
OPEN_TO_ALL: Final = {"Access-Control-Allow-Origin": "*"}  # a merchant's page asks
_CACHE: Final = {"Cache-Control": "public, max-age=300", **OPEN_TO_ALL}
Endpoint = Callable[[Request], Awaitable[Response]]


@lru_cache(maxsize=1)
def script() -> str:
    """The whole script: the numbered sources in order, inside one function so that nothing leaks into the page."""
    parts = [path.read_text(encoding="utf-8") for path in sorted(_SOURCES.glob("*.js"))]
    return '(() => {\n"use strict";\n' + "\n".join(parts) + "})();\n"


async def _script(_request: Request) -> Response:
    return Response(script(), media_type="text/javascript", headers=_CACHE)


def _elements(sim: Simulator) -> Endpoint:
    """What the payment form asks before there is an intent. At Stripe that is a call of Stripe.js's own."""

    async def elements(request: Request) -> Response:
        given = request.query_params
        allowed = [kind for kind in given.get("allowed", "").split(",") if kind]
        try:
            chosen = method_choice(sim, {"allowed_payment_method_types": allowed}, given.get("currency"))
        except StripeError as refusal:
            return JSONResponse({"error": refusal.error}, refusal.status, OPEN_TO_ALL)
        kinds = chosen["payment_method_types"]
        saved = redisplayed(sim, given.get("session", ""), kinds)
        return JSONResponse({"payment_method_types": kinds, "saved": saved}, headers=OPEN_TO_ALL)

    return elements


async def _stylesheet(_request: Request) -> Response:
    return Response((_STATIC / "simulator.css").read_bytes(), media_type="text/css", headers=_CACHE)


def routes(sim: Simulator) -> list[BaseRoute]:
    """The script under the paths pages load it from, and the style of the simulator's own pages."""
    paths = (
        "/v3/",
        "/v3",
        "/stripe.js",
        "/basil/stripe.js",
        "/clover/stripe.js",
        "/dahlia/stripe.js",
        "/endive/stripe.js",
    )
    return [
        *(Route(path, _script) for path in paths),
        Route(STYLESHEET, _stylesheet),
        Route("/_sim/elements", _elements(sim)),
    ]

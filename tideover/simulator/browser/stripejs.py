"""The Stripe.js stand-in: our own script for the browser, and the bank's question (3-D Secure) it may have to ask.

Sources: https://docs.stripe.com/js. It stands in for what our own pages use of it.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from tideover.simulator.mail.frame import STYLESHEET

_STATIC: Final = Path(__file__).parent / "static"
_SOURCES: Final = _STATIC / "stripe"
_CACHE: Final = {"Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"}


@lru_cache(maxsize=1)
def script() -> str:
    """The whole script: the numbered sources in order, inside one function so that nothing leaks into the page."""
    parts = [path.read_text(encoding="utf-8") for path in sorted(_SOURCES.glob("*.js"))]
    return '(() => {\n"use strict";\n' + "\n".join(parts) + "})();\n"


async def _script(_request: Request) -> Response:
    return Response(script(), media_type="text/javascript", headers=_CACHE)


async def _stylesheet(_request: Request) -> Response:
    return Response((_STATIC / "simulator.css").read_bytes(), media_type="text/css", headers=_CACHE)


def routes() -> list[BaseRoute]:
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
    return [*(Route(path, _script) for path in paths), Route(STYLESHEET, _stylesheet)]

"""The frame of the simulator's own pages: one plain look, light and dark, that works on a phone."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse

STYLESHEET: Final = "/_sim/static/simulator.css"
POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; form-action 'self' http: https:; "
    "frame-ancestors 'self'; base-uri 'none'"
)
# Stripe's lists of currencies without cents, and with mills: https://docs.stripe.com/currencies#zero-decimal
_ZERO_DECIMALS: Final = frozenset(
    ("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf")
)
_THREE_DECIMALS: Final = frozenset(("bhd", "jod", "kwd", "omr", "tnd"))


def page(title: str, body: str, status: int = 200) -> HTMLResponse:
    """An HTML page; `body` is markup whose values are already escaped."""
    document = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{STYLESHEET}">
</head>
<body>
{body}
</body>
</html>
"""
    return HTMLResponse(document, status, headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-store"})


async def typed(request: Request, *names: str) -> dict[str, str]:
    """The named fields of a posted form, "" for what is missing."""
    given = dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))
    return {name: given.get(name, "") for name in names}


def spoken(minor: int, currency: str) -> str:
    """An amount for people: "99.00 USD", "9,900 JPY"."""
    places = 0 if currency in _ZERO_DECIMALS else 3 if currency in _THREE_DECIMALS else 2
    whole, rest = divmod(minor, 10**places)
    return f"{whole:,}{f'.{rest:0{places}d}' if places else ''} {currency.upper()}"


def moment(at: int) -> str:
    """A unix second for people: "21 Nov 2026, 03:04 UTC"."""
    return datetime.fromtimestamp(at, UTC).strftime("%-d %b %Y, %H:%M UTC")

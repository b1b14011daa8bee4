"""The headers of the card page: Stripe may run there and nobody else, nothing is cached, no address leaks onward."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF, Nonce
from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse

Sources = list[str | Nonce]
# https://docs.stripe.com/security/guide#content-security-policy
STRIPE: Final[Mapping[str, Sources]] = {
    "script-src": ["https://js.stripe.com", "https://*.js.stripe.com"],
    "frame-src": ["https://js.stripe.com", "https://*.js.stripe.com", "https://hooks.stripe.com"],
    "connect-src": ["https://api.stripe.com"],
    "img-src": ["https://*.stripe.com"],
}


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def policy(stripe_js: str) -> dict[str, Sources | None]:
    """The page's content security policy. A simulator takes the place of Stripe's hosts, it does not join them."""
    origin = _origin(stripe_js)
    real = origin.endswith("js.stripe.com")
    hosts: Mapping[str, Sources] = STRIPE if real else {name: [origin] for name in STRIPE}
    return {
        "default-src": [NONE],
        "script-src": [SELF, *hosts["script-src"]],
        "style-src": [SELF, NONCE],
        "style-src-attr": None,
        "font-src": [SELF],
        "img-src": [SELF, "data:", *hosts["img-src"]],
        "frame-src": [*hosts["frame-src"]],
        "connect-src": [SELF, *hosts["connect-src"]],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }


def guarded(request: HttpRequest, response: HttpResponse, stripe_js: str = "") -> HttpResponse:
    """`response` with the headers that a page reached by a secret address needs."""
    # The address is the key: it goes to nobody else. Without it a form that no script sends would have no origin.
    response["Referrer-Policy"] = "same-origin"
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    # Some ways to pay open a window and must be able to answer it.
    response["Cross-Origin-Opener-Policy"] = "same-origin-allow-popups"
    if not stripe_js:
        return response
    csp_replace(policy(stripe_js))(lambda _request: response)(request)  # marks the response; the middleware reads it
    return response

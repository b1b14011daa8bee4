"""Stripe over HTTP: one request goes out, and what comes back is an answer of Stripe's or is told as none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import requests
import stripe

from tideover.gateways import skew

CONNECTIONS = 32  # kept open at most; more threads than that never ask for one account
ERROR_TEXTS = ("message", "type", "code", "param")
# The library's own words fill a paragraph without saying which of these it was. The first that fits is told.
WHY: Final[Mapping[type[Exception], str]] = {
    requests.exceptions.SSLError: "its certificate could not be verified",
    requests.exceptions.Timeout: "it did not answer in time",
    requests.exceptions.ConnectionError: "there is no connection, or it broke off",
    requests.exceptions.ChunkedEncodingError: "its answer was cut off",
    requests.exceptions.ContentDecodingError: "its answer is garbled",
    requests.exceptions.InvalidHeader: "the key has characters that cannot be sent",
    UnicodeEncodeError: "the key has characters that cannot be sent",
    requests.exceptions.InvalidURL: "its address is none",
    ValueError: "its address is none",  # without http:// in front, say
}


class Straight(requests.Session):
    """Goes nowhere else: Stripe never redirects, and a payment that was sent on as a GET would read as one."""

    def __init__(self) -> None:
        super().__init__()
        for scheme in ("https://", "http://"):
            self.mount(scheme, requests.adapters.HTTPAdapter(pool_maxsize=CONNECTIONS))

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002 - the library's signature
        return None


class Wire(skew.ListeningClient):
    """Asks as the library does, and raises its APIError or APIConnectionError for everything but Stripe's own answers.

    The library takes any JSON for an answer and any `error` in it for one of Stripe's, and breaks on those that only
    look like it.
    """

    def __init__(self, timeout: float) -> None:
        super().__init__(timeout=timeout, session=Straight())

    def request(  # type: ignore[override] # narrower than the base of all clients, just as its parent is
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,  # noqa: ANN401 - the library's own word
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """One request and its answer."""
        try:
            content, status, told = super().request(method, url, headers, post_data)
        except stripe.APIConnectionError as lost:
            raise _no_answer(lost.__cause__) from None
        if not _is_stripes(content, fine=200 <= status < 300):
            raise stripe.APIError(f"an answer that is not Stripe's came back (HTTP {status})", http_status=status)
        return content, status, told


def _no_answer(cause: BaseException | None) -> stripe.APIConnectionError:
    found = next((words for kind, words in WHY.items() if isinstance(cause, kind)), "")
    words = found or f"the request failed ({type(cause).__name__})"
    return stripe.APIConnectionError(words)  # type: ignore[no-untyped-call]


def _is_stripes(content: bytes, *, fine: bool) -> bool:
    """An object, and where it tells of an error one with Stripe's own fields."""
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return False
    if fine or not isinstance(said, dict):
        return isinstance(said, dict)
    error = said.get("error")
    return isinstance(error, dict) and all(isinstance(error.get(name, ""), str | None) for name in ERROR_TEXTS)

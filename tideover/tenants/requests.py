"""A name for each request: in its answer, in every line it logs, in what it leaves in the audit log; and its place."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address, ip_network

import structlog
from django.http import HttpRequest, HttpResponse

from tideover.ids import new_id


def current_request_id() -> str:
    """The name of the request this code runs for; empty in the worker and in commands."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


def place_of(request: HttpRequest) -> str:
    """Where a request comes from, for counting: its address. A household has 2^64 of IPv6: they are one place.

    What it says itself of its address (X-Forwarded-For) was believed only from a proxy the operator named (asgi.py).
    """
    address = str(request.META.get("REMOTE_ADDR", ""))
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:64]
    return str(ip_network(f"{parsed}/64", strict=False)) if parsed.version == 6 else str(parsed)


class RequestIdMiddleware:
    """Gives the request its name. One that a client sends is not taken over: it could be anybody's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with structlog.contextvars.bound_contextvars(request_id=str(new_id())):
            response = self.get_response(request)
            response["X-Request-Id"] = current_request_id()
        return response

"""A name for each request: in its answer, in every line it logs, and in what it leaves in the audit log."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from tideover.ids import new_id


def current_request_id() -> str:
    """The name of the request this code runs for; empty in the worker and in commands."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


class RequestIdMiddleware:
    """Gives the request its name. One that a client sends is not taken over: it could be anybody's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with structlog.contextvars.bound_contextvars(request_id=str(new_id())):
            response = self.get_response(request)
            response["X-Request-Id"] = current_request_id()
        return response

"""Addresses for machines: is the process alive, can it work, and its figures for who holds the token."""

from __future__ import annotations

import hmac

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from tideover import clock
from tideover.config import config
from tideover.upkeep.health import why_not_ready
from tideover.upkeep.metrics import exposition

PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


def _plain(text: str, status: int = 200, content_type: str = "text/plain; charset=utf-8") -> HttpResponse:
    return HttpResponse(text, status=status, content_type=content_type, headers={"Cache-Control": "no-store"})


@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers at all: no database, so that a slow one gets nobody killed."""
    return _plain("ok\n")


@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    """200 where the database takes writes, every migration is applied and the clock is right, else 503 with why."""
    reasons = why_not_ready(clock.now())
    return _plain("\n".join(reasons) + "\n", status=503) if reasons else _plain("ready\n")


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures for `Authorization: Bearer <TIDEOVER_METRICS_TOKEN>`; without a token set there is no such page."""
    token = config().metrics_token
    if not token:
        return _plain("not found\n", status=404)
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        refused = _plain("unauthorized\n", status=401)
        refused["WWW-Authenticate"] = "Bearer"
        return refused
    return _plain(exposition(clock.now()), content_type=PROMETHEUS)

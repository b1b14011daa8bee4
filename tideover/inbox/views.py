"""The webhook for servers that speak only WSGI, and the one for all accounts: one commit for each event."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog
from django.core.exceptions import RequestDataTooBig
from django.db import Error
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tideover import clock
from tideover.inbox.endpoints import endpoint_at
from tideover.inbox.shared import Nobodys, row_of
from tideover.inbox.store import Row, store
from tideover.inbox.verify import verify
from tideover.tenants.secrets import Unreadable

log = structlog.get_logger("webhook")


@csrf_exempt  # Stripe proves itself by its signature
@require_POST
def stripe_webhook(request: HttpRequest, token: str) -> HttpResponse:
    """The events of one account, at an address of its own."""

    def of_token(body: bytes, signature: str, now: datetime) -> Row | None:
        endpoint = endpoint_at(token)
        return verify(endpoint, body, signature, now) if endpoint else None

    return _taken_in(request, of_token)


@csrf_exempt  # Stripe proves itself by its signature
@require_POST
def shared_webhook(request: HttpRequest) -> HttpResponse:
    """The events of all accounts at one address."""
    return _taken_in(request, row_of)


def _taken_in(request: HttpRequest, find: Callable[[bytes, str, datetime], Row | None]) -> HttpResponse:
    """200 once the event is committed, or is nobody's; the same 400 for every reject; 503 where it cannot be stored."""
    try:
        stored = _stored(find(request.body, request.headers.get("Stripe-Signature", ""), clock.now()))
    except Nobodys:
        stored = True
    except (Error, Unreadable):
        return HttpResponse("not stored; send it again", status=503, content_type="text/plain")
    except (RequestDataTooBig, UnreadablePostError):
        stored = False
    except Exception:  # as in webhook.py
        log.exception("webhook.broke")
        return HttpResponse("not stored; send it again", status=503, content_type="text/plain")
    if not stored:
        return HttpResponse("rejected", status=400, content_type="text/plain")
    return HttpResponse(content_type="text/plain")


def _stored(row: Row | None) -> bool:
    """Whether the delivery is authentic, and now in the table."""
    if row is None:
        return False
    (kept,) = store([row])
    if isinstance(kept, Exception):
        raise kept
    return kept

"""The webhook for servers that speak only WSGI: the same judgment, one commit for each event."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.core.exceptions import RequestDataTooBig
from django.db import Error
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tideover import clock
from tideover.inbox.endpoints import endpoint_at
from tideover.inbox.store import store
from tideover.inbox.verify import verify
from tideover.tenants.secrets import Unreadable

log = structlog.get_logger("webhook")


@csrf_exempt  # Stripe proves itself by its signature
@require_POST
def stripe_webhook(request: HttpRequest, token: str) -> HttpResponse:
    """200 once the event is committed; the same 400 for every reject; 503 where it cannot be stored."""
    try:
        stored = _stored(token, request.body, request.headers.get("Stripe-Signature", ""), clock.now())
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


def _stored(token: str, body: bytes, signature: str, now: datetime) -> bool:
    """Whether the delivery is authentic, and now in the table."""
    endpoint = endpoint_at(token)
    row = verify(endpoint, body, signature, now) if endpoint else None
    if row is None:
        return False
    (kept,) = store([row])
    if isinstance(kept, Exception):
        raise kept
    return kept

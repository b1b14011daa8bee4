"""The door for Stripe's webhooks."""

from __future__ import annotations

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tideover import clock
from tideover.inbox.receive import Receipt, receive
from tideover.tenants.models import Connection


@csrf_exempt  # Stripe proves itself by its signature
@require_POST
def stripe_webhook(request: HttpRequest, token: str) -> HttpResponse:
    """200 once the event is committed; the same 400 for every reject; 503 where it cannot be stored."""
    connection = Connection.objects.filter(hook_token=token, state=Connection.State.ACTIVE).first()
    if connection is None:
        return HttpResponse("rejected", status=400, content_type="text/plain")
    try:
        receipt = receive(connection, request.body, request.headers.get("Stripe-Signature", ""), clock.now())
    except DatabaseError:
        return HttpResponse("not stored; send it again", status=503, content_type="text/plain")
    if receipt is Receipt.REJECTED:
        return HttpResponse("rejected", status=400, content_type="text/plain")
    return HttpResponse(receipt, content_type="text/plain")

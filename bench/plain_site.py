"""The webhook as a plain Django view, settings and all: the same work by the ORM, one commit for each event."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tideover.settings import *  # noqa: F403 - the product's own, so that the database is the same

ROOT_URLCONF = "bench.plain_site"
MIDDLEWARE = []  # a webhook needs none; with the pages' middleware it would be slower still


@csrf_exempt
@require_POST
def webhook(request: HttpRequest, token: str) -> HttpResponse:
    """Verify, parse, check account and mode, store once, and only then say yes."""
    from tideover.tenants.models import Connection  # noqa: PLC0415 - this module is also the settings

    connection = Connection.objects.filter(hook_token=token, state=Connection.State.ACTIVE).first()
    if connection is None:
        return HttpResponse("rejected", status=400)
    try:
        stored = _stored(connection, request.body, request.headers.get("Stripe-Signature", ""))
    except DatabaseError:
        return HttpResponse("not stored", status=503)
    return HttpResponse() if stored else HttpResponse("rejected", status=400)


def _stored(connection: Any, body: bytes, signature: str) -> bool:  # noqa: ANN401 - a Connection, see above
    from tideover import clock  # noqa: PLC0415
    from tideover.inbox.models import StripeEvent  # noqa: PLC0415
    from tideover.inbox.signature import authentic  # noqa: PLC0415

    now = clock.now()
    secrets = (connection.webhook_secret, connection.webhook_secret_previous)
    if len(body) > 512_000 or not authentic(body, signature, secrets, now):
        return False
    event = json.loads(body)
    foreign = event.get("account") or event["livemode"] != connection.livemode
    row = StripeEvent(
        organization_id=connection.organization_id,
        connection=connection,
        event_id=event["id"],
        type=event["type"],
        object_id=event["data"]["object"]["id"],
        happened_at=datetime.fromtimestamp(event["created"], UTC),
        received_at=now,
        try_at=now,
        body=body,
        state=StripeEvent.State.REFUSED if foreign else StripeEvent.State.STORED,
    )
    with transaction.atomic():
        StripeEvent.objects.bulk_create([row], ignore_conflicts=True)
    return True


urlpatterns = [path("hooks/stripe/<str:token>", webhook)]

"""A round of work by HTTP, for who has a timer and no worker: a GET tells what is due, a POST does a part of it."""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tideover.config import config
from tideover.core.steps import Do
from tideover.inbox.models import StripeEvent
from tideover.recovery.models import Action
from tideover.worker.effects import real_effects
from tideover.worker.loop import run_once
from tideover.worker.punctual import Punctual


@csrf_exempt  # who asks proves itself by the secret
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def dunning(request: HttpRequest) -> JsonResponse:
    """What is due; sent to, one round is done first: ten actions at most, and the events that wait."""
    secret = config().cron_secret
    if not secret:
        return JsonResponse({"error": "TIDEOVER_CRON_SECRET is not set"}, status=404)
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {secret}".encode()):
        return JsonResponse({"error": "unauthorized"}, status=401, headers={"WWW-Authenticate": "Bearer"})
    time = Punctual()
    if request.method != "POST":
        return JsonResponse({"due": _due(time.now())})
    if not time.may_work():
        return JsonResponse({"error": "this machine's clock is wrong: nothing is done by it"}, status=503)
    done = run_once(real_effects(for_workers=True), time.now())
    round_of = {"events": done.events, "actions": done.actions, "doubts": done.doubts}
    return JsonResponse({"done": round_of, "due": _due(time.now())})


def _due(now: datetime) -> dict[str, Any]:
    """How much waits to be done now, since when, and when the next comes due. Test clocks have a time of their own."""
    planned = Action.objects.filter(state=Action.State.PLANNED, clock=None)
    told = planned.aggregate(
        charges=Count("pk", filter=Q(do=Do.CHARGE, due_at__lte=now)),
        messages=Count("pk", filter=Q(do=Do.MESSAGE, due_at__lte=now)),
        actions=Count("pk", filter=Q(due_at__lte=now)),
        oldest=Min("due_at", filter=Q(due_at__lte=now)),
        next=Min("due_at", filter=Q(due_at__gt=now)),
    )
    waiting = StripeEvent.objects.filter(state=StripeEvent.State.STORED, try_at__lte=now).count()
    return {**told, "events": waiting}

"""What Stripe's form on our page is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from tideover.customer.doors.owing import Owing
from tideover.recovery.models import Case
from tideover.recovery.telling import ways


def facts(owing: Owing) -> Mapping[str, Any]:
    """Where Stripe.js is, with which key, and what may be brought."""
    return {
        "publishable_key": owing.case.connection.publishable_key,
        "stripe_js": stripe_js(owing.case),
        "methods": " ".join(ways.offered_for(owing.case)),
    }


def stripe_js(case: Case) -> str:
    """Where Stripe.js is loaded from: Stripe, or the simulator that plays its part."""
    base = case.connection.api_base.rstrip("/")
    return f"{base}/v3/" if base else str(settings.CONFIG.stripe_js_url)

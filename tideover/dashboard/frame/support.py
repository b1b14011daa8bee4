"""Where whoever sees a page of the house may write to."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from tideover.config import config
from tideover.dashboard.frame.errors import PAYERS


def support(request: HttpRequest) -> dict[str, Any]:
    """`support_email`: the operator's, of whom a payer knows nothing; empty where there is none."""
    return {"support_email": "" if request.path.startswith(PAYERS) else config().support_email}

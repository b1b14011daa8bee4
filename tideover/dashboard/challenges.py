"""What a passkey has to sign: made for this browser and one purpose, used once, for five minutes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from django.http import HttpRequest

from tideover.flow.throttle import Throttle
from tideover.tenants.passkeys import NotProven

KEPT: Final = "passkey-challenge"  # where a session keeps the last one
LASTS: Final = timedelta(minutes=5)
ONCE: Final = Throttle("passkey challenge", limit=1, seconds=600)  # also of two requests at the same moment
TOO_LATE: Final = "That took too long, or another page asked meanwhile. Try again."


class Purpose(StrEnum):
    """What a signature is for: one that was given for one thing does no other."""

    ENTER = "enter"
    SECOND = "second"
    ADD = "add"


def offered(request: HttpRequest, purpose: Purpose, options: Mapping[str, Any], now: datetime) -> str:
    """The options as a page hands them to its script; what was offered before is worth nothing from now on."""
    until = (now + LASTS).timestamp()
    request.session[KEPT] = {"challenge": options["challenge"], "purpose": purpose.value, "until": until}
    return json.dumps(options)


def taken(request: HttpRequest, purpose: Purpose, now: datetime) -> str:
    """The challenge that is answered now. Raises NotProven where there is none, or none any more."""
    kept = request.session.pop(KEPT, None)
    if not kept or kept["purpose"] != purpose or now.timestamp() > kept["until"]:
        raise NotProven(TOO_LATE)
    if not ONCE.allows(kept["challenge"], now):
        raise NotProven(TOO_LATE)
    return str(kept["challenge"])

"""What the form of the same try again is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tideover.customer.doors.owing import Owing
from tideover.recovery.paying.same_card import next_number


def facts(owing: Owing) -> Mapping[str, Any]:
    """Which try it would be, so that a form sent twice is one."""
    return {"number": next_number(owing.case)}

"""A bank debit takes working days."""

from __future__ import annotations

from datetime import datetime

import pytest

from tideover.simulator.api.payments.paying import business_days_after

DAY = 86400


@pytest.mark.parametrize(("weekday", "passed"), [("2026-09-21", 4), ("2026-09-22", 6), ("2026-09-26", 5)])
def test_business_days_skip_the_weekend(weekday: str, passed: int):
    at = int(datetime.fromisoformat(f"{weekday}T12:00:00+00:00").timestamp())
    assert business_days_after(at, 4) - at == passed * DAY

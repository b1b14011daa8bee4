"""Stripe's own Smart Retries: up to eight further attempts, within two weeks of the first failure unless set otherwise.

Sources: https://docs.stripe.com/billing/revenue-recovery/smart-retries (eight tries in two weeks). When each of them
is made is Stripe's secret; the gaps here are not confirmed.
"""

from __future__ import annotations

from typing import Final

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator

HOUR: Final = 3600
# Hours between the attempts of two weeks, in a bit less than that altogether. The hour of the day moves by chance.
GAPS: Final = (26, 38, 40, 42, 42, 44, 46, 46)
TWO_WEEKS: Final = 14
JITTER: Final = 5


def next_attempt(sim: Simulator, invoice: Json, now: int) -> int | None:
    """When Stripe will try an invoice again after a failure at `now`; None when it will not.

    `attempt_count` counts the first attempt and the automatic ones, so it says how many retries are used.
    """
    used = invoice["attempt_count"] - 1
    if not _retried(sim, invoice) or used >= len(GAPS):
        return None
    # Drawn from the invoice's place in its customer's life, not from its id, so that the merchant's own
    # requests in between do not change Stripe's schedule.
    chance = sim.chance(f"retry {invoice['customer_email']} {invoice['number']} {used}")
    return (
        now + GAPS[used] * HOUR * sim.settings.retry_days // TWO_WEEKS + chance.randrange(-JITTER * HOUR, JITTER * HOUR)
    )


def _retried(sim: Simulator, invoice: Json) -> bool:
    automatic = invoice["collection_method"] == "charge_automatically"
    return sim.settings.smart_retries and automatic and bool(invoice["auto_advance"])

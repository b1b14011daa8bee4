"""What the demo was asked to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from tideover.core.rules import PRESETS

# A fixed past, so that the same seed gives the same report on any day; the ninety days cross an end of summer time.
STARTS_AT: Final = datetime(2026, 8, 10, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Options:
    """The flags of the command."""

    home: Path
    days: int
    customers: int
    seed: int
    preset: str
    port: int
    serve: bool
    json: bool
    open_browser: bool
    coexist: bool  # Stripe's own retries stay on beside ours

    @property
    def ends_at(self) -> datetime:
        return STARTS_AT + timedelta(days=self.days)

    @property
    def name(self) -> str:
        """The preset and what Stripe does beside it, as reports call it."""
        return f"{self.preset}, {'beside Stripe' if self.coexist else 'alone'}"


def preset_charges(name: str) -> bool:
    """Whether the preset tries failed payments again by itself; one that is not there does not."""
    return name in PRESETS and any(strategy.numbers for strategy in PRESETS[name].charges.values())

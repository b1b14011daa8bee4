"""What the demo was asked to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

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

    @property
    def ends_at(self) -> datetime:
        return STARTS_AT + timedelta(days=self.days)

"""What a run is asked to do, and what it must have done to count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from chaos import door_proxy, mail_proxy, stripe_proxy

BEGINS_AT: Final = 1_786_320_000  # 2026-08-10, so that a run of some weeks meets no end of summer time by chance


@dataclass(frozen=True, slots=True)
class Options:
    """One run. `seconds` is how long faults rain; setting up and calming down come on top."""

    seed: int = 1
    database: str = "sqlite"
    seconds: float = 24.0
    crowd: int = 100
    town: int = 20
    acts: float = 0.5  # how many customers or merchants do something at Stripe between two moves of the clock
    preset: str = "revguard"
    stripe_share: int = 34  # of a hundred reads; writes meet more
    door_share: int = 50
    mail_share: int = 80
    kill_every: tuple[int, int] = (120, 260)  # requests between two kills
    disasters: Mapping[str, int] = field(
        default_factory=lambda: {"everybody_dies": 2, "zombie": 5, "clock_back": 2, "sleepover": 2, "database": 3}
    )
    failpoints: bool = True
    calm_hours: tuple[float, ...] = (0.2, 0.3, 0.5, 2, 6, 14, 25, 25, 0.2, 0.3)
    least: Mapping[str, int] = field(default_factory=dict)

    @property
    def must_have(self) -> dict[str, int]:
        """How many faults of each kind a run of this size must show to be valid."""
        return {**dict.fromkeys((*stripe_proxy.WEIGHTS, *door_proxy.WEIGHTS, *mail_proxy.WEIGHTS), 3), **self.least}

    def plain(self) -> dict[str, Any]:
        """The options as JSON, from which a run can be had again."""
        return {
            "seed": self.seed, "database": self.database, "seconds": self.seconds, "crowd": self.crowd,
            "town": self.town, "preset": self.preset, "failpoints": self.failpoints,
        }  # fmt: skip

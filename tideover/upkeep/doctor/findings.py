"""What a check found: how bad it is, by what it shows, what waits for it, and the step that mends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from tideover.core.money import Money, spoken


class Level(StrEnum):
    """How bad a finding is, the worst last."""

    FINE = "fine"
    NOTE = "note"  # good to know; nothing is to be done
    UNKNOWN = "unknown"  # could not be looked at
    WARN = "warn"
    BAD = "bad"

    @property
    def rank(self) -> int:
        return list(Level).index(self)


@dataclass(frozen=True, slots=True)
class Mend:
    """The step that mends it. page: of ours, by its address's name. link: of somebody else. command: on the server."""

    words: str
    page: str = ""
    link: str = ""
    command: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a check found. about: which account or domain. waits: money by currency, in minor units."""

    check: str
    level: Level
    says: str
    evidence: str = ""
    about: str = ""
    mend: Mend | None = None
    waits: Mapping[str, int] = field(default_factory=dict)

    @property
    def spoken_waits(self) -> list[str]:
        """What waits, as people write it."""
        return [spoken(Money(minor, currency)) for currency, minor in self.waits.items()]

    def to_json(self) -> dict[str, Any]:
        """As it is kept, and as `--json` prints it."""
        return asdict(self)


def finding(kept: Mapping[str, Any]) -> Finding:
    """What was kept."""
    mend = kept["mend"]
    return Finding(**{**kept, "level": Level(kept["level"]), "mend": Mend(**mend) if mend else None})


def worst(findings: list[Finding]) -> Level:
    """The worst of them; nothing found is fine."""
    return max((each.level for each in findings), key=lambda level: level.rank, default=Level.FINE)

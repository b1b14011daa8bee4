"""What somebody asks of one of the simulator's own levers, read field by field."""

from __future__ import annotations

from dataclasses import dataclass

from tideover.simulator.account.store import Json
from tideover.simulator.wire.errors import invalid

LONGEST = 18  # digits
LONGEST_WAIT = 3600


@dataclass(frozen=True, slots=True)
class Asked:
    """What a lever was asked for, as JSON (POST) or in the query (GET). What does not fit is refused, not guessed."""

    given: Json

    def text(self, name: str, otherwise: str = "") -> str:
        """A text."""
        value = self.given.get(name, otherwise)
        if not isinstance(value, str):
            raise invalid(f"`{name}` must be a text.", param=name)
        return value

    def texts(self, name: str) -> list[str]:
        """A list of texts."""
        value = self.given.get(name, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise invalid(f"`{name}` must be a list of texts.", param=name)
        return value

    def one_of(self, name: str, words: tuple[str, ...], otherwise: str = "") -> str:
        """One of these words."""
        value = self.text(name, otherwise)
        if value not in words:
            raise invalid(f"`{name}` must be one of {', '.join(words)}.", param=name)
        return value

    def whole(self, name: str, otherwise: int | None = None) -> int:
        """A whole number that is not negative; required when there is nothing to take otherwise."""
        value = self.given.get(name, otherwise)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < LONGEST:
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 10**LONGEST:
            raise invalid(f"`{name}` must be a whole number that is not negative.", param=name)
        return value

    def seconds(self, name: str) -> float:
        """A span of real time."""
        value = self.given.get(name, 0)
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < LONGEST_WAIT:
            raise invalid(f"`{name}` must be a number of seconds below {LONGEST_WAIT}.", param=name)
        return float(value)

    def truth(self, name: str, *, otherwise: bool) -> bool:
        """True or false."""
        value = self.given.get(name, otherwise)
        if not isinstance(value, bool):
            raise invalid(f"`{name}` must be true or false.", param=name)
        return value

"""How a mail looks: the designs that a merchant chooses from, as they are called and what each is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tideover.core.settings.values import BadValue, Line


class Design(StrEnum):
    """One for all mails of a project. What it looks like: messages.channels.email.designs."""

    CARD = "card"
    LETTER = "letter"
    NOTE = "note"
    LEDGER = "ledger"
    BAND = "band"
    BUTTON = "button"
    CENTERED = "centered"
    COMPACT = "compact"


DESIGNS: Final[Mapping[Design, tuple[str, str]]] = {  # what merchants call it, and what it is
    Design.CARD: ("Card", "A white card on a grey ground, your name at the top."),
    Design.LETTER: ("Plain letter", "Words on white paper in a letter's face, nothing around them."),
    Design.NOTE: ("Note", "As a person writes: no logo, a small heading, and a link in place of the button."),
    Design.LEDGER: ("Ledger", "What is owed stands first, in lines with the figures at their end."),
    Design.BAND: ("Band", "Your name on a band in your color."),
    Design.BUTTON: ("Big button", "A large heading, and the button right below it, as wide as the mail."),
    Design.CENTERED: ("Centered", "Your name, the heading and the button in the middle."),
    Design.COMPACT: ("Compact", "Small type and narrow margins: all of it at a glance."),
}


@dataclass(frozen=True, slots=True)
class Designs:
    """The name of a design."""

    required: bool = True

    def checked(self, value: object) -> str:
        name = Line(60).checked(value).lower()
        if name not in set(Design):
            raise BadValue(f"There is no design {name!r}. There are {', '.join(Design)}.")
        return name

    @property
    def bounds(self) -> str:
        return f"one of {', '.join(Design)}"

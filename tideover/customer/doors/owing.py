"""What a door may know of the debt that it stands before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tideover.core.money import Money
from tideover.core.ways.doors import Door
from tideover.messages.languages import Language
from tideover.recovery.models import Case


@dataclass(frozen=True, slots=True)
class Owing:
    """The case whose page it is, what is to be paid at this moment, and how its payer is spoken to.

    doors: all that stand open. chosen: what is paid by it, the case of the page among it, oldest first.
    """

    case: Case
    doors: tuple[Door, ...]
    chosen: tuple[Case, ...]
    total: Money
    language: Language
    now: datetime

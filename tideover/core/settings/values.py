"""What a setting may be: kinds of value, each with its check and the sentence that says what is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tideover.core.tongues import Tongue

Value = str | bool | int
ON: Final = frozenset({"on", "yes", "true", "1"})
OFF: Final = frozenset({"off", "no", "false", "0"})
FOREVER: Final = "forever"
# How long something may be kept. 30 days is the least: so long Stripe itself tells of an event again.
SPANS: Final[Mapping[str, timedelta | None]] = {
    "30 days": timedelta(days=30),
    "90 days": timedelta(days=90),
    "180 days": timedelta(days=180),
    "1 year": timedelta(days=365),
    "2 years": timedelta(days=2 * 365),
    "5 years": timedelta(days=5 * 365),
    FOREVER: None,
}
MAILBOX: Final = re.compile(r"[^\s@<>(),;:\"\[\]\\]+@[a-z0-9-]+(\.[a-z0-9-]+)*", re.IGNORECASE)


class BadValue(ValueError):  # noqa: N818 - what it is
    """A setting cannot be this. Its words say what it can be."""


class Kind(Protocol):
    """What a setting may be."""

    def checked(self, value: object) -> Value:
        """The value as it is kept: the same however it was written. Raises BadValue."""

    @property
    def bounds(self) -> str:
        """What it may be, for the docs."""


def _text(value: object, longest: int) -> str:
    if not isinstance(value, str):
        raise BadValue(f"It is a text, not {value!r}.")
    text = value.strip()
    if len(text) > longest:
        raise BadValue(f"It has {len(text)} characters, and {longest} is the most.")
    if not text.isprintable():
        raise BadValue("It is one line, without control characters.")
    return text


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text."""

    longest: int
    required: bool = False

    def checked(self, value: object) -> str:
        text = _text(value, self.longest)
        if self.required and not text:
            raise BadValue("It cannot be empty.")
        return text

    @property
    def bounds(self) -> str:
        return f"{'1' if self.required else '0'} to {self.longest} characters"


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone by its name in the IANA list."""

    required: bool = True

    def checked(self, value: object) -> str:
        name = _text(value, 60)
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise BadValue(f"There is no time zone {name!r}; write one such as Europe/Berlin.") from None
        return name

    @property
    def bounds(self) -> str:
        return "a name of the IANA list, such as Europe/Berlin"


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency's three letters, as Stripe writes them."""

    required: bool = True

    def checked(self, value: object) -> str:
        code = _text(value, 60).lower()
        if not re.fullmatch("[a-z]{3}", code):
            raise BadValue("A currency has three letters, such as USD.")
        return code

    @property
    def bounds(self) -> str:
        return "three letters"


@dataclass(frozen=True, slots=True)
class Language:
    """A language a payer is written to in, as its folder of texts is called."""

    required: bool = True

    def checked(self, value: object) -> str:
        code = _text(value, 60).lower()
        known = next((str(tongue) for tongue in Tongue if tongue.lower() == code), None)
        if known is None:
            raise BadValue(f"There are texts in {', '.join(Tongue)}, not in {code!r}.")
        return known

    @property
    def bounds(self) -> str:
        return f"one of {', '.join(Tongue)}"


@dataclass(frozen=True, slots=True)
class Switch:
    """On or off."""

    def checked(self, value: object) -> bool:
        word = value.strip().lower() if isinstance(value, str) else value
        if word is True or word in ON:
            return True
        if word is False or word in OFF:
            return False
        raise BadValue(f"It is on or off, not {value!r}.")

    @property
    def bounds(self) -> str:
        return "on or off"


@dataclass(frozen=True, slots=True)
class Count:
    """A whole number. unit: of what, where the page asks for it."""

    least: int
    most: int
    unit: str = ""
    required: bool = True

    def checked(self, value: object) -> int:
        written = value.strip() if isinstance(value, str) else value
        if isinstance(written, str) and written.isascii() and written.isdigit() and len(written) <= len(str(self.most)):
            written = int(written)
        if not isinstance(written, int) or isinstance(written, bool) or not self.least <= written <= self.most:
            raise BadValue(f"It is a number from {self.least} to {self.most}, not {value!r}.")
        return written

    @property
    def bounds(self) -> str:
        return f"a number from {self.least} to {self.most}"


@dataclass(frozen=True, slots=True)
class Email:
    """The address of a mailbox, or none."""

    def checked(self, value: object) -> str:
        address = _text(value, 254)
        if address and not (MAILBOX.fullmatch(address) and address.isascii()):
            raise BadValue(f"{address!r} is no email address.")
        return address

    @property
    def bounds(self) -> str:
        return "an email address, or empty"


@dataclass(frozen=True, slots=True)
class Color:
    """A color."""

    required: bool = True

    def checked(self, value: object) -> str:
        color = _text(value, 60).lower()
        if not re.fullmatch("#[0-9a-f]{6}", color):
            raise BadValue("A color is # and six digits or letters from a to f, such as #0d7a56.")
        return color

    @property
    def bounds(self) -> str:
        return "# and six hexadecimal digits"


@dataclass(frozen=True, slots=True)
class Website:
    """An address of the web, or none."""

    def checked(self, value: object) -> str:
        address = _text(value, 300)
        if not address:
            return ""
        try:
            parts = urlsplit(address)
        except ValueError:
            parts = urlsplit("")
        if parts.scheme != "https" or not parts.hostname or parts.username or re.search(r"[\s<>\"'\\\\]", address):
            raise BadValue("Write the whole address, such as https://example.com/billing.")
        return address

    @property
    def bounds(self) -> str:
        return "an address that begins with https://, or empty"


@dataclass(frozen=True, slots=True)
class Postal:
    """The address of a letter on one line, its parts apart by commas; or none."""

    def checked(self, value: object) -> str:
        lines = value.splitlines() if isinstance(value, str) else []
        address = _text(", ".join(filter(None, (line.strip(" ,") for line in lines))) if lines else value, 240)
        if address and len([part for part in address.split(",") if part.strip()]) < 2:
            raise BadValue("Add the town and the country: mail laws ask for a full address.")
        return address

    @property
    def bounds(self) -> str:
        return "at least two parts on lines of their own or with commas between, or empty"


@dataclass(frozen=True, slots=True)
class Span:
    """How long something is kept."""

    required: bool = True

    def checked(self, value: object) -> str:
        span = _text(value, 60).lower()
        if span not in SPANS:
            raise BadValue(f"Something is kept for {self.bounds}, not {span!r}.")
        return span

    @property
    def bounds(self) -> str:
        *most, last = SPANS
        return f"{', '.join(most)} or {last}"

"""A code by mail that shows whose an address is: the session keeps its hash, for a quarter of an hour."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Final

from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac

from tideover.flow.throttle import Throttle
from tideover.messages.letters import Letter, write_to

LASTS: Final = timedelta(minutes=15)
TOO_OFTEN: Final = "Too many tries. Wait a while, then begin again."
NO_MAIL: Final = "The mail server does not take the mail with your code. Try again in a moment."
WRONG: Final = "That is not the code, or it is older than 15 minutes."


class Guess(Enum):
    """What a typed code is."""

    RIGHT = auto()
    WRONG = auto()
    TOO_OFTEN = auto()  # nothing is compared any more: whoever it is begins again


@dataclass(frozen=True, slots=True)
class MailedCode:
    """The codes of one purpose. guesses: how often one code may be tried; six digits are soon through otherwise."""

    purpose: str
    guesses: Throttle

    def address(self, request: HttpRequest) -> str:
        """Where a code was sent to; empty where none is waited for."""
        kept = request.session.get(self.purpose)
        return str(kept["email"]) if kept else ""

    def send(self, request: HttpRequest, email: str, letter: Callable[[str], Letter], now: datetime) -> bool:
        """Send the letter that `letter` makes of a new code; False where the mail server does not take it."""
        code = f"{secrets.randbelow(1_000_000):06}"
        if not write_to(email, letter(code), now):
            return False
        until = (now + LASTS).timestamp()
        request.session[self.purpose] = {"email": email, "code": self._hashed(email, code), "until": until}
        return True

    def guess(self, request: HttpRequest, typed: str, now: datetime) -> Guess:
        """Hold what was typed against the code that is waited for, which stays so until it is forgotten."""
        kept = request.session[self.purpose]
        if not self.guesses.allows(kept["code"], now):
            self.forget(request)
            return Guess.TOO_OFTEN
        given = self._hashed(kept["email"], "".join(filter(str.isdigit, typed)))
        right = constant_time_compare(given, kept["code"]) and now.timestamp() <= kept["until"]
        return Guess.RIGHT if right else Guess.WRONG

    def forget(self, request: HttpRequest) -> None:
        """No code is waited for any more."""
        del request.session[self.purpose]

    def _hashed(self, email: str, code: str) -> str:
        """The code as it is kept: useless to who reads the sessions."""
        return salted_hmac(f"tideover.{self.purpose}", f"{email} {code}", algorithm="sha256").hexdigest()


def letter_with(code: str, then: str = "") -> Letter:
    """The letter that brings a code. then: what comes of typing it, where that is not plain."""
    return Letter(
        subject=f"{code} is your code for Tideover",
        heading="Your code",
        paragraphs=[f"Type {code} on the page that asked for it.{f' {then}' if then else ''}"],
        closing="It works for 15 minutes.",
    )

"""Texts with a form of their own, and amounts that can be charged: addresses, currencies, what a bank may be asked for.

Sources: https://docs.stripe.com/currencies, https://docs.stripe.com/error-codes (amount_too_small, amount_too_large,
email_invalid). Which mail addresses Stripe takes is not confirmed: here those with a mailbox and a host that has a dot,
without spaces, brackets or control characters outside a quoted mailbox.
"""

from __future__ import annotations

import re
from typing import Final

from tideover.simulator.account.currencies import CURRENCIES, least, most
from tideover.simulator.wire.errors import invalid
from tideover.simulator.wire.forms import Raw, text, up_to

_ADDRESS: Final = re.compile(
    r"""("[^"\x00-\x1f\x7f]+"|[^\s@"(),:;<>\[\]\\\x00-\x1f\x7f]+)   # the mailbox
        @
        [^\s@"(),:;<>\[\]\\\x00-\x1f\x7f.]+ (\.[^\s@"(),:;<>\[\]\\\x00-\x1f\x7f.]+)+   # the host""",
    re.VERBOSE,
)
_EMAIL: Final = up_to(512)
_PERCENT: Final = re.compile(r"(100(\.0{1,4})?|[0-9]{1,2}(\.[0-9]{1,4})?)")


def email(raw: Raw, name: str) -> str:
    """A mail address; the empty string unsets it."""
    given: str = _EMAIL(raw, name)
    if given and not _ADDRESS.fullmatch(given):
        raise invalid(f"Invalid email address: {given}", code="email_invalid", param=name)
    return given


def currency(raw: Raw, name: str) -> str:
    """A currency's three letters, in lower case."""
    given: str = text(raw, name).lower()
    if given not in CURRENCIES:
        known = ", ".join(CURRENCIES)
        raise invalid(f"Invalid currency: {given}. Stripe currently supports these currencies: {known}", param=name)
    return given


def percent(raw: Raw, name: str) -> float:
    """A share of a hundred with up to four decimals, as the number it is in JSON."""
    given = text(raw, name)
    if not _PERCENT.fullmatch(given):
        raise invalid(f"Invalid decimal: {given}; must be between 0 and 100", param=name)
    return float(given)


def check_chargeable(amount: int, currency: str, param: str = "amount") -> None:
    """Raise the refusal of an amount that is too little or too much to be charged at once."""
    if amount < (low := least(currency)):
        raise invalid(f"Amount must be at least {low} {currency}", code="amount_too_small", param=param)
    if amount > (high := most(currency)):
        raise invalid(f"Amount must be no more than {high} {currency}", code="amount_too_large", param=param)

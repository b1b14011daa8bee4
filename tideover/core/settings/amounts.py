"""Amounts of money in several currencies, as one line of a setting: "EUR 40, USD 50"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from tideover.core.money import Money
from tideover.core.settings.values import BadValue, Currency

MOST: Final = Decimal(1_000_000_000)
LONGEST: Final = 600  # characters, as they are kept


@dataclass(frozen=True, slots=True)
class Amounts:
    """An amount for each of some currencies, or none."""

    def checked(self, value: object) -> str:
        if not isinstance(value, str):
            raise BadValue(f"It is a text, not {value!r}.")
        found = dict(_pair(each) for each in value.split(",") if each.strip())
        kept = ", ".join(f"{currency.upper()} {found[currency].major():f}" for currency in sorted(found))
        if len(kept) > LONGEST:
            raise BadValue(f"It has {len(kept)} characters, written in full, and {LONGEST} is the most.")
        return kept

    @property
    def bounds(self) -> str:
        return "currencies with an amount each, such as EUR 40, USD 50; or empty"


def _pair(text: str) -> tuple[str, Money]:
    code, _, number = text.strip().partition(" ")
    currency = Currency().checked(code)
    try:
        amount = Decimal(number.strip())
    except InvalidOperation:
        raise BadValue(f"Write a currency and an amount, such as USD 50, not {text.strip()!r}.") from None
    if not amount.is_finite() or not 0 <= amount <= MOST or _is_too_fine(amount, currency):
        raise BadValue(f"{text.strip()!r} is no amount of that currency.")
    return currency, Money(int(amount.scaleb(Money(0, currency).exponent)), currency)


def _is_too_fine(amount: Decimal, currency: str) -> bool:
    minor = amount.scaleb(Money(0, currency).exponent)
    return minor != minor.to_integral_value()


def amounts_in(kept: str) -> Mapping[str, int]:
    """What is kept, in minor units by Stripe's code of the currency."""
    return {currency: amount.minor for currency, amount in (_pair(each) for each in kept.split(",") if each.strip())}

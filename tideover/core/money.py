"""Money: whole minor units of one currency, as Stripe counts them. No float, and no sum over two currencies."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from babel import Locale
from babel.numbers import format_currency, format_decimal, get_currency_precision

from tideover.core.words.characters import set_apart

# https://docs.stripe.com/currencies#zero-decimal and #three-decimal, read 2026-11.
# Not CLDR's list: CLDR gives ISK and UGX no decimals, and so do people, yet Stripe's amounts for both count hundredths
# (kept so for old integrations; the last two digits are always 00). HUF and TWD are without decimals in payouts only.
ZERO_DECIMAL: Final = frozenset(
    ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"]
)
THREE_DECIMAL: Final = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])

_LETTER_BEFORE_DIGIT: Final = re.compile(r"(?<=[^\W\d_])(?=\d)")  # "KWD1.500" is hard to read: CLDR asks for a space


class CurrencyMismatch(ValueError):  # noqa: N818 - what happened, said plainly
    """Two currencies met where one was needed. Convert first, with a rate and a date that can be shown."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (cents, yen, fils) and the lower-case ISO code Stripe writes. May be negative."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if len(self.currency) != 3 or not self.currency.isascii() or not self.currency.islower():
            raise ValueError(f"not a currency code as Stripe writes it: {self.currency!r}")

    @property
    def exponent(self) -> int:
        """How many of the minor digits stand behind the point: 0, 2 or 3."""
        if self.currency in ZERO_DECIMAL:
            return 0
        return 3 if self.currency in THREE_DECIMAL else 2

    def major(self) -> Decimal:
        """The amount as people write it: Decimal("99.00") for 9900 cents."""
        return Decimal(self.minor).scaleb(-self.exponent)

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} have no sum and no order")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: Money) -> bool:
        self._same(other)
        return self.minor <= other.minor

    def __gt__(self, other: Money) -> bool:
        self._same(other)
        return self.minor > other.minor

    def __ge__(self, other: Money) -> bool:
        self._same(other)
        return self.minor >= other.minor


def spoken(money: Money, locale: str = "en") -> str:
    """The amount as a reader of `locale` writes it: "$99.00", "¥9,900". Raises babel.UnknownLocaleError."""
    code = money.currency.upper()
    amount = money.major()
    whole = amount == amount.to_integral_value()
    # Kronur and shillings have no hundredths in people's eyes; should Stripe ever send some, they are shown.
    digits = 0 if whole and get_currency_precision(code) == 0 else money.exponent
    place = Locale.parse(locale.replace("-", "_"))
    pattern = str(place.currency_formats["standard"].pattern).replace(".00", "." + "0" * digits if digits else "")
    if place.text_direction == "rtl":  # else the "$" of "US$" would be read away from its letters
        pattern = pattern.replace("¤", set_apart("¤"))
    text = format_currency(amount, code, format=pattern, locale=place, currency_digits=False)
    return _LETTER_BEFORE_DIGIT.sub("\u00a0", text)


def coded(money: Money, locale: str = "en") -> str:
    """The amount with its code and with plain blanks: "USD 99.00". Raises babel.UnknownLocaleError."""
    pattern = f"#,##0.{'0' * money.exponent}".rstrip(".")
    number = format_decimal(money.major(), format=pattern, locale=locale.replace("-", "_"))
    return f"{money.currency.upper()} {number}".replace("\u00a0", " ").replace("\u202f", " ")

"""What somebody is offered to come back, and who of them: lines of a closed language, in the one text of a setting.

"14: 20% for 3 months, valid 14 days, after 12 months, at least USD 20, only price_1PZ…"
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tideover.core.ahead.kinds import KINDS, WINBACKS, Ahead
from tideover.core.money import Money
from tideover.core.settings.amounts import amounts_in
from tideover.core.settings.values import BadValue

DAYS: Final = {str(KINDS[kind].after): kind for kind in WINBACKS}
MOST_MONTHS: Final = 24
MOST_DAYS: Final = 60
VALID: Final = 14
MOST_OFFERS: Final = 20
LONGEST: Final = 4000  # characters, as they are kept
EXAMPLE: Final = "14: 20% for 3 months, valid 14 days, after 12 months, at least USD 20, only price_1PZ8tR"
_WHAT: Final = re.compile(r"(?:(?P<percent>\d{1,3})%|(?P<off>[A-Za-z]{3} [\d.]+)) for (?P<months>\d+) months?")
_CLAUSE: Final = re.compile(r"(valid|after|at least|at most|only) (.+)")
_NUMBER: Final = re.compile(r"(\d{1,3}) (?:day|month)s?")
_ID: Final = re.compile(r"(?:price|prod|plan)_[A-Za-z0-9]{1,240}")


@dataclass(frozen=True, slots=True)
class Discount:
    """What is taken off each payment of the first months: a percentage, or an amount where `percent` is 0."""

    months: int
    percent: int = 0
    off: Money | None = None

    def __str__(self) -> str:
        said = _amount(self.off) if self.off else f"{self.percent}%"
        return f"{said} for {_many(self.months, 'month')}"


@dataclass(frozen=True, slots=True)
class Offer:
    """A discount in one of the letters, for whom all that is said is true; what is left empty says nothing.

    valid: days from the letter on. after: months that the subscription has lasted, at the least. least, most: what it
    was a month, both included. prices: Stripe's ids of prices or products, one of which it was for.
    """

    kind: Ahead
    discount: Discount
    valid: int = VALID
    after: int = 0
    least: Money | None = None
    most: Money | None = None
    prices: tuple[str, ...] = ()

    def __str__(self) -> str:
        clauses = [
            f"valid {_many(self.valid, 'day')}",
            f"after {_many(self.after, 'month')}" if self.after else "",
            f"at least {_amount(self.least)}" if self.least else "",
            f"at most {_amount(self.most)}" if self.most else "",
            *(f"only {price}" for price in self.prices),
        ]
        return ", ".join([f"{KINDS[self.kind].after}: {self.discount}", *filter(None, clauses)])


@dataclass(frozen=True, slots=True)
class Paid:
    """What a subscription that ended was. monthly: None where that is not known. every: months from one payment to the
    next; 0 where they are no whole ones, or not known. lasted: whole months. prices: of prices and products.
    """

    monthly: Money | None
    every: int
    lasted: int
    prices: tuple[str, ...]


# ── for whom ──


def offer_for(kind: Ahead, offers: Sequence[Offer], paid: Paid) -> Offer | None:
    """The first of this letter's whose conditions are met."""
    return next((each for each in offers if each.kind == kind and _fits(each, paid)), None)


def _fits(offer: Offer, paid: Paid) -> bool:
    """A discount for three months is not told of what is paid once a year: its words would not be true."""
    discount = offer.discount
    whole = paid.every > 0 and discount.months % paid.every == 0
    named = not offer.prices or not set(offer.prices).isdisjoint(paid.prices)
    return whole and named and paid.lasted >= offer.after and _is_within(offer, paid.monthly)


def _is_within(offer: Offer, monthly: Money | None) -> bool:
    bounds = [each for each in (offer.least, offer.most, offer.discount.off) if each]
    if monthly is None or any(each.currency != monthly.currency for each in bounds):
        return not bounds
    return (not offer.least or offer.least <= monthly) and (not offer.most or monthly <= offer.most)


# ── as text ──


@dataclass(frozen=True, slots=True)
class Offers:
    """The kind of setting: offers by their letter, each in a line; the first that fits counts."""

    def checked(self, value: object) -> str:
        if not isinstance(value, str):
            raise BadValue(f"It is a text, not {value!r}.")
        kept = "\n".join(map(str, _read(value)))
        if len(kept) > LONGEST:
            raise BadValue(f"It has {len(kept)} characters, written in full, and {LONGEST} is the most.")
        return kept

    @property
    def bounds(self) -> str:
        return f"up to {MOST_OFFERS} lines such as “{EXAMPLE}”; or empty"


def offers_in(kept: str) -> tuple[Offer, ...]:
    """What is kept."""
    return tuple(_read(kept))


def _read(text: str) -> Sequence[Offer]:
    lines = [line.strip() for line in re.split(r"[\n;]", text) if line.strip()]
    if len(lines) > MOST_OFFERS:
        raise BadValue(f"At most {MOST_OFFERS} offers.")
    return [_offer(line) for line in lines]


def _offer(line: str) -> Offer:
    day, _, said = line.partition(":")
    if (kind := DAYS.get(day.strip())) is None:
        raise BadValue(f"{line!r} begins with no day of a letter: {', '.join(DAYS)}. Write it as in “{EXAMPLE}”.")
    first, *clauses = [each.strip() for each in said.split(",")]
    offer = Offer(kind, _discount(first))
    seen = set[str]()
    for word, rest in map(_clause, clauses):
        if word in seen and word != "only":
            raise BadValue(f"{word!r} stands twice in {line!r}.")
        seen.add(word)
        offer = _with(offer, word, rest)
    return _possible(offer, line)


def _discount(said: str) -> Discount:
    found = _WHAT.fullmatch(said)
    if found is None:
        raise BadValue(f"{said!r} is no offer: write “20% for 3 months” or “USD 10 for 1 month”.")
    months = int(found["months"])
    if not 1 <= months <= MOST_MONTHS:
        raise BadValue(f"An offer is for 1 to {MOST_MONTHS} months, not {months}.")
    if found["percent"] is None:
        return Discount(months, off=_money(found["off"]))
    if not 1 <= (percent := int(found["percent"])) <= 100:
        raise BadValue(f"1% to 100% can be taken off, not {percent}%.")
    return Discount(months, percent)


def _clause(said: str) -> tuple[str, str]:
    found = _CLAUSE.fullmatch(said)
    if found is None:
        raise BadValue(
            f"{said!r} is no condition: there are valid, after, at least, at most and only, as in “{EXAMPLE}”."
        )
    return found[1], found[2].strip()


def _with(offer: Offer, word: str, rest: str) -> Offer:
    match word:
        case "valid":
            return replace(offer, valid=_number(rest, MOST_DAYS))
        case "after":
            return replace(offer, after=_number(rest, 999))
        case "at least":
            return replace(offer, least=_money(rest))
        case "at most":
            return replace(offer, most=_money(rest))
    if not _ID.fullmatch(rest):
        raise BadValue(f"{rest!r} is no id of a price or product at Stripe, such as price_1PZ8tR.")
    return replace(offer, prices=(*offer.prices, rest))


def _number(said: str, most: int) -> int:
    found = _NUMBER.fullmatch(said)
    if found is None or not 1 <= int(found[1]) <= most:
        raise BadValue(f"{said!r} is not between 1 and {most}: write it as in “{EXAMPLE}”.")
    return int(found[1])


def _money(said: str) -> Money:
    """As the settings know amounts: "USD 20". Raises BadValue."""
    found = amounts_in(said)
    if len(found) != 1 or not all(found.values()):
        raise BadValue(f"{said!r} is no amount of more than 0, such as USD 20.")
    ((currency, minor),) = found.items()
    return Money(minor, currency)


def _possible(offer: Offer, line: str) -> Offer:
    if why := next(_contradictions(offer), ""):
        raise BadValue(f"Nobody is offered {line!r}: {why}")
    return offer


def _contradictions(offer: Offer) -> Iterator[str]:
    bounds = [each for each in (offer.least, offer.most, offer.discount.off) if each]
    if len({each.currency for each in bounds}) > 1:
        yield "it names more than one currency, and a subscription has one."
    elif offer.least and offer.most and offer.most < offer.least:
        yield "its least amount is more than its most."


def _amount(money: Money | None) -> str:
    return f"{money.currency.upper()} {money.major():f}" if money else ""


def _many(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"

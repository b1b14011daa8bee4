"""Which failed payments a message is for: what must be true of one, in a closed language; empty for all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from tideover.core.declines import Family, for_merchant
from tideover.core.money import Money, spoken
from tideover.core.settings.segments import ALLOWED, is_a_segment
from tideover.core.situation import Situation

MOST: Final = 20  # prices, or segments
_ID: Final = re.compile(r"[A-Za-z0-9_.:-]{1,255}")


@dataclass(frozen=True, slots=True)
class Condition:
    """All that is said must be true; what is left empty says nothing.

    families: it failed by one of these. least, most: what is owed, both included; where a currency is named, payments
    in no other meet it. prices: Stripe's ids of prices or products, one of which it charges. after_trial: whether it
    is the first charge after a trial. segments: the merchant's own words for customers, one of which theirs is.
    """

    families: tuple[Family, ...] = ()
    least: tuple[Money, ...] = ()
    most: tuple[Money, ...] = ()
    prices: tuple[str, ...] = ()
    after_trial: bool | None = None
    segments: tuple[str, ...] = ()


ALWAYS: Final = Condition()


# ── met or not ──


def unmet(only: Condition, situation: Situation) -> str:
    """Why the payment is none of those, as the end of a sentence; empty where it is one."""
    return next(_unmet(only, situation), "")


def _unmet(only: Condition, situation: Situation) -> Iterator[str]:
    if only.families and situation.family not in only.families:
        is_ = for_merchant(situation.family, situation.means)
        yield f"it goes out only after {_families(only.families)}, and this payment failed as “{is_}”"
    yield from _unmet_amounts(only, situation.amount)
    if only.prices and not situation.prices:
        yield f"it goes out only for {_any_of(only.prices)}, and what this payment is for is not known"
    elif only.prices and not set(only.prices) & set(situation.prices):
        yield f"it goes out only for {_any_of(only.prices)}, and this payment is for {' and '.join(situation.prices)}"
    if only.after_trial is not None and only.after_trial != situation.after_trial:
        yield f"it goes out {_TRIALS[only.after_trial]}, and this {'is' if situation.after_trial else 'is not'} one"
    if only.segments and situation.segment not in only.segments:
        is_in = f"this one is in “{situation.segment}”" if situation.segment else "this one is in none"
        yield f"it goes out only for {_in_segments(only.segments)}, and {is_in}"


def _unmet_amounts(only: Condition, owed: Money) -> Iterator[str]:
    for word, bounds, sign in (("least", only.least, 1), ("most", only.most, -1)):
        bound = next((each for each in bounds if each.currency == owed.currency), None)
        if bounds and bound is None:
            yield f"it names no {word} amount in {owed.currency.upper()}"
        elif bound and owed.minor * sign < bound.minor * sign:
            yield f"it goes out only where at {word} {spoken(bound)} is owed, and {spoken(owed)} is"


# ── in words ──


_TRIALS: Final[Mapping[bool, str]] = {
    True: "only for the first charge after a trial",
    False: "only for other than the first charge after a trial",
}


def in_words(only: Condition) -> str:
    """For whom, as the end of a sentence: "only after “Card expired”, only where at least $20.00 is owed"."""
    said = [f"only after {_families(only.families)}"] if only.families else []
    said += [
        f"only where at {word} {_any_of([spoken(each) for each in bounds])} is owed"
        for word, bounds in (("least", only.least), ("most", only.most))
        if bounds
    ]
    said += [f"only for {_any_of(only.prices)}"] if only.prices else []
    said += [] if only.after_trial is None else [_TRIALS[only.after_trial]]
    return ", ".join(said + ([f"only for {_in_segments(only.segments)}"] if only.segments else []))


def _families(families: Sequence[Family]) -> str:
    return _any_of([f"“{for_merchant(kind)}”" for kind in families])


def _in_segments(segments: Sequence[str]) -> str:
    return f"customers in the segment {_any_of([f'“{each}”' for each in segments])}"


def _any_of(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


# ── what can never be met ──


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What of a condition cannot be. part: its name in Condition."""

    part: str
    text: str


def contradictions(only: Condition, silent: Mapping[Family, str]) -> Iterator[Contradiction]:
    """Each part that no payment can meet, or that says nothing. silent: after what nobody is written to, with why."""
    for kind in only.families:
        if kind in silent:
            yield Contradiction("families", f"No message goes out after “{for_merchant(kind)}”: {silent[kind]}")
    for part in ("families", "prices", "segments"):
        if len(set(getattr(only, part))) != len(getattr(only, part)):
            yield Contradiction(part, "One of them stands there twice.")
    yield from _wrong_amounts(only)
    if odd := [price for price in only.prices if not _ID.fullmatch(price)]:
        yield Contradiction("prices", f"{odd[0]!r} is no id of a price or product at Stripe, such as price_1PZ…")
    if odd := [segment for segment in only.segments if not is_a_segment(segment)]:
        yield Contradiction("segments", f"{odd[0]!r} is no segment: {ALLOWED}.")
    if len(only.prices) > MOST:
        yield Contradiction("prices", f"At most {MOST} prices or products.")
    if len(only.segments) > MOST:
        yield Contradiction("segments", f"At most {MOST} segments.")


def _wrong_amounts(only: Condition) -> Iterator[Contradiction]:
    for part in ("least", "most"):
        bounds: Sequence[Money] = getattr(only, part)
        if any(each.minor <= 0 for each in bounds):
            yield Contradiction(part, "Nobody is written to where nothing is owed: the amounts are more than 0.")
        if len({each.currency for each in bounds}) != len(bounds):
            yield Contradiction(part, "One amount for each currency.")
    least = {each.currency: each for each in only.least}
    both = [(least[each.currency], each) for each in only.most if each.currency in least]
    if least and only.most and not both:
        yield Contradiction("most", "Least and most name no currency in common: no payment has both.")
    for low, high in both:
        if low > high:
            yield Contradiction("most", f"No payment is at least {spoken(low)} and at most {spoken(high)}.")


# ── as JSON ──


def to_json(only: Condition) -> dict[str, Any]:
    """What it says, and nothing of what it does not."""
    told: dict[str, Any] = {
        "families": [str(kind) for kind in only.families],
        "least": {each.currency: each.minor for each in only.least},
        "most": {each.currency: each.minor for each in only.most},
        "prices": list(only.prices),
        "segments": list(only.segments),
    }
    trial = {} if only.after_trial is None else {"after_trial": only.after_trial}
    return {name: value for name, value in told.items() if value} | trial


def from_json(data: Mapping[str, Any]) -> Condition:
    """What `to_json` made, in one order however it was kept. Raises ValueError, TypeError or AttributeError."""
    if unknown := sorted(set(data) - {each.name for each in fields(Condition)}):
        raise ValueError(f"there is no condition {unknown[0]!r}")
    after_trial = data.get("after_trial")
    if after_trial is not None and type(after_trial) is not bool:
        raise TypeError(f"after_trial must be true or false, not {after_trial!r}")
    return Condition(
        families=tuple(sorted(map(Family, _texts(data, "families")), key=list(Family).index)),
        least=_amounts(data.get("least", {})),
        most=_amounts(data.get("most", {})),
        prices=tuple(_texts(data, "prices")),
        after_trial=after_trial,
        segments=tuple(_texts(data, "segments")),
    )


def _texts(data: Mapping[str, Any], part: str) -> list[str]:
    """One text alone must not pass for a list of its letters."""
    told = data.get(part, [])
    if not isinstance(told, list) or not all(isinstance(each, str) for each in told):
        raise TypeError(f"{part} is a list of texts, not {told!r}")
    return told


def _amounts(data: Mapping[str, Any]) -> tuple[Money, ...]:
    if odd := [minor for minor in data.values() if type(minor) is not int]:
        raise TypeError(f"an amount is a whole number of minor units, not {odd[0]!r}")
    return tuple(Money(minor, currency) for currency, minor in sorted(data.items()))

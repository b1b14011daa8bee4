"""Who else reads for a customer, as a customer's metadata at Stripe names them: a key for each role. Pure.

A value is an address, with a day and a language behind it where they are wanted; a semicolon stands between several.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tideover.core.ways.reader_file import Wish, problems_of, wish_of
from tideover.core.ways.readers import Role

KEYS: Final[Mapping[Role, str]] = {role: f"tideover_{role}" for role in Role}
BETWEEN: Final = re.compile(r"[\s,]+")


@dataclass(frozen=True, slots=True)
class Odd:
    """What of a key's value cannot be followed, in a sentence."""

    key: str
    why: str

    def __str__(self) -> str:
        return f"{self.key}: {self.why}"


@dataclass(frozen=True, slots=True)
class MetadataRead:
    """Who is named, and what cannot be followed."""

    wishes: Sequence[Wish] = ()
    odd: Sequence[Odd] = ()


def readers_in(metadata: Mapping[str, object]) -> str:
    """What of it names readers, a line for each key, as `read_readers` reads it; empty where nothing does."""
    named = [(key, metadata.get(key)) for key in KEYS.values()]
    return "\n".join(f"{key}={' '.join(said.split())}" for key, said in named if isinstance(said, str) and said.strip())


def read_readers(customer: str, told: str) -> MetadataRead:
    """Each once, by the first key that names them."""
    wishes, odd = dict[str, Wish](), list[Odd]()
    for key, cells in _entries(customer, told):
        if wrong := next(problems_of(cells), ""):
            odd.append(Odd(key, wrong))
        elif "more" in cells:
            odd.append(Odd(key, "Behind an address stand a day and a language, and nothing else."))
        else:
            wish = wish_of(cells)
            wishes.setdefault(wish.address.lower(), wish)
    return MetadataRead(list(wishes.values()), odd)


def _entries(customer: str, told: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    roles = {key: role for role, key in KEYS.items()}
    for line in told.splitlines():
        key, _, value = line.partition("=")
        for entry in value.split(";"):
            address, *behind = BETWEEN.split(entry.strip())
            if address:
                yield key, {"customer": customer, "address": address, "role": roles[key], **_behind(behind)}


def _behind(words: Sequence[str]) -> Mapping[str, str]:
    """A day and a language, in whatever order; `more`: what is neither."""
    days = [word for word in words if word[:1].isdecimal()]
    others = [word for word in words if word not in days]
    cells = {"from_day": days[0]} if days else {}
    cells |= {"language": others[0]} if others else {}
    return cells | ({"more": words[-1]} if len(days) > 1 or len(others) > 1 else {})

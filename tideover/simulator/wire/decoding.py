"""Stripe's form encoding: `items[0][price]=…&expand[]=…` read into nested values.

Sources: the official libraries write forms so. How deep a name may reach, and that texts which are not UTF-8 or hold
the character NUL are refused, is not confirmed.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final
from urllib.parse import parse_qsl

from tideover.simulator.account.store import Json
from tideover.simulator.wire.errors import invalid

NAME: Final = re.compile(r"[^\[\]]+|\[\]")
DEEPEST: Final = 16  # parts of a name; Stripe's own parameters have eight at most


def decode(encoded: bytes) -> Json:
    """Nested objects of texts, as a query or a body spells them. A list is an object with the names "0", "1", …."""
    root: Json = {}
    for name, value in _pairs(encoded):
        keys = NAME.findall(name)
        if len(keys) > DEEPEST:
            raise invalid(f"Invalid parameter: a name may have at most {DEEPEST} parts.", param=keys[0])
        if keys:
            _put(root, keys, value, name)
    return root


def _pairs(encoded: bytes) -> list[tuple[str, str]]:
    try:
        pairs = parse_qsl(encoded.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError as error:
        raise invalid("Invalid request: its parameters are not UTF-8.") from error
    for name, value in pairs:
        if "\0" in name + value:
            raise invalid("Invalid string: it may not hold the character NUL.", param=name.replace("\0", ""))
    return pairs


def _put(root: Json, keys: list[str], value: str, name: str) -> None:
    here = root
    for key, following in pairwise(keys):
        here = here.setdefault(_position(here, key, following), {})
        if not isinstance(here, dict):
            raise invalid(f"Invalid parameter: {name}", param=name)
    here[str(len(here)) if keys[-1] == "[]" else keys[-1]] = value


def _position(here: Json, key: str, following: str) -> str:
    """Where a nested value goes. `a[][x]=1&a[][y]=2` describe one element until a name repeats."""
    if key != "[]":
        return key
    last = str(len(here) - 1)
    element = here.get(last)
    return last if isinstance(element, dict) and following not in element else str(len(here))

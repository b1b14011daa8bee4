"""Search queries: `status:"active" AND -metadata["tier"]:"gold"` becomes what a thing must be like to be found.

Sources: https://docs.stripe.com/search (the language: AND or OR but not both, ten clauses at most, three letters at
least after a tilde; which fields each resource has, and what each may be compared with). The words of the refusals,
and that what has just been made is found at once, are not confirmed.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tideover.simulator.account.store import Json
from tideover.simulator.wire.errors import StripeError, invalid
from tideover.simulator.wire.listing import Wanted

Compare = Callable[[Any, Any], bool]

MOST_CLAUSES: Final = 10
LEAST_LETTERS: Final = 3
QUOTED: Final = r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\''
CLAUSE: Final = re.compile(
    rf"(?P<no>-?)(?P<field>[A-Za-z0-9_.]+)(?:\[(?P<key>{QUOTED})\])?(?P<sign>:|~|>=|<=|>|<)"
    rf"(?P<value>{QUOTED}|null|-?[0-9]{{1,18}})(?=\s|$)"
)
JOINT: Final = re.compile(r"\s+(?:(AND|OR)\s+)?", re.IGNORECASE)


def _same(there: object, asked: object) -> bool:
    return str(there).casefold() == str(asked).casefold()


def _holds(there: object, asked: object) -> bool:
    return str(asked).casefold() in str(there).casefold()


EXACT: Final[Mapping[str, Compare]] = {":": _same}
WORDS: Final[Mapping[str, Compare]] = {":": _holds, "~": _holds}
NUMBER: Final[Mapping[str, Compare]] = {
    ":": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


@dataclass(frozen=True, slots=True)
class Field:
    """What may be searched for: the signs it may be compared with, and where it stands when not under its own name."""

    signs: Mapping[str, Compare]
    place: str = ""


TOKEN, TEXT, COUNT, KEYS = Field(EXACT), Field(WORDS), Field(NUMBER), Field(WORDS)
CARD: Final = {
    f"payment_method_details.card.{name}": kind
    for name, kind in {
        "brand": TOKEN,
        "exp_month": COUNT,
        "exp_year": COUNT,
        "fingerprint": TOKEN,
        "last4": TOKEN,
    }.items()
}

# For each kind of object that can be searched: its fields.
SEARCHABLE: Final[Mapping[str, Mapping[str, Field]]] = {
    "charge": {
        "amount": COUNT,
        "billing_details.address.postal_code": TOKEN,
        "created": COUNT,
        "currency": TOKEN,
        "customer": TOKEN,
        "disputed": TOKEN,
        "metadata": KEYS,
        **CARD,
        "refunded": TOKEN,
        "status": TOKEN,
    },
    "customer": {"created": COUNT, "email": TEXT, "metadata": KEYS, "name": TEXT, "phone": TEXT},
    "invoice": {
        "created": COUNT,
        "currency": TOKEN,
        "customer": TOKEN,
        "last_finalization_error_code": Field(EXACT, "last_finalization_error.code"),
        "last_finalization_error_type": Field(EXACT, "last_finalization_error.type"),
        "metadata": KEYS,
        "number": TEXT,
        "receipt_number": TEXT,
        "status": TEXT,
        "subscription": Field(EXACT, "parent.subscription_details.subscription"),
        "total": COUNT,
    },
    "payment_intent": {
        "amount": COUNT,
        "created": COUNT,
        "currency": TOKEN,
        "customer": TOKEN,
        "metadata": KEYS,
        "status": TOKEN,
    },
    "price": {
        "active": TOKEN,
        "currency": TOKEN,
        "lookup_key": TEXT,
        "metadata": KEYS,
        "product": TEXT,
        "type": TOKEN,
    },
    "product": {
        "active": TOKEN,
        "description": TEXT,
        "metadata": KEYS,
        "name": TEXT,
        "shippable": TOKEN,
        "url": TEXT,
    },
    "subscription": {"canceled_at": COUNT, "created": COUNT, "metadata": KEYS, "status": TOKEN},
}


def wanted(kind: str, query: str) -> Wanted:
    """What a query asks of each thing of a kind; raises Stripe's refusal of one that cannot be read."""
    clauses, joints = [], set()
    for clause, joint in _clauses(query):
        clauses.append(_clause(kind, clause))
        joints.add(joint)
    if len(clauses) > MOST_CLAUSES:
        raise _unreadable(f"at most {MOST_CLAUSES} clauses can be searched for at once")
    if {"AND", "OR"} <= joints:
        raise _unreadable("AND and OR cannot stand in one query")
    every = any if "OR" in joints else all
    return lambda thing: every(clause(thing) for clause in clauses)


def _clauses(query: str) -> Iterator[tuple[re.Match[str], str]]:
    """Each clause with the word that joins it to the next, "" for the last."""
    rest = query.strip()
    while True:
        clause = CLAUSE.match(rest)
        if clause is None:
            raise _unreadable('a clause is written field:"value"')
        rest = rest[clause.end() :]
        joint = JOINT.match(rest)
        yield clause, ((joint[1] or "AND").upper() if joint else "")
        if joint is None:
            return
        rest = rest[joint.end() :]


def _clause(kind: str, clause: re.Match[str]) -> Wanted:
    name, sign, raw = clause["field"], clause["sign"], clause["value"]
    field = SEARCHABLE[kind].get(name)
    if field is None or (field is KEYS) != bool(clause["key"]):
        raise invalid(f"Field `{name}` is an unsupported search field for resource `{kind}s`.", param="query")
    compare = field.signs.get(sign)
    if compare is None:
        raise _unreadable(f"`{name}` cannot be compared with {sign}")
    asked = _value(field, sign, raw)
    place = [*(field.place or name).split("."), *([_unquoted(clause["key"])] if clause["key"] else [])]
    if field is KEYS and sign == ":":
        compare = _same

    def fits(thing: Json) -> bool:
        there = _standing(thing, place)
        found = there is None if asked is None else there is not None and compare(there, asked)
        return found != bool(clause["no"])

    return fits


def _value(field: Field, sign: str, raw: str) -> str | int | None:
    if raw == "null":
        return None
    value = _unquoted(raw)
    if field.signs is NUMBER:
        if not re.fullmatch(r"-?[0-9]{1,18}", value):
            raise _unreadable(f"{raw} is not a number")
        return int(value)
    if sign == "~" and len(value) < LEAST_LETTERS:
        raise _unreadable(f"at least {LEAST_LETTERS} letters must follow a ~")
    return value


def _unquoted(raw: str) -> str:
    return re.sub(r"\\(.)", r"\1", raw[1:-1]) if raw[0] in "\"'" else raw


def _standing(thing: Json, place: list[str]) -> object:
    """What stands at a place of a thing; None when there is nothing. A truth value is the word it is searched by."""
    value: Any = thing
    for name in place:
        value = value.get(name) if isinstance(value, dict) else None
    return str(value).lower() if isinstance(value, bool) else value


def _unreadable(why: str) -> StripeError:
    return invalid(
        f"We were unable to parse your search query: {why}. See https://stripe.com/docs/search.", param="query"
    )

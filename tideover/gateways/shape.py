"""One field of Stripe's JSON, in the kind that Stripe promises.

What is null or not there is empty. What has another kind raises Odd: taken as it is, it would come to light as a wrong
sum or a wrong word somewhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from tideover.gateways.words import storable

Json = Mapping[str, Any]

LARGEST = 2**63 - 1  # that a database keeps
CODE_OF_A_CURRENCY = 3
LONGEST_ID = 255  # https://docs.stripe.com/upgrades#what-changes-does-stripe-consider-to-be-backward-compatible
ACCOUNT: Final = "acct_"  # of a customer that is an account
LAST_SECOND = 2**37  # of the year 6325: an instant that every time zone and both databases can tell


class Odd(Exception):  # noqa: N818 - it names the state of the answer
    """What came has not the shape Stripe promises. `str()` names the field and the kind of what stands in it.

    Never that itself: it may be anybody's name or anybody's secret.
    """

    def __init__(self, field: str, seen: object = None) -> None:
        super().__init__(f"{field} is {kind_of(seen)}")


def kind_of(value: object) -> str:
    """What stands somewhere, without telling it."""
    match value:
        case None | bool():
            return "missing" if value is None else "true or false"
        case str():
            return f"a text of {len(value)} characters" if value else "an empty text"
        case int() | float():
            return "a number" if 0 <= value <= LARGEST else "a number that cannot be"
        case Mapping() | list():
            return "an object" if isinstance(value, Mapping) else "a list"
        case _:
            return f"of the kind {type(value).__name__}"


def text(of: Json, field: str) -> str:
    value = of.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Odd(field, value)
    return storable(value)


def given(of: Json, field: str, most: int = LONGEST_ID) -> str:
    """A text that is never empty, and no longer than Stripe makes them: cut, an id would be another one's."""
    found = text(of, field)
    if not 0 < len(found) <= most:
        raise Odd(field, found)
    return found


def name(of: Json, field: str) -> str:
    """What tells one thing from another, and may be missing; never longer than Stripe makes them."""
    return given(of, field) if of.get(field) else text(of, field)


def whole(of: Json, field: str, most: int) -> str:
    """A text that is of no use when it is cut, such as an address: empty where it is longer than can be kept."""
    found = text(of, field)
    return found if len(found) <= most else ""


def currency(of: Json, field: str = "currency") -> str:
    """Three letters, small."""
    found = given(of, field)
    if not (len(found) == CODE_OF_A_CURRENCY and found.isascii() and found.isalpha() and found.islower()):
        raise Odd(field, found)
    return found


def number(of: Json, field: str) -> int:
    value = of.get(field)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST:
        raise Odd(field, value)
    return value


def amount(of: Json, field: str) -> int:
    """Money in its smallest unit; what is owed, paid or sent back is never below nothing."""
    minor = number(of, field)
    if minor < 0:
        raise Odd(field, minor)
    return minor


def moment(of: Json, field: str) -> datetime | None:
    """Stripe's whole seconds as an aware UTC instant."""
    if of.get(field) is None:
        return None
    seconds = number(of, field)
    if not 0 <= seconds <= LAST_SECOND:
        raise Odd(field, seconds)
    return datetime.fromtimestamp(seconds, UTC)


def made_at(of: Json) -> datetime:
    created = moment(of, "created")
    if created is None:
        raise Odd("created")
    return created


def flag(of: Json, field: str) -> bool:
    value = of.get(field)
    if value is not None and not isinstance(value, bool):
        raise Odd(field, value)
    return bool(value)


def part(of: Json, field: str) -> Json:
    """The object in a field; empty where there is none, or only its id."""
    return {} if isinstance(of.get(field), str) else inner(of, field)


def inner(of: Json, field: str) -> Json:
    """The object in a field that never holds an id; empty where there is none."""
    value = of.get(field)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise Odd(field, value)
    return value


def customer_of(thing: Json) -> str:
    """Whose it is: a customer, or in their place an account that is one; empty where it is nobody's.

    https://docs.stripe.com/accounts-v2/use-accounts-as-customers
    """
    return id_of(thing, "customer") or id_of(thing, "customer_account")


def id_of(of: Json, field: str) -> str:
    """The id of what stands in a field, expanded or not."""
    value = of.get(field)
    if isinstance(value, Mapping):
        return given(value, "id") if value else ""
    return name(of, field)


def rows(of: Json, field: str = "data") -> list[Json]:
    """The objects of a list. Of no list at all there are none; a list that does not say what is in it is odd."""
    if not of:
        return []
    value = of.get(field)
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise Odd(field, value)
    return value


def texts(of: Json, field: str) -> list[str]:
    """The texts of a list; none where there is no list. Raises Odd."""
    value = of.get(field) or []
    if not isinstance(value, list):
        raise Odd(field, value)
    return [str(one) for one in value]

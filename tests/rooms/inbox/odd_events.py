"""Events as Stripe would never send them: signed all the same, and odd in one place or in a few."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any, Final

from tests.rooms.inbox.posting import NOW

UNIX: Final = int(NOW.timestamp())
CARD: Final = {"brand": "visa", "fingerprint": "Xt5EWLLDS7FJjR1c"}
THINGS: Final[Mapping[str, dict[str, Any]]] = {
    "invoice": {"id": "in_odd", "object": "invoice", "customer": "cus_1"},
    "invoice_payment": {"id": "inpay_1", "object": "invoice_payment", "invoice": "in_odd"},
    "customer.subscription": {
        "id": "sub_1", "object": "subscription", "ended_at": UNIX, "cancellation_details": {"reason": "payment_failed"},
    },
    "customer": {"id": "cus_1", "object": "customer"},
    "payment_method": {"id": "pm_1", "object": "payment_method", "customer": "cus_1", "card": CARD},
    "charge": {"id": "ch_1", "object": "charge", "amount_refunded": 9900},
    "charge.dispute": {"id": "dp_1", "object": "dispute", "charge": "ch_1", "amount": 9900},
    "account.application": {"id": "ca_1", "object": "application"},
    "payout": {"id": "po_1", "object": "payout"},
}  # fmt: skip
VALUES: Final[tuple[Any, ...]] = (
    None, "", "x", "x" * 5_000, "a\0b", "\u202e", 0, -1, 1.5, 10**18, 10**30, True, [], [[]], {}, {"id": 5}, {"id": ""},
    {"id": "in_expanded"}, [{"id": "x"}], {"x": {"x": {"x": []}}},
)  # fmt: skip


def event(kind: str, number: int) -> dict[str, Any]:
    return {
        "object": "event", "id": f"evt_{number}", "type": kind, "created": UNIX, "livemode": False,
        "data": {"object": copy.deepcopy(THINGS.get(kind.rpartition(".")[0], THINGS["payout"]))},
    }  # fmt: skip


def odd_events(kinds: list[str], count: int, seed: int) -> Iterator[dict[str, Any]]:
    """The same for the same seed. The first of each kind is as it should be."""
    dice = Random(f"odd events {seed}")  # noqa: S311 - no secret
    for number in range(count):
        made = event(kinds[number % len(kinds)], number)
        for _ in range(0 if number < len(kinds) else dice.choice((1, 1, 1, 2, 3))):
            _spoil(made, dice)
        yield made


def _spoil(body: dict[str, Any], dice: Random) -> None:
    places = [(of, field) for of, field in _places(body) if of is not body or field not in {"id", "object"}]
    of, field = dice.choice(places)
    if dice.random() < 0.15:
        del of[field]
    else:
        of[field] = copy.deepcopy(dice.choice(VALUES))


def _places(of: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    for field, value in list(of.items()):
        yield of, field
        if isinstance(value, dict):
            yield from _places(value)

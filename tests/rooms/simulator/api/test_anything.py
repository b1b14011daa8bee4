"""Whatever a client asks for, in whatever order, the API answers, and a request that it refuses has done nothing."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import Any

import pytest

from tests.rooms.simulator.door import Door
from tests.rooms.simulator.furnished import DAY, Account
from tideover.simulator.api.billing.clocks import RUNNING
from tideover.simulator.api.resources import TABLE
from tideover.simulator.wire import forms
from tideover.simulator.wire.forms import Between, Either, Kind, Listed, OneOf, Shape
from tideover.simulator.wire.operations import KINDS, Operation

JUNK = ("", "x", "é\x00", "0", "-1", "99999999999999999999", "true", "[]")
CARDS = (
    "pm_card_visa", "pm_card_chargeCustomerFail", "pm_card_authenticationRequired", "pm_sim_decline_lost_card",
    "pm_card_radarBlock", "pm_card_createDispute", "pm_card_visa_chargeDeclined",
)  # fmt: skip
WORDS: dict[str, tuple[str, ...]] = {
    "currency": ("usd", "USD", "jpy"),
    "number": ("4242424242424242", "4000000000000341", "4000002500003155"),
    "token": ("tok_visa", "pm_card_mastercard"),
    "percent_off": ("12.5", "100"),
    "percentage": ("19",),
    "url": ("http://127.0.0.1:9/",),
    "expand": ("customer", "data.customer", "payments.data.payment.payment_intent", "latest_charge", "a.b.c.d.e", "."),
}
REQUESTS = 1_000


class Stranger:
    """Somebody who asks for things that are often possible and sometimes nonsense; a seed decides which."""

    def __init__(self, door: Door, seed: int) -> None:
        self.door, self.dice = door, random.Random(seed)  # noqa: S311 - nonsense that repeats

    def ids(self, kind: str) -> list[str]:
        things = self.door.sim.store._by_kind.get(kind, ())
        return [row["id"] for row in things][-8:] or ["nobody"]

    def path(self, operation: Operation) -> str:
        words = operation.path.split("/")
        kinds = [KINDS.get(before, "") for before in ["", *words]]
        return "/".join(
            self.dice.choice(self.ids(kind)) if "{" in word else word for word, kind in zip(words, kinds, strict=False)
        )

    def form(self, kind: Kind, name: str = "") -> dict[str, str]:
        if name and self.dice.random() < 0.05:
            return {name: self.dice.choice(JUNK)}
        match kind:
            case Shape():
                wanted = [field for field in kind.fields if self.wants(field, kind, name)]
                inside = [(kind.fields[field], f"{name}[{field}]" if name else field) for field in wanted]
                return {key: value for each in inside for key, value in self.form(*each).items()} or (
                    {name: ""} if name else {}
                )
            case Listed():
                rows = range(self.dice.randrange(3))
                return {key: value for row in rows for key, value in self.form(kind.kind, f"{name}[{row}]").items()}
            case Either():
                return (
                    {name: self.dice.choice(kind.words)}
                    if kind.words and self.dice.random() < 0.3
                    else self.form(self.dice.choice(kind.kinds), name)
                )
        return {f"{name}[a]": "b"} if kind is forms.mapping else {name: self.value(kind, name)}

    def wants(self, field: str, kind: Shape, name: str) -> bool:
        if field in {"key", "client_secret"}:
            return False
        return self.dice.random() < (0.97 if field in kind.needs else 0.1 if field == "expand" else 0.3)

    def value(self, kind: Kind, name: str) -> str:
        if isinstance(kind, OneOf):
            return self.dice.choice(kind.choices)
        if isinstance(kind, Between):
            now = self.door.sim.now()
            return str(
                self.dice.choice(
                    (now + DAY, now + 40 * DAY) if kind is forms.instant else (kind.low, kind.low + 1, kind.low + 2)
                )
            )
        if kind is forms.integer:
            return str(self.dice.choice((0, 1, 12, 2034, 2900, -1, 10**12)))
        if kind is forms.flag:
            return self.dice.choice(("true", "false"))
        return self.dice.choice(self.words(name))

    def words(self, name: str) -> tuple[str, ...]:
        word = [part for part in name.replace("]", "").split("[") if not part.isdigit()][-1]
        if "payment_method" in word:
            return (*CARDS, *self.ids("payment_method"))
        kind = {
            "intent": "payment_intent",
            "id": "subscription_item",
            "configuration": "billing_portal.configuration",
        }.get(word, word)
        known = self.ids({"test_clock": "test_helpers.test_clock"}.get(kind, kind))
        return WORDS.get(word) or (tuple(known) if known != ["nobody"] else ("x", "Ada", ""))


@pytest.mark.parametrize("seed", range(4))
def test_every_request_is_answered_and_a_refused_one_has_done_nothing(door: Door, seed: int):
    account, stranger, answers = Account(door), Stranger(door, seed), Counter[int]()
    for number in range(REQUESTS):
        if number % 100 == 0:
            for card in CARDS[:2]:
                account.subscription(card)
            door.pull("advance", {"to": door.sim.now() + 3 * DAY})
        operation = stranger.dice.choice(TABLE.operations)
        path, form = stranger.path(operation), stranger.form(operation.accepts)
        before = seen(door)
        answer = door.ask(operation.method, path, form)
        answers[answer.status_code] += 1
        assert answer.status_code < 500, (operation.method, path, form, answer.text)
        if answer.status_code in {400, 403, 404}:
            assert seen(door) == before, (operation.method, path, form, answer.text)
        while RUNNING:
            door.loop.run(asyncio.sleep(0))
    assert door.pull("advance", {"to": door.sim.now() + 90 * DAY}).status_code == 200
    assert min(answers[200], answers[400], answers[404]) > REQUESTS / 20


def seen(door: Door) -> tuple[Any, ...]:
    """What has happened so far, but for what comes into being by being named: test cards, the portal's default."""
    sizes = {
        name: len(rows)
        for name, rows in vars(door.sim.store).items()
        if name not in {"payment_methods", "portal_configurations"}
    }
    return door.sim.events.recorded, len(door.sim.ledger.attempts), sizes

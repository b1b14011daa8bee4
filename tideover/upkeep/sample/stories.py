"""What has happened in the sample shop, case by case: who, what failed, how it ended. The same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final


class End(StrEnum):
    """How a failure ended, or has not yet."""

    OPEN = "open"
    SILENT = "silent"  # open, and there is no address to write to
    RETRY = "retry"  # a charge of ours went through
    MAIL = "mail"  # the customer followed a message and brought a card
    STRIPE = "stripe"
    CUSTOMER = "customer"
    GIVEN_UP = "given up"
    CHURNED = "churned"
    VOIDED = "voided"
    REFUNDED = "refunded"  # paid, and given back
    DISPUTED = "disputed"  # paid, and taken back by the bank


@dataclass(frozen=True, slots=True)
class Plan:
    """What is sold. minor: a period, in the currency's smallest unit; yearly: rather than monthly."""

    name: str
    currency: str
    minor: int
    yearly: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """One failed invoice. ago: since its first failure. after: what passes until somebody does something about it.

    turn: which of our charges goes through, or which message is followed, from 1. blocked: by Stripe itself.
    """

    number: int
    customer: str
    address: str
    plan: Plan
    brand: str
    code: str
    blocked: bool
    end: End
    ago: timedelta
    after: timedelta
    turn: int
    hour: timedelta


CUSTOMERS: Final = """Amberline Yoga|Bracken Legal|Cinder Coffee|Dovetail Homes|Elmtree Dental|Fennel & Rye|Granite Gym
Harrow Optics|Inkwell Press|Junebug Toys|Kestrel Films|Lantern Tutors|Mistral Bikes|Nettle Design|Orchard Vets
Pebble Travel|Quarry Sound|Rosehip Bakery|Saltmarsh Tours|Thistle Labs|Umber Studio|Verbena Spa|Wickerwork|Yarrow Farms
Zephyr Kites|Birchbark Books|Copperleaf|Driftwood Surf|Evergreen IT|Foxglove Florals""".replace("\n", "|").split("|")
PLANS: Final[Sequence[Plan]] = (
    Plan("Starter, monthly", "usd", 1900),
    Plan("Team, monthly", "usd", 4900),
    Plan("Business, monthly", "usd", 14900),
    Plan("Team, yearly", "usd", 49000, yearly=True),
    Plan("Starter, monthly", "eur", 1700),
    Plan("Team, monthly", "eur", 4500),
    Plan("Business, yearly", "eur", 139000, yearly=True),
)
BRANDS: Final = ("visa", "visa", "mastercard", "amex")
BLOCKED: Final = "blocked"
# What failed and how it ended, with how often: every kind of failure, every end.
HAPPENS: Final[Sequence[tuple[str, End, int]]] = (
    ("insufficient_funds", End.RETRY, 11),
    ("insufficient_funds", End.MAIL, 3),
    ("insufficient_funds", End.OPEN, 4),
    ("insufficient_funds", End.STRIPE, 2),
    ("insufficient_funds", End.GIVEN_UP, 3),
    ("insufficient_funds", End.REFUNDED, 1),
    ("expired_card", End.MAIL, 6),
    ("expired_card", End.OPEN, 2),
    ("expired_card", End.SILENT, 1),
    ("expired_card", End.CHURNED, 2),
    ("expired_card", End.GIVEN_UP, 1),
    ("generic_decline", End.RETRY, 4),
    ("generic_decline", End.MAIL, 2),
    ("generic_decline", End.OPEN, 2),
    ("generic_decline", End.GIVEN_UP, 2),
    ("generic_decline", End.DISPUTED, 1),
    ("authentication_required", End.CUSTOMER, 3),
    ("authentication_required", End.OPEN, 1),
    ("lost_card", End.MAIL, 1),
    ("lost_card", End.CHURNED, 1),
    ("processing_error", End.RETRY, 2),
    ("stop_payment_order", End.VOIDED, 1),
    ("incorrect_cvc", End.MAIL, 1),
    (BLOCKED, End.OPEN, 1),
    ("amount_too_small", End.OPEN, 1),
    ("nobody_knows", End.RETRY, 1),
)
# How many days ago the failure was, from and to: time for its end.
AGO: Final = {End.OPEN: (1, 22), End.SILENT: (2, 20), End.GIVEN_UP: (32, 88)}
LATELY: Final = (6, 89)


def stories(seed: int) -> list[Story]:
    """All of them, the earliest failure first."""
    dice = random.Random(seed)  # noqa: S311 - the same shop for the same seed
    wanted = [(code, end) for code, end, times in HAPPENS for _ in range(times)]
    told = [_story(number, code, end, dice) for number, (code, end) in enumerate(wanted, start=1)]
    return sorted(told, key=lambda story: -story.ago)


def _story(number: int, code: str, end: End, dice: random.Random) -> Story:
    customer = CUSTOMERS[number % len(CUSTOMERS)]
    letters = "".join(letter for letter in customer.lower() if letter.isalpha())
    first, last = AGO.get(end, LATELY)
    return Story(
        number=number,
        customer=customer,
        address="" if end == End.SILENT else f"{dice.choice(['billing', 'office', 'hello'])}@{letters}.example",
        plan=dice.choice(PLANS),
        brand=dice.choice(BRANDS),
        code="" if code == BLOCKED else code,
        blocked=code == BLOCKED,
        end=end,
        ago=timedelta(days=first + (last - first) * dice.random() ** 1.5),  # more of late
        after=timedelta(days=dice.choice([2, 2, 3, 4, 5]), hours=dice.randrange(12)),
        turn=dice.choice([1, 1, 2, 2, 3]),
        hour=timedelta(hours=1 + dice.randrange(9), minutes=dice.randrange(60)),
    )


def ids(seed: int) -> Iterator[str]:
    """Ends of ids as Stripe's look."""
    dice, letters = random.Random(seed), "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"  # noqa: S311 - as above
    while True:
        yield "1" + "".join(dice.choice(letters) for _ in range(23))

"""Fills an empty account with a running shop: plans, customers with cards, and subscriptions that already renew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random
from typing import Final

from tideover.simulator.account.cards import Face, face_of
from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.billing.renewing import existing
from tideover.simulator.api.catalog.making import new_price, new_product
from tideover.simulator.api.payments.customers import new_customer
from tideover.simulator.api.payments.method_kinds import new_card
from tideover.simulator.api.payments.payment_methods import adopt
from tideover.simulator.clock.chance import stream
from tideover.simulator.clock.periods import step
from tideover.simulator.shop.paydays import DAY, Purse
from tideover.simulator.shop.places import Resident, draw_resident
from tideover.simulator.shop.plastic import ISSUERS, Plastic
from tideover.simulator.shop.troubles import MASKED, draw_purse, draw_troubles

PLANS: Final = (("Starter", 40), ("Growth", 38), ("Scale", 16), ("Growth, yearly", 6))
PRICE_LISTS: Final = (  # minor units, in the order of PLANS: today's, and the one that older customers have kept
    {
        "usd": (1_900, 4_900, 14_900, 49_000),
        "eur": (1_900, 4_900, 14_900, 49_000),
        "gbp": (1_600, 4_200, 12_900, 42_000),
        "jpy": (2_800, 7_200, 21_900, 72_000),
    },
    {
        "usd": (1_200, 3_900, 9_900, 39_000),
        "eur": (1_100, 3_500, 9_500, 35_000),
        "gbp": (1_000, 3_200, 8_900, 32_000),
        "jpy": (1_800, 5_800, 14_800, 58_000),
    },
)
ON_THE_OLD_LIST: Final = 0.3
_BRANDS: Final = {"visa": 52, "mastercard": 34, "amex": 9, "discover": 5}
_FIRST_DIGITS: Final = {"visa": "4", "mastercard": "53", "amex": "37", "discover": "65"}
OWN_DEFAULT: Final = 0.4  # subscriptions that name their own payment method; the others use the customer's
_LIFE_MONTHS: Final = 36  # how far ahead the cards on file expire: about 2.8 % of them each month


@dataclass(frozen=True)  # no slots: the defaults are read off the class
class Shop:
    """What to fill an account with. `days` is how far ahead the customers' luck is drawn."""

    customers: int = 500
    seed: int = 1
    days: int = 90


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer with the latent things nobody at Stripe sees."""

    number: int
    id: str
    resident: Resident
    subscription: str
    amount: int
    currency: str
    purse: Purse
    debit: bool
    method: str
    card: Plastic


PriceList = dict[str, list[Json]]  # by currency, a price for each plan


def new_plans(sim: Simulator) -> list[PriceList]:
    """One product per plan, and its price in each currency of each list."""
    lists: list[PriceList] = [{currency: [] for currency in amounts} for amounts in PRICE_LISTS]
    for place, (name, _share) in enumerate(PLANS):
        product = new_product(sim, name)
        interval = "year" if "yearly" in name else "month"
        for prices, amounts in zip(lists, PRICE_LISTS, strict=True):
            for currency, each in amounts.items():
                prices[currency].append(new_price(sim, product["id"], each[place], currency, interval))
    return lists


@contextmanager
def unheard(sim: Simulator) -> Iterator[None]:
    """What is done inside happened long ago: no event of it is kept, delivered or listened to."""
    log, known = sim.events, {event["id"] for event in sim.store.events}
    outgoing, listeners = log.outgoing, log.listeners
    log.outgoing, log.listeners = lambda _event: 0, []
    try:
        yield
    finally:
        log.outgoing, log.listeners = outgoing, listeners
        for event in [each["id"] for each in sim.store.events if each["id"] not in known]:
            sim.store.events.remove(event)


def renewals_of(anchor: int, interval: str, now: int, until: int) -> tuple[int, ...]:
    """When a subscription that began at `anchor` renews after `now`, up to `until`."""
    found: list[int] = []
    times = 1
    while (at := step(anchor, interval, 1, times)) <= until:
        if at > now:
            found.append(at)
        times += 1
    return tuple(found)


def draw_anchor(dice: Random, interval: str, now: int) -> int:
    """When a subscription began: some periods ago, at an instant that spreads renewals evenly over the period."""
    next_at = now + int(dice.random() * (step(now, interval, 1, 1) - now))
    periods = 1 + int(dice.expovariate(1 / (2 if interval == "year" else 13)))
    return step(next_at, interval, 1, -periods)


def draw_face(dice: Random, number: str, country: str, now: int, *, debit: bool) -> Face:
    """A card on file: it expires within three years."""
    expires = datetime.fromtimestamp(step(now, "month", 1, dice.randrange(_LIFE_MONTHS)), UTC)
    face = face_of(number, expires.month, expires.year)
    return replace(face, funding="debit" if debit else "credit", country=country)


def card_number(dice: Random, brand: str) -> str:
    """A made-up number with the brand's first digits and a fitting check digit."""
    length = 15 if brand == "amex" else 16
    start = _FIRST_DIGITS[brand]
    body = start + "".join(dice.choices("0123456789", k=length - 1 - len(start)))
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in body[::-1][::2])
    return body + str(-(doubled + sum(map(int, body[::-1][1::2]))) % 10)


def draw_brand(dice: Random, *, debit: bool) -> str:
    """A card's network; American Express gives no debit cards."""
    brand = dice.choices(list(_BRANDS), weights=list(_BRANDS.values()))[0]
    return "visa" if debit and brand == "amex" else brand


def expiry_instant(month: int, year: int) -> int:
    """A card is good until the end of its month."""
    return int(datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC).timestamp())


def draw_plastic(dice: Random, face: Face, serial: int, purse: Purse | None) -> Plastic:
    """The bank's side of a card, with nothing wrong yet."""
    return Plastic(
        fingerprint=face.fingerprint,
        serial=serial,
        brand=face.brand,
        issuer=dice.randrange(ISSUERS),
        expires_at=expiry_instant(face.exp_month, face.exp_year),
        purse=purse,
        masked=dice.random() < MASKED,
        informed=dice.random() < 0.5,
    )


def add_customer(sim: Simulator, shop: Shop, number: int, lists: list[PriceList]) -> Customer:
    """The `number`th customer with a card and a subscription; the same seed gives the same."""
    dice, now = stream(shop.seed, "customer", number), sim.now()
    resident = draw_resident(dice, number)
    prices = lists[dice.random() < ON_THE_OLD_LIST]
    price = dice.choices(prices[resident.place.currency], weights=[share for _, share in PLANS])[0]
    amount, interval = price["unit_amount"], price["recurring"]["interval"]
    anchor = draw_anchor(dice, interval, now)
    debit = dice.random() < (0.3 if "Scale" in sim.store.products[price["product"]]["name"] else 0.47)
    face = draw_face(dice, card_number(dice, draw_brand(dice, debit=debit)), resident.place.country, now, debit=debit)
    purse = draw_purse(dice, amount, resident.place, resident.utc_offset, debit=debit)
    card = draw_plastic(dice, face, number, purse)
    card.troubles = draw_troubles(dice, renewals_of(anchor, interval, now, now + shop.days * DAY), resident.place)
    customer = _sign_up(sim, resident, anchor)
    method = _put_on_file(sim, customer, face, resident)
    own = method["id"] if dice.random() < OWN_DEFAULT else None
    subscription = existing(sim, customer, price, anchor, default_payment_method=own)
    return Customer(
        number,
        customer["id"],
        resident,
        subscription["id"],
        amount,
        price["currency"],
        purse,
        debit,
        method["id"],
        card,
    )


def _sign_up(sim: Simulator, resident: Resident, since: int) -> Json:
    customer = new_customer(
        sim,
        {
            "name": resident.name,
            "email": resident.email,
            "preferred_locales": [resident.locale] if resident.locale else [],
            "address": {"country": resident.place.country, "state": resident.state},
        },
    )
    customer["created"] = since
    return customer


def _put_on_file(sim: Simulator, customer: Json, face: Face, resident: Resident) -> Json:
    billing = {"name": resident.name, "email": resident.email, "address": customer["address"]}
    method = new_card(sim, face, billing)
    method["created"] = customer["created"]
    adopt(sim, method, customer["id"])
    customer["invoice_settings"]["default_payment_method"] = method["id"]
    return method

"""The shop's customers as their banks know them: the `Issuer` of a populated world."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from tideover.simulator.account.cards import Face, face_of
from tideover.simulator.account.issuer import Ask, Issuer, Verdict
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.payments.method_kinds import renew_card
from tideover.simulator.clock.chance import stream
from tideover.simulator.clock.periods import step
from tideover.simulator.clock.timeline import Act
from tideover.simulator.shop.fill import (
    Customer,
    Shop,
    add_customer,
    card_number,
    draw_brand,
    draw_plastic,
    new_plans,
    unheard,
)
from tideover.simulator.shop.paydays import DAY
from tideover.simulator.shop.plastic import Cause, Plastic, authorize
from tideover.simulator.shop.troubles import draw_replacement

_CARD_LIFE_MONTHS: Final = 48


@dataclass(frozen=True, slots=True)
class NewCard:
    """What a customer types into a card form."""

    number: str
    exp_month: int
    exp_year: int
    cvc: str


class Population:
    """Decides every charge of a card it knows; leaves test cards to the issuer it replaces."""

    def __init__(self, otherwise: Issuer, seed: int) -> None:
        self.seed = seed
        self.customers: dict[str, Customer] = {}
        self.first_cause: dict[str, Cause] = {}  # by invoice: the true cause of its first refusal
        self.asked = 0
        self._otherwise = otherwise
        self._cards: dict[str, Plastic] = {}
        self._issued: Counter[int] = Counter()

    def know(self, card: Plastic) -> None:
        """Answer for this card from now on."""
        self._cards[card.fingerprint] = card

    def authorize(self, ask: Ask) -> Verdict:
        """The bank's answer; free of waiting and of chance that depends on order."""
        card = self._cards.get(ask.fingerprint or "")
        if card is None:
            return self._otherwise.authorize(ask)
        self.asked += 1
        verdict, cause = authorize(card, ask)
        if cause is not None and ask.invoice is not None:
            self.first_cause.setdefault(ask.invoice, cause)
        return verdict

    def issue(self, customer: Customer, now: int, *, same_account: bool = False) -> tuple[NewCard, Face]:
        """A fresh card. `same_account`: the bank replaces its own, so the same money stands behind it."""
        self._issued[customer.number] += 1
        dice = stream(self.seed, "card", customer.number, self._issued[customer.number])
        number = card_number(dice, customer.card.brand if same_account else draw_brand(dice, debit=customer.debit))
        expires = datetime.fromtimestamp(step(now, "month", 1, _CARD_LIFE_MONTHS), UTC)
        place = customer.resident.place
        face = replace(face_of(number, expires.month, expires.year), country=place.country)
        face = replace(face, funding="debit" if customer.debit else "credit")
        card = draw_plastic(dice, face, customer.number, customer.purse if same_account else None)
        self.know(card)
        cvc = "".join(dice.choices("0123456789", k=4 if face.brand == "amex" else 3))
        return NewCard(number, expires.month, expires.year, cvc), face


def populate(sim: Simulator, shop: Shop) -> Population:
    """Fill the account with a shop, put its banks in charge and plan the updater's news."""
    population = Population(sim.issuer, shop.seed)
    with unheard(sim):
        lists = new_plans(sim)
        for number in range(1, shop.customers + 1):
            customer = add_customer(sim, shop, number, lists)
            population.customers[customer.id] = customer
            population.know(customer.card)
    sim.issuer = population
    for customer in population.customers.values():
        _plan_replacement(sim, population, customer, shop)
    return population


def _plan_replacement(sim: Simulator, population: Population, customer: Customer, shop: Shop) -> None:
    """A lost or expired card's successor, for the part of them that the network's updater covers."""
    dice = stream(shop.seed, "updater", customer.number)
    lost_at = _lost_at(customer)
    if lost_at is None or lost_at > sim.now() + shop.days * DAY:
        return
    news = draw_replacement(dice, lost_at, customer.resident.place)
    if news is not None:
        sim.timeline.at(max(news.at, sim.now() + 1), _renewing(sim, population, customer), "card updater")


def _lost_at(customer: Customer) -> int | None:
    """When the card stops working for good: it dies, or its successor is sent out some weeks before it expires."""
    dead = [trouble.starts_at for trouble in customer.card.troubles if trouble.cause is Cause.DEAD]
    return min([*dead, customer.card.expires_at - 20 * DAY])


def _renewing(sim: Simulator, population: Population, customer: Customer) -> Act:
    def renew() -> None:
        method = sim.store.payment_methods.get(customer.method)
        if method is None or method["customer"] != customer.id:
            return  # the customer has already changed the card or left
        _, face = population.issue(customer, sim.now(), same_account=True)
        renew_card(sim, method, face)

    return renew


__all__ = ["NewCard", "Population", "Shop", "populate"]

"""Test cards: Stripe's published numbers and tokens, our own `pm_sim_decline_*`, and how each behaves when charged.

Sources: https://docs.stripe.com/testing for the numbers and tokens and what charging them does.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import Final, Literal

from tideover.simulator.account.declines import BLOCKED, REASONS, declined
from tideover.simulator.account.issuer import APPROVED, CHALLENGE, Ask, Verdict

DAY: Final = 86400


@dataclass(frozen=True, slots=True)
class Behavior:
    """How a card answers, or a bank account.

    `setup` at attaching and setting up, `charge` when charged. `challenge`: when 3D Secure is asked for.
    The bank relents `ok_after` seconds after the card was first seen, or after `first` declined charges.
    `disputed`: for this reason an approved charge is disputed, so many seconds later.
    """

    charge: Verdict = APPROVED
    setup: Verdict = APPROVED
    challenge: Literal["never", "unless_set_up", "always"] = "never"
    ok_after: int | None = None
    first: int | None = None
    disputed: str | None = None
    disputed_after: int = 0


@dataclass(frozen=True, slots=True)
class Face:
    """What is printed on a card, with the number's fingerprint (the same for the same number)."""

    brand: str
    last4: str
    fingerprint: str
    funding: str = "credit"
    country: str = "US"
    exp_month: int = 12
    exp_year: int = 2034
    wallet: str | None = None


@dataclass(frozen=True, slots=True)
class TestCard:
    """A published test number."""

    number: str
    behavior: Behavior = field(default_factory=Behavior)
    funding: str = "credit"
    country: str = "US"


GOOD: Final = Behavior()


def _refused(code: str) -> Behavior:
    """A card that is refused when it is attached, too: seen by others, but not confirmed by a page of Stripe's."""
    return Behavior(charge=declined(code), setup=declined(code))


ABROAD: Final = {  # good cards that were issued in a country
    "AT": "4000000400000008",
    "AU": "4000000360000006",
    "BE": "4000000560000004",
    "BR": "4000000760000002",
    "CA": "4000001240000000",
    "CH": "4000007560000009",
    "DE": "4000002760000016",
    "ES": "4000007240000007",
    "FR": "4000002500000003",
    "GB": "4000008260000000",
    "IE": "4000003720000005",
    "IT": "4000003800000008",
    "JP": "4000003920000003",
    "MX": "4000004840008001",
    "NL": "4000005280000002",
}
TEST_CARDS: Final[tuple[TestCard, ...]] = (
    TestCard("4242424242424242"),
    TestCard("4000056655665556", funding="debit"),
    TestCard("5555555555554444"),
    TestCard("2223003122003222"),
    TestCard("5200828282828210", funding="debit"),
    TestCard("5105105105105100", funding="prepaid"),
    TestCard("378282246310005"),
    TestCard("371449635398431"),
    TestCard("6011111111111117"),
    TestCard("3056930009020004"),
    TestCard("3566002020360505"),
    TestCard("6200000000000005"),
    *(TestCard(number, country=country) for country, number in ABROAD.items()),
    TestCard("4000000000000341", Behavior(charge=declined("generic_decline"))),
    TestCard("4000000000000002", _refused("generic_decline")),
    TestCard("4000000000009995", _refused("insufficient_funds")),
    TestCard("4000000000009987", _refused("lost_card")),
    TestCard("4000000000009979", _refused("stolen_card")),
    TestCard("4000000000000069", _refused("expired_card")),
    TestCard("4000000000000127", _refused("incorrect_cvc")),
    TestCard("4000000000000119", _refused("processing_error")),
    TestCard("4242424242424241", _refused("incorrect_number")),
    TestCard("4000000000006975", _refused("card_velocity_exceeded")),
    TestCard("4100000000000019", Behavior(charge=declined("highest_risk_level"))),
    TestCard("4000000000000259", Behavior(disputed="fraudulent")),
    TestCard("4000002500003155", Behavior(challenge="unless_set_up")),
    TestCard("4000002760003184", Behavior(challenge="always")),
    TestCard("4000000000003220", Behavior(challenge="always")),
    TestCard("4000008260003178", Behavior(challenge="unless_set_up", charge=declined("insufficient_funds"))),
)
BY_NUMBER: Final = {card.number: card for card in TEST_CARDS}

TOKENS: Final[dict[str, str]] = {
    "pm_card_visa": "4242424242424242",
    "pm_card_visa_debit": "4000056655665556",
    "pm_card_mastercard": "5555555555554444",
    "pm_card_mastercard_debit": "5200828282828210",
    "pm_card_mastercard_prepaid": "5105105105105100",
    "pm_card_amex": "378282246310005",
    "pm_card_discover": "6011111111111117",
    "pm_card_diners": "3056930009020004",
    "pm_card_jcb": "3566002020360505",
    "pm_card_unionpay": "6200000000000005",
    "pm_card_us": "4242424242424242",
    **{f"pm_card_{country.lower()}": number for country, number in ABROAD.items()},
    "pm_card_chargeCustomerFail": "4000000000000341",
    "pm_card_visa_chargeDeclined": "4000000000000002",
    "pm_card_chargeDeclined": "4000000000000002",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_visa_chargeDeclinedLostCard": "4000000000009987",
    "pm_card_chargeDeclinedLostCard": "4000000000009987",
    "pm_card_visa_chargeDeclinedStolenCard": "4000000000009979",
    "pm_card_chargeDeclinedStolenCard": "4000000000009979",
    "pm_card_chargeDeclinedExpiredCard": "4000000000000069",
    "pm_card_chargeDeclinedIncorrectCvc": "4000000000000127",
    "pm_card_chargeDeclinedProcessingError": "4000000000000119",
    "pm_card_visa_chargeDeclinedVelocityLimitExceeded": "4000000000006975",
    "pm_card_radarBlock": "4100000000000019",
    "pm_card_createDispute": "4000000000000259",
    "pm_card_authenticationRequiredOnSetup": "4000002500003155",
    "pm_card_authenticationRequired": "4000002760003184",
    "pm_card_threeDSecure2Required": "4000000000003220",
    "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds": "4000008260003178",
}

SCRIPTED: Final = re.compile(
    r"pm_sim_decline_(?P<code>[a-z_]+?)(?:_then_ok_after_(?P<days>\d+)d)?(?:_n(?P<first>\d+))?"
)


def brand_of(number: str) -> str:
    """The network a number belongs to, by its first digits."""
    if number.startswith("4"):
        return "visa"
    if number[:2] in {"34", "37"}:
        return "amex"
    if number[:4] == "6011" or number[:2] == "65":
        return "discover"
    starts = {"30": "diners", "36": "diners", "35": "jcb", "62": "unionpay"}
    return starts.get(number[:2], "mastercard" if number[:1] in {"2", "5"} else "unknown")


def fingerprint_of(number: str) -> str:
    """Sixteen letters that are the same for the same number, as Stripe's card fingerprints are."""
    return hashlib.sha256(f"card {number}".encode()).hexdigest()[:16]


def face_of(number: str, exp_month: int = 12, exp_year: int = 2034, wallet: str | None = None) -> Face:
    """What Stripe remembers of a card number; the number itself is not kept."""
    known = BY_NUMBER.get(number, TestCard(number))
    return Face(
        brand_of(number), number[-4:], fingerprint_of(number), known.funding, known.country, exp_month, exp_year, wallet
    )


def passes_luhn(number: str) -> bool:
    """Whether the check digit fits; a wrong one is refused before any bank is asked."""
    digits = [int(letter) for letter in reversed(number)]
    return (sum(digits[::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])) % 10 == 0


def behavior_of(number: str) -> Behavior:
    """How the card of a test number behaves; unknown numbers are good cards."""
    return BY_NUMBER[number].behavior if number in BY_NUMBER else GOOD


def scripted(token: str) -> Behavior | None:
    """The behavior a `pm_sim_decline_…` token spells, None when it is none.

    `pm_sim_decline_insufficient_funds_then_ok_after_5d` is declined for five days, `…_n2` for its first two charges.
    """
    match = SCRIPTED.fullmatch(token)
    if match is None or match["code"] not in {*REASONS, *BLOCKED}:
        return None
    days, first = match["days"], match["first"]
    challenge: Literal["never", "always"] = "always" if match["code"] == "authentication_required" else "never"
    return Behavior(
        charge=APPROVED if challenge == "always" else declined(match["code"]),
        challenge=challenge,
        ok_after=int(days) * DAY if days else None,
        first=int(first) if first else None,
    )


def scripted_number(token: str) -> str:
    """A stable made-up number for a scripted token, so that its card has a fingerprint of its own."""
    return "4" + str(int(hashlib.sha256(token.encode()).hexdigest(), 16))[:15]


@dataclass(slots=True)
class Memory:
    """What a card's bank remembers."""

    behavior: Behavior
    since: int
    asked: int = 0
    set_up: bool = False


class Cards:
    """The banks' memory of the cards with a test behavior, by payment method id."""

    def __init__(self) -> None:
        self._known: dict[str, Memory] = {}

    def remember(self, payment_method: str, behavior: Behavior, since: int) -> None:
        """Let the card behave like that from now on."""
        self._known[payment_method] = Memory(behavior, since)

    def of(self, payment_method: str) -> Memory | None:
        """What the bank remembers, None for a plain good card."""
        return self._known.get(payment_method)


class CardIssuer:
    """The default bank: it does what the test card's behavior says."""

    def __init__(self, cards: Cards) -> None:
        self._cards = cards

    def authorize(self, ask: Ask) -> Verdict:
        """Decide from the behavior alone."""
        memory = self._cards.of(ask.payment_method)
        if memory is None:
            return APPROVED
        if ask.purpose == "setup":
            return self._set_up(memory, ask)
        return self._charge(memory, ask)

    def _set_up(self, memory: Memory, ask: Ask) -> Verdict:
        if memory.behavior.challenge != "never" and not ask.authenticated:
            return CHALLENGE
        memory.set_up = memory.set_up or ask.authenticated
        return memory.behavior.setup

    def _charge(self, memory: Memory, ask: Ask) -> Verdict:
        behavior = memory.behavior
        if self._relents(memory, ask.at):
            return APPROVED
        memory.asked += 1
        if self._challenges(memory) and not ask.authenticated:
            return CHALLENGE
        return behavior.charge

    def _relents(self, memory: Memory, at: int) -> bool:
        behavior = memory.behavior
        late = behavior.ok_after is not None and at >= memory.since + behavior.ok_after
        often = behavior.first is not None and memory.asked >= behavior.first
        return late or often

    def _challenges(self, memory: Memory) -> bool:
        kind = memory.behavior.challenge
        return kind == "always" or (kind == "unless_set_up" and not memory.set_up)

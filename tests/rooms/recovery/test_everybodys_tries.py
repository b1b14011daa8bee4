"""One card or account, tried by everybody in any order: nothing of ours goes out that its network or scheme forbids.

Stripe tries it, we do as the rules plan, a person of the merchant's asks for a try, the customer clicks, and adds the
same card anew. What the rules leave is counted here a second time, as simply as it can be.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import make_connection, make_ruleset
from tests.fakes import NOW, FakeStripe, a_charge, effects
from tests.rooms.recovery.conftest import World
from tideover import clock
from tideover.core.choices import NEVER, Cadence
from tideover.core.declines import NOT_BY_ITSELF, Decline, Family
from tideover.core.methods import is_debit
from tideover.core.rules import PRESETS, Strategy, to_json
from tideover.core.timing import spoken_time
from tideover.gateways.answers import Answer, Card, ChargeRead, Declined
from tideover.recovery import commands, intake, links
from tideover.recovery.commands import Refusal
from tideover.recovery.models import Action, Case
from tideover.recovery.paying import same_card
from tideover.recovery.paying.till import Finished
from tideover.recovery.places import zone
from tideover.recovery.telling.said import Sentence
from tideover.worker.loop import run_until_quiet

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

# As the networks' and schemes' rules are told in core: so many tries of one amount in so long a time.
CAPS: Final = {
    "visa": [(15, 30 * DAY)],
    "mastercard": [(10, DAY), (35, 30 * DAY)],
    "amex": [(15, 30 * DAY)],
    "us_bank_account": [(3, 180 * DAY)],
    "sepa_debit": [(3, 42 * DAY)],
}
PASSES: Final = Decline("insufficient_funds")
NEVER_AGAIN: Final = {
    "visa": [Decline("generic_decline", network_decline_code="14"), Decline("stolen_card")],
    "mastercard": [Decline("generic_decline", network_advice_code="03"), Decline("lost_card")],
    "amex": [Decline("lost_card")],
    "us_bank_account": [Decline("bank_account_closed"), Decline("generic_decline", network_decline_code="R29")],
    "sepa_debit": [Decline("generic_decline", network_decline_code="AC04")],
}
WAITS: Final = {"24": HOUR, "27": 4 * DAY}  # Mastercard's advice
AT_ALL: Final = datetime.max.replace(tzinfo=NOW.tzinfo)  # the day that never comes

# A merchant who tries as often as rules may say.
HOURLY: Final = Strategy("hourly", Cadence.HOURS, tuple(range(4, 700, 14)))
EAGER: Final = replace(
    PRESETS["tuned"],
    charges={kind: NEVER if kind in NOT_BY_ITSELF else HOURLY for kind in Family},
    messages=(), window_days=60, max_charges=10, most_retries=14, min_gap_hours=1, stripe_clear_hours=0,
)  # fmt: skip


@dataclass
class Bank(FakeStripe):
    """Refuses what it is asked for, on the card that is on file, and keeps what had been tried before each of ours."""

    says: Decline = PASSES
    ours: list[tuple[Card, tuple[ChargeRead, ...], datetime]] = field(default_factory=list)

    def _done(self, answer: Answer, key: str) -> Answer:
        assert self.invoice is not None
        assert self.invoice.card is not None
        self.ours.append((self.invoice.card, self.invoice.attempts, self.clock()))
        made = self.tried()
        return Declined(made.decline or self.says, made.id, "pi_1", amount=made.amount)

    def tried(self) -> ChargeRead:
        """Somebody has tried the card on file, and the bank has said no."""
        assert self.invoice is not None
        assert self.invoice.card is not None
        made = refused(self.says, self.clock(), len(self.invoice.attempts) + 1, self.invoice.card)
        self.invoice = replace(self.invoice, attempts=(*self.invoice.attempts, made))
        return made


def refused(why: Decline, at: datetime, number: int, card: Card) -> ChargeRead:
    return replace(a_charge(why.code, at=at, number=number, card=card), decline=replace(why, brand=card.brand))


def allowed_from(card: Card, before: tuple[ChargeRead, ...], now: datetime) -> datetime:
    """When the card may be tried, as its rules are told; AT_ALL where it may not be any more."""
    told = [each for each in before if each.card and each.card.fingerprint == card.fingerprint]
    declines = [replace(each.decline, brand=None) for each in told if each.decline]
    if any(each in NEVER_AGAIN[card.brand] for each in declines):
        return AT_ALL
    if is_debit(card.brand):
        [(limit, window)] = CAPS[card.brand]
        return AT_ALL if len(told) >= limit or now > told[0].at + window else now
    waits = [
        each.at + WAITS.get((each.decline and each.decline.network_advice_code) or "", timedelta()) for each in told
    ]
    for limit, window in CAPS[card.brand]:
        times = sorted(each.at for each in told if each.at > now - window)
        waits += [times[-limit] + window] if len(times) >= limit else []
    return max([now, *waits])


# ── what they do ──


@dataclass
class People:
    """Everybody who may try the card."""

    world: World
    bank: Bank
    cards: int = 0

    def does(self, who: str) -> Refusal | Finished | None:
        return {"stripe": self.stripe_tries, "customer": self.clicks, "person": self.asks, "adds": self.adds}[who]()

    def stripe_tries(self) -> None:
        self.bank.tried()
        self._heard()

    def clicks(self) -> Finished:
        link = links.find(links.make_link(self.case, message_id=None, now=self.world.now), self.world.now)
        assert link
        return same_card.try_again(link, same_card.next_number(self.case), self.bank, self.world.now)

    def asks(self) -> Refusal | None:
        no = commands.retry_now(self.case, by="ada", now=self.world.now)
        run_until_quiet(effects(self.bank), self.world.now)
        return no

    def adds(self) -> None:
        """The same card once more: to Stripe it is another method, to its network it is not."""
        self.cards += 1
        card = replace(self.card, payment_method_id=f"pm_again{self.cards:024}")
        self.world.change(card=card)
        self._heard()

    @property
    def card(self) -> Card:
        assert self.bank.invoice is not None
        assert self.bank.invoice.card is not None
        return self.bank.invoice.card

    @property
    def case(self) -> Case:
        return Case.objects.get(state=Case.State.FAILING)

    def _heard(self) -> None:
        assert self.bank.invoice is not None
        intake.take_reading(self.world.connection, self.bank.invoice, self.world.now)


def begin(brand: str, tries_before: int) -> People:
    connection = make_connection(mode="act")
    connection.created_at = NOW - 40 * DAY
    make_ruleset(connection.project, rules=to_json(EAGER))
    bank = Bank()
    world = World(connection, bank)
    card = Card("pm_first", brand, "4242", "fp_one", "12/2030")
    hours = [NOW - number * 5 * HOUR for number in range(tries_before - 1, -1, -1)]
    attempts = tuple(refused(PASSES, at, number, card) for number, at in enumerate(hours, 1))
    world.payment_fails(card=card, attempts=attempts)
    return People(world, bank)


DEEDS = st.tuples(
    st.sampled_from(["adds", "customer", "customer", "person", "stripe"]),
    st.integers(0, 40),  # hours that go by before
    st.integers(0, 19),  # what the bank says from then on: most often what passes
)


def decline_of(brand: str, number: int) -> Decline:
    rare = [*NEVER_AGAIN[brand]]
    rare += [Decline("generic_decline", network_advice_code=code) for code in WAITS] if brand == "mastercard" else []
    return rare[number] if number < len(rare) else PASSES


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("brand", sorted(CAPS))
@given(tries_before=st.integers(1, 16), deeds=st.lists(DEEDS, min_size=4, max_size=14))
def test_nothing_of_ours_goes_out_that_is_forbidden_and_a_refusal_says_until_when(db, brand, tries_before, deeds):
    people = begin(brand, tries_before if not is_debit(brand) else 1 + tries_before % 3)
    world, bank = people.world, people.bank
    for who, hours, number in deeds:
        world.day((world.now + hours * HOUR - NOW) / DAY)
        bank.says = decline_of(brand, number)
        until = allowed_from(people.card, people.bank.invoice.attempts, world.now)
        _says_until_when(people.does(who), until, people)
    world.day(50)
    for card, before, at in bank.ours:
        assert allowed_from(card, before, at) <= at, f"{card} at {at}, after {len(before)}"
    clock.travel_to(None)
    Action.objects.update(state=Action.State.DROPPED)  # the next example begins with a world of its own
    Case.objects.update(state=Case.State.CANCELED)


def _says_until_when(answer: Refusal | Finished | None, until: datetime, people: People) -> None:
    now = people.world.now
    if isinstance(answer, Finished) and answer.said.sentence == Sentence.FORBIDDEN and until > now:
        assert answer.said.earliest_at == (None if until == AT_ALL else until)
    if isinstance(answer, Refusal) and "It may go out from" in answer.why:
        assert until > now
        assert spoken_time(until, zone(people.case.time_zone)) in answer.why


def test_a_click_and_a_person_at_the_end_of_the_budget_are_told_the_day(db):
    people = begin("visa", 15)
    first = people.bank.invoice.attempts[0].at
    for answer in (people.clicks(), people.asks()):
        _says_until_when(answer, first + 30 * DAY, people)
        assert isinstance(answer, Finished) or "It may go out from" in answer.why
    assert people.bank.ours == []
    clock.travel_to(None)

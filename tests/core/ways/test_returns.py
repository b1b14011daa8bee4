"""A debit that came back: which disputes open a case again, in whatever order they are told, and what is owed then."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tideover.core.case import State, state_of
from tideover.core.facts import Fact, Learnt, fact
from tideover.core.proceeds import ELSEWHERE
from tideover.core.ways.returns import Returned, beyond, returns_among, which

BEGAN = datetime(2026, 11, 2, tzinfo=UTC)
DEBIT = {"ch_debit"}


def on(day: int) -> datetime:
    return BEGAN + timedelta(days=day)


def moved(kind: Learnt, day: int, charge: str = "ch_debit", amount: int = 9900, dispute: str = "dp_1"):
    return fact(kind, on(day), dispute, dispute=dispute, charge=charge, amount=amount)


PAID = fact(Learnt.PAID, on(9))
GONE = moved(Learnt.DISPUTED, 29)
LOST = moved(Learnt.DISPUTE_LOST, 30)
WON = moved(Learnt.DISPUTE_WON, 40)


def owed_again(facts):
    """Minor units of what is owed of it."""
    debt = which(facts)
    return debt.amount if debt else 0


def state(*facts):
    return state_of([*facts, *returns_among(facts, DEBIT)])


@pytest.mark.parametrize("told", [(PAID, GONE), (PAID, GONE, LOST), (PAID, LOST)])
def test_what_was_paid_and_came_back_is_open_again_however_it_is_told(told):
    for order in permutations(told):
        assert (state(*order), owed_again(returns_among(order, DEBIT))) == (State.FAILING, 9900)


@pytest.mark.parametrize(
    "told",
    [
        (GONE,),  # a part was paid by it, and the case is open anyway
        (PAID, moved(Learnt.DISPUTED, 29, "ch_card")),
        (PAID, moved(Learnt.REFUNDED, 29)),
        (fact(Learnt.PAID, on(35)), GONE),  # paid in another way since
        (PAID, GONE, fact(Learnt.STOPPED, on(5))),
        (PAID, GONE, fact(Learnt.CUSTOMER_DELETED, on(33))),
    ],
)
def test_nothing_else_opens_a_case_again(told):
    assert returns_among(told, DEBIT) == []


def test_what_is_known_already_is_not_told_again():
    told = [PAID, GONE]
    assert returns_among([*told, *returns_among(told, DEBIT)], DEBIT) == []


def test_a_dispute_that_is_won_pays_it_after_all():
    for order in permutations((PAID, GONE, WON)):
        assert state(*order) == State.RECOVERED
        assert owed_again(returns_among(order, DEBIT)) == 0
    assert returns_among([PAID, WON], DEBIT) == []


def test_of_two_that_came_back_one_that_is_won_leaves_the_other_owed():
    debits = {"ch_first", "ch_second"}
    first = [moved(kind, day, "ch_first", 3000) for kind, day in ((Learnt.DISPUTED, 29), (Learnt.DISPUTE_WON, 40))]
    second = [
        moved(kind, day, "ch_second", 6900, "dp_2") for kind, day in ((Learnt.DISPUTED, 30), (Learnt.DISPUTE_WON, 50))
    ]
    for order in permutations((PAID, *first, second[0])):
        known = [*order, *returns_among(order, debits)]
        assert (state_of(known), owed_again(known)) == (State.FAILING, 6900)
    known += [second[1], *returns_among([*known, second[1]], debits)]
    assert (state_of(known), owed_again(known)) == (State.RECOVERED, 0)


def test_what_was_made_up_for_otherwise_is_not_waited_for_when_a_later_one_is_won():
    known = [PAID, GONE]
    known += returns_among(known, DEBIT)
    known += [fact(Learnt.PAID_AFTER_ALL, on(35), "outside-1"), moved(Learnt.DISPUTED, 37, dispute="dp_2")]
    known += returns_among(known, DEBIT)
    assert (state_of(known), owed_again(known)) == (State.FAILING, 9900)
    known += [moved(Learnt.DISPUTE_WON, 50, dispute="dp_2")]
    known += returns_among(known, DEBIT)
    assert (state_of(known), owed_again(known)) == (State.RECOVERED, 0)


# ── what is owed again is paid by payments of their own ──


def received(day: int, amount: int = 9900, charge: str = "ch_card"):
    return fact(Learnt.RECEIVED, on(day), charge, charge=charge, amount=amount)


BY_DEBIT = received(5, charge="ch_debit")


def all_told(*facts, debits=DEBIT):
    """The facts with what they mean, learnt one after the other."""
    known: list[Fact] = []
    for each in facts:
        known.append(each)
        known += returns_among(known, debits)
    return known


def test_the_debt_says_which_it_is_since_when_and_by_what():
    assert which(all_told(BY_DEBIT, PAID, GONE)) == Returned(1, on(29), 9900, ("dp_1",))
    assert which([BY_DEBIT, PAID]) is None


def test_where_stripe_opens_the_invoice_once_more_the_debt_is_paid_there():
    known = all_told(BY_DEBIT, PAID, GONE)
    assert which([*known, fact(Learnt.OPEN_AGAIN, on(30), "1")]).at_stripe
    again = [fact(Learnt.OPEN_AGAIN, on(30), "1"), received(33), moved(Learnt.DISPUTED, 50, dispute="dp_2")]
    assert not which(all_told(BY_DEBIT, PAID, GONE, *again)).at_stripe, "of what comes back later that says nothing"


def test_what_is_paid_in_another_way_is_owed_no_more():
    for order in permutations((BY_DEBIT, PAID, GONE, received(33))):
        known = all_told(*order)
        assert (state_of(known), owed_again(known), which(known).amount, beyond(known)) == (State.RECOVERED, 0, 0, 0)


@pytest.mark.parametrize("other", [BY_DEBIT, received(33, charge=ELSEWHERE), received(28)])
def test_what_came_by_the_debit_itself_or_before_or_is_only_told_of_as_a_sum_makes_up_for_nothing(other):
    known = all_told(PAID, GONE, other)
    assert (state_of(known), owed_again(known)) == (State.FAILING, 9900)


def test_a_part_of_it_leaves_the_rest_owed():
    known = all_told(BY_DEBIT, PAID, GONE, received(33, 4000))
    assert (state_of(known), owed_again(known)) == (State.FAILING, 5900)
    known = all_told(BY_DEBIT, PAID, GONE, received(33, 4000), received(34, 5900, "ch_other"))
    assert (state_of(known), owed_again(known)) == (State.RECOVERED, 0)


def test_of_one_that_is_told_of_after_all_was_made_up_for_only_that_one_is_owed():
    late = moved(Learnt.DISPUTED, 31, "ch_second", 3000, "dp_2")
    known = all_told(BY_DEBIT, PAID, GONE, received(33), late, debits={"ch_debit", "ch_second"})
    debt = which(known)
    assert (state_of(known), debt.number, debt.amount, debt.disputes) == (State.FAILING, 2, 3000, ("dp_2",))
    assert debt.at > on(33)


def test_what_comes_back_once_more_is_another_debt():
    first = all_told(BY_DEBIT, PAID, GONE, received(33))
    again = moved(Learnt.DISPUTED, 50, "ch_card", 9900, "dp_2")
    assert state_of([*first, *returns_among([*first, again], DEBIT)]) == State.RECOVERED, (
        "a card's dispute opens nothing"
    )
    known = [*first, again, *returns_among([*first, again], {"ch_debit", "ch_card"})]
    assert (state_of(known), which(known)) == (State.FAILING, Returned(2, on(50), 9900, ("dp_2",)))


def test_one_that_is_won_after_it_was_paid_in_another_way_came_twice_and_that_is_seen():
    known = all_told(BY_DEBIT, PAID, GONE, received(33), WON)
    assert (state_of(known), owed_again(known), beyond(known)) == (State.RECOVERED, 0, 9900)


@dataclass
class House:
    """What is learnt of a case, and the one payment by which what came back is collected at a time."""

    known: list[Fact] = field(default_factory=lambda: [BY_DEBIT, PAID])
    open: Returned | None = None
    collected: int = 0
    days: int = 20

    def learn(self, told: Fact) -> None:
        self.known.append(told)
        self.known += returns_among(self.known, {f"ch_{each}" for each in range(9)})

    def comes_back(self, number: int, amount: int, early: int) -> None:
        self.learn(moved(Learnt.DISPUTED, self.days - early, f"ch_{number}", amount, f"dp_{number}"))

    def begin(self) -> None:
        """A payment over exactly what is owed, in the place of one that is over more or less."""
        debt = which(self.known)
        self.open = debt if debt and debt.amount else None

    def end(self, early: int) -> None:
        if self.open:
            self.collected += self.open.amount
            at = max(on(self.days - early), self.open.at)
            self.learn(
                fact(Learnt.RECEIVED, at, f"ch_by_{self.days}", charge=f"ch_by_{self.days}", amount=self.open.amount)
            )
            self.open = None


HAPPENS = st.one_of(
    st.tuples(st.just("comes_back"), st.integers(0, 8), st.integers(1, 5000), st.integers(0, 9)),
    st.tuples(st.just("begin")),
    st.tuples(st.just("end"), st.integers(0, 9)),
)


@given(st.lists(HAPPENS, max_size=14))
def test_whatever_comes_back_and_is_paid_in_whatever_order_no_more_is_collected_than_came_back(happens):
    house = House()
    for what, *how in happens:
        house.days += 1
        getattr(house, what)(*how)
        back = sum(int(each.detail["amount"]) for each in house.known if each.kind == Learnt.CAME_BACK)
        assert house.collected <= back
        assert beyond(house.known) == 0
        assert owed_again(house.known) == back - house.collected
        assert (state_of(house.known) == State.FAILING) == (back > house.collected)

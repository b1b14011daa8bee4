"""Which ways to pay stand open: for every kind of failure, and whatever is or is not so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain, combinations

import pytest

from tideover.core.declines import Decline, Family
from tideover.core.money import Money
from tideover.core.outcomes import Tried
from tideover.core.tries import Attempt, By
from tideover.core.ways.doors import BREATH, NEEDS, OPEN, Door, Need, left_for_again, open_doors

EVERYTHING = frozenset(Need)
SITUATIONS = [frozenset(some) for some in chain.from_iterable(combinations(Need, n) for n in range(len(Need) + 1))]


def doors(family: Family, has: frozenset[Need] = EVERYTHING) -> tuple[Door, ...]:
    return open_doors(family, has)


def test_every_kind_of_failure_has_its_doors_and_every_door_its_needs():
    assert set(OPEN) == set(Family)
    assert set(NEEDS) == set(Door)
    assert {door for doors in OPEN.values() for door in doors} == set(Door)
    assert all(len(set(doors)) == len(doors) for doors in OPEN.values())


@pytest.mark.parametrize("family", Family)
def test_stripes_own_page_is_the_last_way_and_stays_open_where_we_may_charge_nothing(family):
    assert doors(family)[-1] == Door.STRIPE
    assert doors(family, EVERYTHING - {Need.CHARGING}) == (Door.STRIPE,)


@pytest.mark.parametrize("has", SITUATIONS, ids=lambda has: "+".join(sorted(has)) or "nothing")
def test_no_door_opens_without_all_that_it_needs(has):
    for family in Family:
        assert all(NEEDS[door] <= has for door in doors(family, has))


def test_who_is_asked_by_the_bank_answers_first():
    for family in set(Family) - {Family.OVERDUE}:
        assert doors(family)[0] == Door.CONFIRM
        assert Door.CONFIRM not in doors(family, EVERYTHING - {Need.QUESTION})


def test_what_was_sent_to_be_paid_is_never_charged_here():
    assert doors(Family.OVERDUE) == (Door.STRIPE,)


# ── the same again: inside the networks' budget, and not in the same breath as the last try ──

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PRICE = Money(9900, "usd")


def tried(hours: float, by: By = By.STRIPE, **decline: str) -> Attempt:
    told = Decline(**{"code": "insufficient_funds", "brand": "visa", **decline})
    return Attempt(NOW - timedelta(hours=hours), by, PRICE, Tried.DECLINED, told, "fp_1", "visa")


def asked(*attempts: Attempt, brand: str = "visa", fingerprint: str = "fp_1"):
    return left_for_again(brand, PRICE, attempts, NOW, fingerprint=fingerprint)


def test_it_is_allowed_at_any_time_that_the_networks_allow():
    assert asked(tried(1)).allowed
    assert asked(tried(0.01, By.US)).allowed


def test_everybodys_tries_use_the_networks_budget_up_and_it_opens_when_the_oldest_is_a_month_old():
    spent = [tried(24 * day, by) for day, by in zip(range(1, 16), [*By] * 5, strict=True)]
    assert not asked(*spent).allowed
    assert asked(*spent).earliest_at == spent[-1].at + timedelta(days=30)
    assert asked(*spent[1:]).left == 1


@pytest.mark.parametrize("said", [{"network_decline_code": "04"}, {"code": "stolen_card"}])
def test_after_a_never_it_does_not_open_again(said):
    budget = asked(tried(1, **said))
    assert (budget.allowed, budget.earliest_at) == (False, None)


def test_who_was_just_refused_takes_a_breath_first():
    moment = timedelta(minutes=3) / timedelta(hours=1)
    budget = asked(tried(moment, By.CUSTOMER))
    assert (budget.allowed, budget.earliest_at) == (False, NOW - timedelta(minutes=3) + BREATH)
    assert asked(replace(tried(moment, By.CUSTOMER), fingerprint="fp_2")).allowed
    assert asked(tried(moment, By.CUSTOMER), fingerprint="fp_2").allowed

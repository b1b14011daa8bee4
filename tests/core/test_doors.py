"""Which ways to pay stand open: for every kind of failure, and whatever is or is not so."""

from __future__ import annotations

from itertools import chain, combinations

import pytest

from tideover.core.declines import Family
from tideover.core.doors import NEEDS, OPEN, Door, Need, Standing, open_doors

EVERYTHING = frozenset(Need)
SITUATIONS = [frozenset(some) for some in chain.from_iterable(combinations(Need, n) for n in range(len(Need) + 1))]


def doors(family: Family, has: frozenset[Need] = EVERYTHING) -> tuple[Door, ...]:
    return open_doors(Standing(family, has))


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

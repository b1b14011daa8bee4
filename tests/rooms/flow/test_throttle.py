"""Guessing is limited: so many tries of one key in so many seconds, whoever else tries what, in whatever process."""

from datetime import timedelta

import pytest

from tests.factories import NOW
from tideover.flow.models import Allowance
from tideover.flow.throttle import Throttle, clear_ended

pytestmark = pytest.mark.django_db
three = Throttle("guessing", limit=3, seconds=900)
WINDOW = timedelta(seconds=900)
MOMENT = timedelta(microseconds=1)


def uses(count, key="alice", at=NOW, throttle=three):
    return [throttle.allows(key, at) for _ in range(count)]


def test_a_key_has_its_tries_and_then_no_more_until_its_window_is_over():
    assert uses(5) == [True, True, True, False, False]
    assert uses(1, at=NOW + WINDOW - MOMENT) == [False]
    assert uses(4, at=NOW + WINDOW) == [True, True, True, False]


def test_trying_on_does_not_lengthen_the_wait():
    uses(4)
    uses(50, at=NOW + WINDOW / 2)
    assert uses(1, at=NOW + WINDOW) == [True]


def test_what_one_key_used_up_is_no_others_and_no_other_limits():
    assert uses(4)[-1] is False
    assert uses(1, "bob") == [True]
    assert uses(1, throttle=Throttle("paying", limit=3, seconds=900)) == [True]


def test_no_number_of_other_keys_crowds_one_out():
    uses(4)
    for number in range(400):
        three.allows(f"stranger {number}", NOW)
    assert uses(1) == [False]


def test_another_process_counts_on():
    uses(2)
    assert uses(2, throttle=Throttle("guessing", limit=3, seconds=900)) == [True, False]


def test_what_is_given_back_may_be_used_again_and_what_is_forgotten_was_never_used():
    uses(3)
    three.give_back("alice")
    assert uses(2) == [True, False]
    three.reset("alice")
    assert uses(4) == [True, True, True, False]
    three.give_back("nobody")
    three.reset("nobody")


def test_a_clock_that_was_set_back_locks_nobody_out_for_longer():
    uses(4)
    assert uses(1, at=NOW - 2 * WINDOW) == [True]


def test_who_tries_is_not_readable_in_the_database():
    three.allows("alice@alpine.example", NOW)
    [place] = Allowance.objects.values_list("place", flat=True)
    assert "alice" not in place
    assert len(place) == 64


def test_what_counts_no_more_is_cleared_and_the_rest_stays():
    uses(4)
    clear_ended(NOW + WINDOW - MOMENT)
    assert uses(1) == [False]
    clear_ended(NOW + WINDOW)
    assert Allowance.objects.count() == 0

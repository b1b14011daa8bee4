"""Guessing is limited: so many tries of one key in so many seconds, whoever else tries what."""

import pytest
from django.core.cache import cache

from tideover.flow.throttle import Throttle

three = Throttle("guessing", limit=3, seconds=900)


@pytest.fixture(autouse=True)
def nobody_tried_before():
    cache.clear()


def test_a_key_has_its_tries_and_then_no_more():
    assert [three.allows("alice") for _ in range(5)] == [True, True, True, False, False]


def test_what_one_key_used_up_is_no_others_and_no_other_limits():
    assert [three.allows("alice") for _ in range(4)][-1] is False
    assert three.allows("bob")
    assert Throttle("paying", limit=3, seconds=900).allows("alice")


def test_who_tries_is_not_readable_in_the_cache():
    three.allows("alice@alpine.example")
    assert "alice" not in str(cache._cache)

"""Faults come from the seed by the count of requests, and never so many in a row that nothing could work."""

from __future__ import annotations

from chaos.dice import LONGEST_STREAK, Dice

KINDS = {"drop": 1, "delay": 2}


def drawn(seed: str, count: int = 300) -> list[str]:
    dice = Dice(seed, 50, KINDS)
    return [dice.draw(f"request {number % 7}") for number in range(count)]


def test_the_same_seed_gives_the_same_faults_and_another_seed_others():
    assert drawn("1") == drawn("1") != drawn("2")
    assert set(drawn("1")) == {"", "drop", "delay"}


def test_one_request_never_fails_for_ever():
    dice = Dice("1", 100, KINDS)
    faults = [bool(dice.draw("the same")) for _ in range(30)]
    assert faults[: LONGEST_STREAK + 1] == [True] * LONGEST_STREAK + [False]


def test_when_the_storm_is_over_nothing_fails():
    dice = Dice("1", 100, KINDS)
    dice.calm = True
    assert not any(dice.draw(str(number)) for number in range(50))


def test_a_fault_that_befell_nobody_is_the_next_one():
    dice, like_it = Dice("1", 100, KINDS), Dice("1", 100, KINDS)
    dice.give_back(dice.draw("who died of something else"))
    assert [dice.draw(str(number)) for number in range(9)] == [like_it.draw(str(number)) for number in range(9)]

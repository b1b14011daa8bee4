"""What the rules make of the corpus: machines are flagged, and nobody who clicked is lost to them."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.core.signals.corpus import CORPUS, LINK, PICTURE
from tideover.core.signals.signs import WHO, Who, sign_of

MOST_MISSED = 0.05  # of the machines that load a picture


def told(asked, truth):
    """How many there are of a kind, by what they are taken for."""
    return Counter(WHO[sign_of(seen.signal)] for seen in CORPUS if (seen.asked, seen.truth) == (asked, truth))


def test_there_is_enough_of_each_kind_to_say_anything():
    assert len(CORPUS) >= 60
    assert min(told(asked, truth).total() for asked in (PICTURE, LINK) for truth in (Who.PERSON, Who.MACHINE)) >= 12
    assert len(set(CORPUS)) == len(CORPUS)


def test_the_machines_that_load_a_picture_are_flagged_and_none_counts_as_a_person(capsys):
    found = told(PICTURE, Who.MACHINE)
    with capsys.disabled():
        print(f"\n{found[Who.MACHINE]} of {found.total()} pictures that machines loaded are flagged")  # noqa: T201
    assert found[Who.MACHINE] >= (1 - MOST_MISSED) * found.total()
    assert found[Who.PERSON] == 0


def test_no_click_of_a_person_is_taken_for_a_machines(capsys):
    found = told(LINK, Who.PERSON)
    with capsys.disabled():
        print(f"\n{found[Who.PERSON]} of {found.total()} clicks of people are known as such, none is lost")  # noqa: T201
    assert found[Who.MACHINE] == 0
    assert found[Who.PERSON] >= 0.75 * found.total()


def test_no_opening_by_a_person_is_taken_for_a_machines():
    assert told(PICTURE, Who.PERSON)[Who.MACHINE] == 0


def test_no_click_of_a_machine_counts_as_a_persons():
    assert told(LINK, Who.MACHINE)[Who.PERSON] == 0


@pytest.mark.parametrize(
    "seen", CORPUS, ids=lambda seen: f"{seen.truth} {seen.asked} {seen.agent[-40:]} {seen.seconds}"
)
def test_nobody_is_taken_for_the_other(seen):
    assert WHO[sign_of(seen.signal)] in {seen.truth, Who.UNKNOWN}

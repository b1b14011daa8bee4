"""What strangers say, made fit to be kept, and no more than that."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tideover.gateways.words import printable, storable


@given(st.text(alphabet=st.characters()))
def test_whatever_was_said_can_be_stored_and_printed(said):
    assert "\0" not in storable(said)
    assert json.loads(json.dumps(storable(said)).encode()) == storable(said)
    assert printable(said).isprintable()


@pytest.mark.parametrize("name", ["", "Zoë 🧗🏽‍♀️", "क्\u200dष", "two\nlines", "a\tb"])  # fmt: skip
def test_a_name_keeps_what_it_is_written_with(name):
    assert storable(name) == name


def test_half_a_character_becomes_a_question_mark():
    assert storable("Zo\ud83d\0e") == "Zo?e"

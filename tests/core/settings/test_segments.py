"""A segment in a customer's metadata: one word of a closed alphabet, and what else stands there is none."""

from __future__ import annotations

import pytest

from tideover.core.settings.segments import is_a_segment, is_odd, segment_in


@pytest.mark.parametrize(
    ("said", "segment"),
    [
        ("pro", "pro"),
        (" Enterprise_EU-2 ", "enterprise_eu-2"),
        ("a" * 40, "a" * 40),
        ("a" * 41, ""),
        ("two words", ""),
        ("pia@payer.example", ""),
        ("größe", ""),
        ("-pro", ""),
        ("pro\nenterprise", ""),
    ],
)
def test_a_segment_is_one_word_in_small_letters(said, segment):
    metadata = {"tideover_segment": said, "segment": "other"}
    assert (segment_in(metadata), is_odd(metadata)) == (segment, not segment)


@pytest.mark.parametrize(
    "metadata", [{}, {"tideover_segment": ""}, {"tideover_segment": None}, {"tideover_owner": "x"}]
)
def test_where_nothing_stands_nothing_is_odd(metadata):
    assert (segment_in(metadata), is_odd(metadata)) == ("", False)


def test_a_line_break_at_its_end_makes_another_word():
    assert not is_a_segment("pro\n")

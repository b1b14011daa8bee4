"""What a reader sees as one character stays whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tideover.core.words.characters import characters, first, shortened

WHOLE = [
    "e\u0301",  # é in two parts
    "🇵🇱",
    "👩🏽‍🚀",
    "👨‍👩‍👧",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",  # the flag of England
    "م\u064e\u0651",  # a letter with two vowel signs
    "क्ष",
    "நி",
    "\u1100\u1161\u11a8",  # 각 in parts
    "❤\ufe0f",
]


@pytest.mark.parametrize("whole", WHOLE)
def test_what_is_seen_as_one_is_one(whole):
    assert list(characters(whole)) == [whole]
    assert first(f"{whole}x") == whole


def test_letters_and_flags_side_by_side_are_several():
    assert list(characters("日本e\u0301x")) == ["日", "本", "e\u0301", "x"]
    assert list(characters("🇵🇱🇯🇵")) == ["🇵🇱", "🇯🇵"]
    assert first("") == ""


def test_what_fits_stays_and_what_does_not_says_so():
    assert shortened("Harbor", 6) == "Harbor"
    assert shortened("Harbor Analytics", 8) == "Harbor…"
    assert shortened("👩🏽‍🚀👩🏽‍🚀", 5) == "👩🏽‍🚀…"
    assert shortened("👩🏽‍🚀👩🏽‍🚀", 3) == "…"


@given(st.lists(st.sampled_from([*WHOLE, "a", "語", " "]), max_size=12), st.integers(1, 30))
def test_nothing_is_ever_cut_in_the_middle(pieces, longest):
    text = "".join(pieces)
    short = shortened(text, longest)
    assert len(short) <= longest
    assert "".join(characters(text)) == text
    kept = list(characters(short.removesuffix("…")))
    assert short == text or kept == list(characters(text))[: len(kept)]

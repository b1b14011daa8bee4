"""A text message is counted as phones and their networks count it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tideover.core.words.sms import ALONE, IN_PARTS, Alphabet, Count, count, is_gsm, plain


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("", Count(Alphabet.GSM, 0, 1)),
        ("a" * 160, Count(Alphabet.GSM, 160, 1)),
        ("a" * 161, Count(Alphabet.GSM, 161, 2)),
        ("a" * 306, Count(Alphabet.GSM, 306, 2)),
        ("a" * 307, Count(Alphabet.GSM, 307, 3)),
        ("€" * 80, Count(Alphabet.GSM, 160, 1)),
        ("付" * 70, Count(Alphabet.UNICODE, 70, 1)),
        ("付" * 71, Count(Alphabet.UNICODE, 71, 2)),
        ("a" * 71 + "\u00a0", Count(Alphabet.UNICODE, 72, 2)),  # one blank that holds together, and all is UCS-2
        ("😀" * 35, Count(Alphabet.UNICODE, 70, 1)),
    ],
)
def test_a_text_is_paid_for_in_parts(text, counted):
    assert count(text) == counted


def test_what_takes_two_places_is_not_cut_in_two():
    assert count("a" * 152 + "€" + "a" * 152).parts == 3
    assert count("付" * 66 + "😀" + "付" * 66).parts == 3


@given(st.text(max_size=700))
def test_the_parts_have_room_for_the_text_and_one_less_has_not(text):
    counted = count(text)
    room = ALONE[counted.alphabet] if counted.parts == 1 else counted.parts * IN_PARTS[counted.alphabet]
    assert counted.used <= room
    assert counted.parts == 1 or counted.used > (counted.parts - 1) * (IN_PARTS[counted.alphabet] - 1)


@given(st.text(max_size=200))
def test_what_is_plain_stays_as_it_is(text):
    assert plain(plain(text)) == plain(text)


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("Płatność 12,00\u00a0zł", "Platnosc 12,00 zl"),
        ("votre paiement n\u2019a pas été reçu \u2014 façon", "votre paiement n'a pas été recu - facon"),
        ("Zoë\u2019s Café", "Zoe's Café"),
        ("للدفع \u2066USD\u00a042.00\u2069", "للدفع USD 42.00"),
        ("お支払い “はい”", "お支払い “はい”"),
    ],
)
def test_a_text_goes_out_without_what_would_make_it_dearer(text, sent):
    assert plain(text) == sent


def test_marks_of_another_script_are_left_as_they_are():
    assert not is_gsm(plain("お支払い"))

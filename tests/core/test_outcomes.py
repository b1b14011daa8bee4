"""What came of an action: one table says which words had an effect, and all that asks goes by it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tideover.core.outcomes import EFFECTS, FAILED_TRIES, UNDONE, Effect, Outcome, Tried, Word, effect_of, word_of
from tideover.core.situation import DoneStep
from tideover.core.steps import Do, Scheduled

NOON = datetime(2026, 7, 9, 12, tzinfo=UTC)


def test_every_word_says_whether_it_had_an_effect():
    assert set(EFFECTS) == set(Word)


def test_every_try_found_by_reading_has_its_word():
    assert {Word(tried) for tried in Tried} <= set(Word)
    assert set(Tried) - set(FAILED_TRIES) == {Tried.PAID, Tried.PROCESSING}


@pytest.mark.parametrize(
    ("outcome", "stored"),
    [
        (Outcome(Word.PAID), "paid"),
        (Outcome(Word.DECLINED, "insufficient_funds"), "declined:insufficient_funds"),
        (Outcome(Word.REFUSED, reason="fifteen tries in 30 days"), "refused"),
        (Outcome(Word.SKIPPED, reason="suppressed:bounced"), "skipped"),
    ],
)
def test_an_outcome_is_stored_as_its_word_and_code_and_read_again(outcome, stored):
    assert outcome.stored == stored
    assert word_of(stored) == outcome.word


def test_what_left_nothing_behind_needs_no_distance_and_all_else_does():
    words = {word for word in Word if not DoneStep(Scheduled(1).key, Do.CHARGE, NOON, word).happened}
    assert words == {Word.SKIPPED, Word.DROPPED, Word.REFUSED}


def test_what_a_page_shows_as_undone_is_that_and_what_was_sent_back():
    assert set(UNDONE) == {Word.SKIPPED, Word.DROPPED, Word.REFUSED, Word.FAILED}


@pytest.mark.parametrize("stored", ["", "nothing", "a-word-of-tomorrow:x"])
def test_an_outcome_that_is_not_known_here_may_have_had_an_effect(stored):
    assert word_of(stored) is None
    assert effect_of(stored) == Effect.PERHAPS
    assert DoneStep(Scheduled(1).key, Do.CHARGE, NOON, stored).happened

"""Keys of steps: each is made and read in one place, and reads as those that are stored already."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tideover.core.steps import (
    CHARGES,
    FORMS,
    KINDS,
    MESSAGES,
    Again,
    Asked,
    Backup,
    Beside,
    Brought,
    Closing,
    Copied,
    Do,
    Forwarded,
    Holding,
    InPart,
    NewLink,
    OfPart,
    PartTold,
    PlanOffered,
    Promised,
    Reaches,
    Receipt,
    Remembered,
    ReturnTold,
    Scheduled,
    Step,
    Written,
    read,
)

ACTED = datetime(2026, 7, 9, 8, 30, 5, tzinfo=UTC)
STORED = [
    (Scheduled(12), "charge-12"),
    (Brought.of_method("pm_1SxQ2yLkdIwHu7ixYz0aBcDe"), "charge-on-u7ixYz0aBcDe"),
    (Brought.of_method("card_1SxQ2yLkdIwHu7ixYz0aBcDe"), "charge-on-u7ixYz0aBcDe"),
    (Brought("u7ixYz0aBcDe", again=2), "charge-on-u7ixYz0aBcDe-2"),
    (Brought("u7ixYz0aBcDe", here=True), "charge-on-u7ixYz0aBcDe-here"),
    (Brought.at(ACTED), "charge-on-20260709083005"),
    (Promised(date(2026, 7, 16)), "charge-promised-2026-07-16"),
    (Backup(1), "charge-backup-1"),
    (InPart(1, 2), "charge-plan-1-part-2"),
    (InPart(2, 1, again=3), "charge-plan-2-part-1-again-3"),
    (Beside(1), "charge-returned-1"),
    (Beside(2, again=3), "charge-returned-2-again-3"),
    (Asked(3), "charge-asked-3"),
    (Again(2), "charge-again-2"),
    (Written(4), "message-4"),
    (Copied(4, "0a1b2c3d4e5f"), "message-4-to-0a1b2c3d4e5f"),
    (Remembered(date(2026, 7, 16)), "message-promised-2026-07-16"),
    (PlanOffered(), "message-plan-offered"),
    (PartTold(1, 2, OfPart.MISSED), "message-plan-1-part-2-missed"),
    (ReturnTold(2), "message-returned-2"),
    (NewLink(2), "message-link-2"),
    (Forwarded(3), "message-forward-3"),
    (Holding(2), "hold-2"),
    (Holding(0, over=True), "hold-0-over"),
    (Receipt(), "message-receipt"),
    (Closing(), "close"),
]
NUMBERS = st.integers(1, 10_000)
NAMES = st.text(alphabet="abcXYZ0189_", min_size=1, max_size=14)
ANY_STEP = st.one_of(
    st.builds(Scheduled, NUMBERS),
    st.builds(Brought, NAMES, st.just(0) | st.integers(2, 99), st.booleans()),
    st.builds(Promised, st.dates()),
    st.builds(Backup, NUMBERS),
    st.builds(Copied, NUMBERS, st.from_regex(r"[0-9a-f]{12}", fullmatch=True)),
    st.builds(InPart, NUMBERS, NUMBERS, st.just(0) | st.integers(2, 99)),
    st.builds(Beside, NUMBERS, st.just(0) | st.integers(2, 99)),
    st.builds(Asked, NUMBERS),
    st.builds(Again, NUMBERS),
    st.builds(Written, NUMBERS),
    st.builds(Remembered, st.dates()),
    st.just(PlanOffered()),
    st.builds(PartTold, NUMBERS, NUMBERS, st.sampled_from(OfPart)),
    st.builds(ReturnTold, NUMBERS),
    st.builds(NewLink, NUMBERS),
    st.builds(Forwarded, NUMBERS),
    st.builds(Holding, NUMBERS, st.booleans()),
    st.just(Receipt()),
    st.just(Closing()),
)


@pytest.mark.parametrize(("step", "key"), STORED, ids=lambda value: value if isinstance(value, str) else "")
def test_a_key_reads_as_those_that_are_stored_already(step, key):
    assert step.key == key
    assert read(key) == step


@given(ANY_STEP)
def test_every_key_is_read_as_the_step_that_it_was_made_of(step):
    assert read(step.key) == step


@given(ANY_STEP)
def test_no_key_reads_as_a_step_of_two_forms(step):
    assert [kind for kind, form in FORMS.items() if form.reads.fullmatch(step.key)] == [type(step)]


@pytest.mark.parametrize(
    "key", ["", "charge-", "charge-on-", "message", "message-one", "close-1", "due-1-7", "offer-2"]
)
def test_what_is_of_no_known_form_is_no_step(key):
    assert read(key) is None


def test_every_step_has_a_form_and_every_kind_a_step():
    assert set(FORMS) == set(get_args(Step))
    assert {form.do for form in FORMS.values()} == set(Do)
    assert {type(step) for step, _ in STORED} == set(FORMS)


def test_every_kind_has_its_place_and_reaches_somebody_or_nobody():
    assert set(KINDS) == set(Do)
    assert len({kind.order for kind in KINDS.values()}) == len(KINDS)
    assert {*CHARGES, *MESSAGES} == {do for do in Do if KINDS[do].reaches != Reaches.NOBODY}


def test_what_is_charged_comes_before_what_is_written_and_the_end_comes_last():
    assert max(KINDS[do].order for do in CHARGES) < min(KINDS[do].order for do in MESSAGES)
    assert max(KINDS, key=lambda do: KINDS[do].order) == Do.CLOSE

"""What a Date tells of our clock, and that no Date however odd disturbs the answer it came with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rooms.gateways.bodies import INVOICE
from tests.rooms.gateways.strange import hangs_up, refuses, says
from tideover.gateways import skew
from tideover.gateways.answers import Unreachable
from tideover.gateways.stripe import Stripe

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ODD = [
    "", " ", "yesterday", "0", "Fri, 99 Nov 2026 12:00:00 GMT", "Fri, 20 Nov 2026 25:00:00 GMT", "Fri, 20 Nov 0000 12:00:00 GMT",
    "Fri, 31 Dec 9999 23:59:59 GMT", "Fri, 31 Dec 9999 23:59:59 -2359", "Mon, 01 Jan 0001 00:00:00 +2359",
    "Fri, 20 Nov 2026 12:00:00 +9999", "Fri, 20 Nov 99999999999999999999 12:00:00 GMT", "Fri, 20 Nov 2026 12:00:99999999999 GMT",
    "20 Nov 2026", "Fri, 20 Nov 2026 12:00:00 GMT, Fri, 20 Nov 2026 12:00:00 GMT", "9" * 5_000, "\xff",
]  # fmt: skip


@pytest.mark.parametrize("date", ODD)
def test_an_odd_date_is_a_difference_or_nothing(date):
    found = skew.ahead(date, NOW, NOW)
    assert found is None or isinstance(found, timedelta)


@settings(max_examples=500)
@given(
    st.text(max_size=60)
    | st.from_regex(r"\A(Fri, )?\d{1,25} (Nov|Feb) \d{1,25} \d{1,25}:\d\d(:\d\d)? ([+-]\d{4,9}|GMT)\Z")
)
def test_whatever_stands_where_a_date_should_be_raises_nothing(date):
    found = skew.ahead(date, NOW, NOW + timedelta(seconds=20))
    assert found is None or isinstance(found, timedelta)


@pytest.mark.parametrize(
    ("date", "found"),
    [
        ("Fri, 20 Nov 2026 12:00:00 GMT", 0), ("Fri, 20 Nov 2026 11:59:59 GMT", 0), ("Fri, 20 Nov 2026 11:59:58 GMT", 1),
        ("Fri, 20 Nov 2026 11:00:00 GMT", 3_599), ("Fri, 20 Nov 2026 12:00:20 GMT", 0), ("Fri, 20 Nov 2026 12:00:21 GMT", -1),
        ("Fri, 20 Nov 2026 13:00:00 +0100", 0), ("Fri, 20 Nov 2026 12:00:00", 0), ("Fri, 20 Nov 2026 12:00:00 -0000", 0),
    ],
)  # fmt: skip
def test_what_the_way_there_and_back_may_explain_is_no_difference(date, found):
    """Asked at twelve, answered twenty seconds later."""
    assert skew.ahead(date, NOW, NOW + timedelta(seconds=20)) == timedelta(seconds=found)


@pytest.fixture
def heard(strange):
    """What is kept of the skew after an answer."""

    def ask(*answers):
        strange.says(*answers)
        return Stripe("rk_test_x", api_base=strange.url).invoice_status("in_1")

    skew.take()
    return ask


@pytest.mark.parametrize("date", ODD[1:])
def test_an_answer_with_an_odd_date_is_an_answer(heard, date):
    assert heard(says(200, INVOICE, Date=date)) == "open"


def test_a_clock_is_compared_with_whatever_was_answered_and_told_once(heard):
    assert heard(refuses(404, code="resource_missing")) == "deleted"
    assert skew.take() is None, "there was no Date"
    heard(says(200, INVOICE, Date="Sat, 01 Jan 2000 00:00:00 GMT"))
    assert skew.take() > timedelta(days=9_000)
    assert skew.take() is None


def test_silence_and_an_answer_without_a_date_leave_what_was_heard_before(heard):
    heard(says(200, INVOICE, Date="Sat, 01 Jan 2000 00:00:00 GMT"))
    heard(says(200, INVOICE))
    with pytest.raises(Unreachable):
        heard(hangs_up)
    assert skew.take() is not None

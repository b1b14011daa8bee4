"""When somebody who has left is asked back, and why nobody is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from tideover.core.ahead.kinds import KINDS, NOTICES, WINBACKS, Ahead
from tideover.core.ahead.predunning import Unneeded
from tideover.core.ahead.winback import LATE, Left, Over, day_of_letter, is_late, why_unneeded
from tideover.core.catalogue import TEMPLATES

AT = datetime(2026, 10, 20, 18, 30, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
LEFT = Over("canceled", AT, Left.ASKED, back=False)


def test_there_are_four_letters_and_they_are_apart_from_what_lies_ahead_of_a_payment():
    assert [KINDS[kind].after for kind in WINBACKS] == [1, 7, 14, 30]
    assert not set(WINBACKS) & set(NOTICES)
    assert {kind for kind in Ahead if TEMPLATES[KINDS[kind].template].wins_back} == set(WINBACKS)


def test_who_canceled_is_asked_back():
    assert why_unneeded(LEFT, AT, unpaid=False) is None


@pytest.mark.parametrize(
    ("over", "why"),
    [
        (replace(LEFT, back=True), Unneeded.SUBSCRIBES),
        (replace(LEFT, status="active"), Unneeded.GOES_ON),
        (replace(LEFT, ended_at=None), Unneeded.GOES_ON),
        (replace(LEFT, ended_at=AT + timedelta(days=1)), Unneeded.MOVED),
        (replace(LEFT, why=Left.UNPAID), Unneeded.UNPAID),
        (replace(LEFT, why=Left.DISPUTED), Unneeded.NOT_CANCELED),
        (replace(LEFT, why=""), Unneeded.NOT_CANCELED),
    ],
)
def test_who_is_not_asked_back(over, why):
    assert why_unneeded(over, AT, unpaid=False) == why


def test_who_did_not_pay_is_asked_back_where_the_merchant_has_chosen_so_and_who_disputed_never_is():
    assert why_unneeded(replace(LEFT, why=Left.UNPAID), AT, unpaid=True) is None
    assert why_unneeded(replace(LEFT, why=Left.DISPUTED), AT, unpaid=True) == Unneeded.NOT_CANCELED


def test_days_are_dates_where_they_live_also_when_the_clocks_change_between():
    assert day_of_letter(Ahead.WINBACK_7, AT, BERLIN) == datetime(2026, 10, 27, 19, 30, tzinfo=UTC)


def test_a_letter_that_is_late_by_more_than_three_days_is_not_written():
    day = day_of_letter(Ahead.WINBACK_1, AT, BERLIN)
    assert not is_late(Ahead.WINBACK_1, AT, day + timedelta(days=2), BERLIN)
    assert is_late(Ahead.WINBACK_1, AT, day + timedelta(days=4), BERLIN)


def test_no_letter_can_come_so_late_that_the_next_is_there():
    assert all(later - earlier > LATE for earlier, later in pairwise(KINDS[kind].after for kind in WINBACKS))

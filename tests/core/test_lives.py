"""A failed payment lived through beside what others really did: in its order, with what is known, and no further."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tideover.core.case import State
from tideover.core.charging import WINDOW
from tideover.core.choices import Rules
from tideover.core.declines import Decline, Family
from tideover.core.editing.lives import IS_OURS, Kind, Life, Story, heard, in_order, live_together
from tideover.core.editing.rehearsal import failed_now, rehearse
from tideover.core.limits import GAP, MOST_RETRIES, OURS, STRIPE_TRIES
from tideover.core.money import Money
from tideover.core.networks import Attempt, By
from tideover.core.outcomes import Tried
from tideover.core.presentment import SCHEMES
from tideover.core.rules import PRESETS
from tideover.core.situation import Situation

NOW = datetime(2026, 11, 3, 10, tzinfo=UTC)  # a Tuesday
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
UTC_ZONE = ZoneInfo("UTC")
RULES = PRESETS["revguard"]  # charges after 3 hours and on days 1, 3 and 7, and writes
AMOUNT = Money(9900, "usd")
NOTHING = Story()


def tried(at, by=By.STRIPE, outcome=Tried.DECLINED, code="insufficient_funds", **values):
    decline = None if outcome in {Tried.PAID, Tried.PROCESSING} else Decline(code, brand=values.get("brand", "visa"))
    return Attempt(at, by, AMOUNT, outcome, decline, **{"fingerprint": "fp_1", "brand": "visa", **values})


def a_life(story: Story = NOTHING, rules: Rules = RULES, number: str = "1", at: datetime = NOW, **first) -> Life:
    case = Situation(at, AMOUNT, State.FAILING, UTC_ZONE)
    return Life(heard(case, tried(at, **first)), rules, story, number)


def lived(life: Life, until: datetime | None = None) -> Life:
    live_together([life], until)
    return life


def days(life, kind):
    return [mark.day for mark in life.marks if mark.kind == kind]


def test_with_no_story_it_is_the_rehearsal_itself():
    situation = failed_now(Family.NO_FUNDS, UTC_ZONE, NOW)
    life = lived(Life(situation, RULES, Story()))
    assert in_order(life.marks) == rehearse(situation, RULES, ())


def test_after_what_really_paid_it_nothing_more_is_done():
    life = lived(a_life(Story(ends_at=NOW + 2 * DAY)))
    assert days(life, Kind.CHARGE) == [0, 1]
    assert max(mark.at for mark in life.marks) < NOW + 2 * DAY
    assert days(life, Kind.CLOSE) == []


def test_the_try_that_ended_it_is_told_and_nothing_of_ours_comes_with_it():
    end = NOW + DAY  # a charge of ours would be due
    paid = tried(end, By.CUSTOMER, Tried.PAID, fingerprint="fp_2")
    later = tried(end + HOUR, By.CUSTOMER)
    marks = lived(a_life(Story((paid, later), ends_at=end))).marks
    assert [(mark.kind, mark.tried) for mark in marks if mark.at >= end] == [(Kind.CUSTOMER, paid)]
    assert days(lived(a_life(Story(ends_at=end))), Kind.CHARGE) == [0]


def test_it_is_not_lived_beyond_the_present():
    life = lived(a_life(), until=NOW + 4 * DAY)
    assert days(life, Kind.CHARGE) == [0, 1, 3]
    assert all(mark.at < NOW + 4 * DAY for mark in life.marks)


def test_stripes_own_try_is_kept_away_from_and_counted():
    near = Story((tried(NOW + 26 * HOUR),))
    life = lived(a_life(near))
    assert days(life, Kind.STRIPE) == [1]
    assert next(mark.rule for mark in life.marks if mark.kind == Kind.PASSED) == STRIPE_TRIES
    assert 1 not in days(life, Kind.CHARGE)
    numbers = [mark.number for mark in in_order(life.marks) if mark.number]
    assert numbers == list(range(1, len(numbers) + 1))


def test_what_a_charge_of_ours_came_to_is_known_where_it_was_made():
    real = tried(NOW + 3 * HOUR + timedelta(minutes=5), By.US, code="expired_card")
    life = lived(a_life(Story(ours=(real,))))
    [first] = [mark for mark in life.marks if mark.kind == Kind.CHARGE]  # an expired card is charged no more
    assert (first.at, first.tried) == (real.at, real)
    assert life.situation.family == Family.EXPIRED


def test_one_of_ours_at_another_time_tells_nothing_of_it():
    late = tried(NOW + 3 * HOUR + IS_OURS, By.US, code="expired_card")
    life = lived(a_life(Story(ours=(late,))))
    assert [mark.tried for mark in life.marks if mark.kind == Kind.CHARGE] == [None] * 4


def test_a_never_code_ends_all_charging_and_says_so():
    life = lived(a_life(Story((tried(NOW + HOUR, code="stolen_card"),))))
    assert days(life, Kind.CHARGE) == []
    assert life.situation.family == Family.CARD_DEAD


def test_a_try_on_the_card_elsewhere_counts_and_is_no_mark():
    elsewhere = tuple(tried(NOW - n * HOUR, elsewhere=True) for n in range(1, 16))
    case = a_life().situation
    for each in elsewhere:
        case = heard(case, each)
    life = lived(Life(case, RULES, Story((tried(NOW + HOUR, elsewhere=True),))))
    assert days(life, Kind.STRIPE) == []
    assert days(life, Kind.CHARGE) == []
    assert {mark.rule for mark in life.marks if mark.kind == Kind.PASSED} <= {"visa.month", WINDOW}


def test_a_debit_is_under_way_until_its_bank_has_answered():
    scheme = SCHEMES["us_bank_account"]
    case = heard(Situation(NOW, AMOUNT, State.FAILING, UTC_ZONE), tried(NOW, brand="us_bank_account"))
    life = lived(Life(case, RULES, Story()))
    charges = [mark.at for mark in life.marks if mark.kind == Kind.CHARGE]
    assert len(charges) == scheme.again
    assert charges[1] - charges[0] >= scheme.answers
    for mark in life.marks:
        if mark.kind == Kind.MESSAGE:
            assert not any(at < mark.at < at + scheme.answers for at in charges)


def test_a_debit_of_somebody_elses_is_heard_of_twice():
    debit = tried(NOW + DAY, brand="us_bank_account", returned_at=NOW + 4 * DAY)
    life = a_life(Story((debit,)), PRESETS["windback"], brand="us_bank_account")
    live_together([life], NOW + 2 * DAY)
    assert life.situation.processing
    live_together([life], NOW + 5 * DAY)
    assert not life.situation.processing
    assert [mark.at for mark in life.marks if mark.kind == Kind.STRIPE] == [NOW + 4 * DAY]
    assert [each.outcome for each in life.situation.attempts] == [Tried.DECLINED, Tried.DECLINED]


def test_several_invoices_of_one_customer_are_one_conversation():
    first, second = a_life(number="1"), a_life(number="2", at=NOW + HOUR)
    live_together([first, second])
    together = [mark.at for life in (first, second) for mark in life.marks if mark.kind == Kind.MESSAGE]
    assert all(later - earlier >= DAY for earlier, later in zip(sorted(together), sorted(together)[1:], strict=False))
    assert days(second, Kind.JOINED)
    assert len(together) < 2 * len(days(lived(a_life()), Kind.MESSAGE))


def test_in_two_currencies_each_is_a_conversation_of_its_own():
    first, second = a_life(number="1"), a_life(number="2")
    second.situation = replace(second.situation, amount=Money(9900, "eur"))
    live_together([first, second])
    assert days(second, Kind.JOINED) == []


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("family", list(Family))
def test_whatever_stands_in_the_way_has_a_rule(preset, family):
    marks = rehearse(failed_now(family, UTC_ZONE, NOW), PRESETS[preset], (1, 3, 5, 7, 9, 11, 13, 14))
    assert all(mark.rule for mark in marks if mark.kind in {Kind.PASSED, Kind.CHARGE, Kind.MESSAGE, Kind.CLOSE})
    assert set(OURS) == {STRIPE_TRIES, GAP, MOST_RETRIES}

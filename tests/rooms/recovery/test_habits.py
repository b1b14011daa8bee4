"""On which days Stripe tries again: as the account's own failures tell, else by its default."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories as make
from tests.factories import NOW
from tideover.core.relay import DEFAULT_DAYS
from tideover.core.rules import PRESETS
from tideover.recovery.rulesets import adopt
from tideover.recovery.telling.habits import stripes_habit

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def connection():
    return make.make_connection(make.make_project(make.make_organization()))


def failures(connection, days, count=6, preset="relay", age=40):
    adopt(connection.project, preset, PRESETS[preset], NOW)
    for _ in range(count):
        case = make.make_case(connection, opened_at=NOW - age * DAY, state="abandoned")
        for day in (0, *days):
            make.make_attempt(case, at=case.opened_at + day * DAY, by="stripe")


def test_a_new_account_is_expected_to_keep_stripes_default(connection):
    assert (stripes_habit(connection.project, NOW).days, stripes_habit(connection.project, NOW).failures) == (
        DEFAULT_DAYS,
        0,
    )
    failures(connection, (2, 5), count=4)
    assert stripes_habit(connection.project, NOW).days == DEFAULT_DAYS


def test_the_latest_failures_that_lasted_tell_on_which_days_it_tries(connection):
    failures(connection, (2, 5, 9))
    habit = stripes_habit(connection.project, NOW)
    assert (habit.days, habit.failures) == ((2, 5, 9), 6)


def test_what_is_young_or_was_taken_over_tells_nothing(connection):
    failures(connection, (2,), age=10)
    failures(connection, (3,), preset="tuned")
    assert stripes_habit(connection.project, NOW).days == DEFAULT_DAYS


def test_another_merchants_failures_tell_nothing(connection):
    failures(make.make_connection(make.make_project(make.make_organization())), (2, 5, 9))
    assert stripes_habit(connection.project, NOW).days == DEFAULT_DAYS

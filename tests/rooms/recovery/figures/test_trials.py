"""What the halves of a trial brought: customers, not messages; once their days are over; whose money came and stayed."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

import pytest

from tests import factories as make
from tests.factories import DAY, NOW
from tideover.core.money import Money
from tideover.core.shares.verdicts import Half, Says
from tideover.recovery.figures.trials import results

pytestmark = pytest.mark.django_db
LATER = NOW + 30 * DAY
_numbers = count(1)


@pytest.fixture
def trial():
    return make.make_trial(make.make_project())


def written(trial, half="A", at=NOW, paid_after=None, **values):
    """A customer of the trial who was written to, and paid so long after it."""
    state = {"state": "recovered", "ended_at": at + paid_after, "amount_recovered": 9900} if paid_after else {}
    connection = make.make_connection(trial.project)
    case = make.make_case(connection, **{"customer_id": f"cus_Rb4tKq7ZpLw{next(_numbers):03d}", **state, **values})
    make.make_message(case, trial=trial, half=half, at=at)
    return case


def brought(trial, half="A", now=LATER):
    [found] = results(trial.project, [trial], now)
    half = found.halves[Half(half)]
    return half.written, half.counted, half.paid


def test_whoever_pays_within_the_days_counts_and_nobody_later(trial):
    written(trial, paid_after=timedelta(days=7))
    written(trial, paid_after=timedelta(days=7, seconds=1))
    written(trial)
    written(trial, "B", paid_after=timedelta(hours=1))
    assert (brought(trial), brought(trial, "B")) == ((3, 3, 1), (1, 1, 1))


def test_who_has_paid_waits_for_the_end_of_their_days_as_the_others_do(trial):
    written(trial, paid_after=timedelta(hours=1))
    written(trial)
    [found] = results(trial.project, [trial], NOW + 6 * DAY)
    assert (brought(trial, now=NOW + 6 * DAY), found.waiting) == ((2, 0, 0), 2)
    assert brought(trial, now=NOW + 7 * DAY) == (2, 2, 1)


def test_a_customer_counts_once_by_the_case_that_was_written_about_first(trial):
    case = written(trial, paid_after=timedelta(days=1), customer_id="cus_Rb4tKq7ZpLwone")
    make.make_message(case, trial=trial, half="A", at=NOW + 3 * DAY)
    written(trial, at=NOW + 2 * DAY, customer_id="cus_Rb4tKq7ZpLwone")
    assert brought(trial) == (1, 1, 1)


def test_a_case_that_began_first_and_was_written_about_later_is_not_the_one(trial):
    written(trial, at=NOW + 2 * DAY, customer_id="cus_Rb4tKq7ZpLwone")
    written(trial, paid_after=timedelta(days=1), customer_id="cus_Rb4tKq7ZpLwone")
    assert brought(trial) == (1, 1, 1)


def test_what_did_not_leave_and_what_went_back_count_for_nothing(trial):
    kept = written(trial)
    written(trial, paid_after=timedelta(days=1), amount_recovered=0)
    for state in ("skipped", "previewed", "failed", "claimed"):
        case = make.make_case(kept.connection, customer_id=f"cus_Rb4tKq7ZpLw{state}")
        make.make_message(case, trial=trial, half="A", at=NOW, state=state)
    assert brought(trial) == (2, 2, 0)


def test_what_was_paid_before_the_message_left_is_not_paid_after_it(trial):
    written(trial, paid_after=timedelta(hours=-1))
    assert brought(trial) == (1, 1, 0)


def test_a_part_that_came_of_a_case_that_was_given_up_is_no_payment(trial):
    written(trial, paid_after=timedelta(days=1), state="abandoned", amount_recovered=100)
    assert brought(trial) == (1, 1, 0)


def test_what_may_have_left_counts_as_written(trial):
    for state in ("unknown", "data_started"):
        case = make.make_case(make.make_connection(trial.project), customer_id=f"cus_Rb4tKq7ZpLw{state}")
        make.make_message(case, trial=trial, half="A", at=NOW, state=state)
    assert brought(trial) == (2, 2, 0)


def test_where_nobody_knows_the_customer_each_case_is_one_of_their_own(trial):
    for _ in range(2):
        written(trial, customer_id="")
    assert brought(trial) == (2, 2, 0)


def test_money_is_told_by_currency_and_two_are_never_added(trial):
    written(trial, paid_after=timedelta(days=1))
    written(trial, paid_after=timedelta(days=1), amount_recovered=100)
    written(trial, paid_after=timedelta(days=2), currency="eur")
    [found] = results(trial.project, [trial], LATER)
    assert found.halves[Half.A].money == [Money(10000, "usd"), Money(9900, "eur")]


def test_a_trial_is_told_apart_from_another_and_from_another_merchants(trial):
    other = make.make_trial(trial.project, language="de")
    strange = make.make_trial(make.make_project())
    written(trial)
    written(other, "B")
    told = results(trial.project, [trial, other, strange], LATER)
    assert [[half.written for half in each.halves.values()] for each in told] == [[1, 0], [0, 1], [0, 0]]
    written(strange)
    assert brought(trial)[0] == 1
    [unseen] = results(trial.project, [strange], LATER)
    assert unseen.waiting == 0


def test_the_verdict_is_of_these_counts(trial):
    for _ in range(12):
        written(trial, "A")
        written(trial, "B", paid_after=timedelta(days=1))
    [found] = results(trial.project, [trial], LATER)
    assert found.verdict().says == Says.B_IS_BETTER


def test_however_many_trials_there_are_two_questions_tell(trial, django_assert_num_queries):
    trials = [trial, make.make_trial(trial.project, language="de")]
    for each in trials:
        written(each)
    with django_assert_num_queries(2):
        results(trial.project, trials, LATER)

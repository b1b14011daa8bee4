"""Recurring revenue, tries and what went back: what counts, once each, and never another currency's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories as make
from tests.factories import DAY, NOW
from tideover.analytics import queries, revenue
from tideover.analytics.period import last_days
from tideover.analytics.scope import Scope
from tideover.core.money import Money
from tideover.core.networks import By
from tideover.recovery.places import zone

pytestmark = pytest.mark.django_db
PERIOD = last_days(30, NOW.date(), zone("UTC"))


@pytest.fixture
def connection():
    return make.make_connection()


@pytest.fixture
def scope(connection):
    return Scope(connection.organization_id, connection.project_id, "usd")


def test_a_subscription_is_at_risk_once_however_many_of_its_invoices_are_open(connection, scope):
    for month in (9900, 12900):
        make.make_case(connection, subscription_id="sub_1", monthly=month)
    make.make_case(connection, monthly=1000)
    make.make_case(connection, monthly=700, state="abandoned")
    make.make_case(connection, monthly=700, currency="eur")
    make.make_case(connection, subscription_id="")
    make.make_case(connection)
    assert revenue.at_risk(scope) == revenue.Recurring(Money(13900, "usd"), cases=2, unread=1)


def test_a_month_is_recovered_on_the_day_its_case_ended_and_not_where_all_of_it_went_back(connection, scope):
    make.make_case(connection, state="recovered", monthly=9900, opened_at=NOW - 40 * DAY)
    make.make_case(connection, state="recovered", monthly=500, amount_recovered=0, amount_returned=9900)
    make.make_case(connection, state="recovered", monthly=500, opened_at=NOW - 50 * DAY, ended_at=NOW - 40 * DAY)
    make.make_case(connection, state="recovered")
    assert revenue.recovered(revenue.by_sort(scope, PERIOD)) == revenue.Recurring(Money(9900, "usd"), cases=1, unread=1)


def test_a_retry_is_every_charge_of_ours_and_of_stripe_all_but_the_first(connection, scope):
    case = make.make_case(connection)
    for by, outcome in (("us", "paid"), ("us", "declined"), ("us", "authentication"), ("us", "processing")):
        make.make_attempt(case, by=by, outcome=outcome, at=NOW)
    make.make_attempt(case, by="stripe", at=case.opened_at)
    make.make_attempt(case, by="stripe", at=case.opened_at + timedelta(hours=3))
    make.make_attempt(case, by="us", outcome="paid", at=NOW - 40 * DAY)
    make.make_attempt(case, by="us", outcome="paid", at=NOW, currency="eur")
    found = revenue.tries(scope, PERIOD)
    assert found == {By.US: revenue.Tries(1, 2), By.STRIPE: revenue.Tries(0, 1)}
    assert (found[By.US].rate, found[By.STRIPE].rate) == (3333, 0)
    assert revenue.tries(Scope(scope.organization_id, scope.project_id, "jpy"), PERIOD)[By.US].rate is None


def test_what_nobody_tried_to_recover_is_in_neither_part_of_the_attempted_rate(connection, scope):
    charged = make.make_case(connection, state="recovered", amount_due=3000)
    make.make_attempt(charged, by="us", outcome="paid")
    written = make.make_case(connection, state="abandoned", amount_due=1000)
    make.make_message(written)
    make.make_attempt(make.make_case(connection, state="canceled"), by="us")
    make.make_attempt(make.make_case(connection, state="recovered"), by="stripe", outcome="paid")
    make.make_message(make.make_case(connection, state="abandoned"), state="skipped", sent_at=None)
    make.make_attempt(make.make_case(connection), by="us")
    assert revenue.attempted(scope, PERIOD) == revenue.Attempted(by_amount=7500, by_count=5000, cases=2)


def test_what_was_refunded_and_what_disputes_took_stand_apart_from_what_stayed(connection, scope):
    make.make_case(connection, state="recovered", amount_recovered=5000, amount_returned=4900, amount_disputed=900)
    make.make_case(connection, state="recovered", amount_due=100)
    found = revenue.proceeds(revenue.by_sort(scope, PERIOD))
    assert [each.minor for each in (found.came, found.refunded, found.disputed, found.kept)] == [10000, 4000, 900, 5100]


def test_single_invoices_and_the_first_after_a_trial_are_told_apart(connection, scope):
    make.make_case(connection, amount_due=100)
    make.make_case(connection, amount_due=20, subscription_id="")
    make.make_case(connection, amount_due=4, billing_reason="manual", after_trial=True)
    make.make_case(connection, amount_due=3, after_trial=True, state="recovered", amount_recovered=2, amount_returned=1)
    every, single, trial = revenue.kinds(revenue.by_sort(scope, PERIOD))
    assert [each.failed.minor for each in (every, single, trial)] == [127, 24, 3]
    assert [each.came.minor for each in (every, single, trial)] == [3, 0, 3]


def test_overdue_invoices_are_told_apart_and_in_no_other_figure(connection, scope):
    sent = {"family": "overdue", "first_family": "overdue", "monthly": 9900}
    make.make_case(connection, amount_due=5000, **sent)
    make.make_case(connection, state="recovered", via="customer", opened_at=NOW - 40 * DAY, **sent)
    make.make_case(connection, state="abandoned", **sent)
    read = revenue.by_sort(scope, PERIOD)
    usd = [Money(minor, "usd") for minor in (14900, 9900, 0)]
    assert revenue.chased(read) == revenue.Chased(usd[0], 2, usd[1], 1)
    assert revenue.recovered(read).amount == revenue.at_risk(scope).amount == revenue.proceeds(read).kept == usd[2]
    assert {kind.failed for kind in revenue.kinds(read)} == {usd[2]}
    assert revenue.attempted(scope, PERIOD).cases == 0
    totals = queries.totals(scope, PERIOD)
    assert (totals.recovered, totals.failed, totals.median_days) == (usd[2], usd[2], None)
    assert (totals.matured_by_count, totals.all_by_count) == (None, None)
    assert (queries.waiting(scope).cases, list(queries.shares(scope, PERIOD).reasons)) == (0, [])

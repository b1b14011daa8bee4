"""The figures: what counts, what does not, and never another merchant's or another currency's."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from tests import factories as make
from tests.factories import DAY, NOW
from tideover.analytics import queries
from tideover.analytics.activity import Kind, activity, attention
from tideover.analytics.period import Grain, last_days
from tideover.analytics.scope import Scope, counts, currencies
from tideover.analytics.trend import Metric, trend
from tideover.core.money import Money
from tideover.recovery.figures import tallies
from tideover.recovery.intake import save
from tideover.recovery.models import Action
from tideover.recovery.places import zone

pytestmark = pytest.mark.django_db
PERIOD = last_days(30, NOW.date(), zone("UTC"))


@pytest.fixture
def connection():
    return make.make_connection()


@pytest.fixture
def scope(connection):
    return Scope(connection.organization_id, connection.project_id, "usd")


def recovered(connection, **values: object):
    return make.make_case(
        connection, **{"state": "recovered", "opened_at": NOW - 3 * DAY, "ended_at": NOW - DAY, **values}
    )


def test_recovered_is_what_was_paid_in_the_period_whenever_the_case_opened(connection, scope):
    recovered(connection, amount_due=9900)
    recovered(connection, amount_due=5000, opened_at=NOW - 60 * DAY)
    recovered(connection, amount_due=7000, opened_at=NOW - 70 * DAY, ended_at=NOW - 50 * DAY)
    totals = queries.totals(scope, PERIOD)
    assert totals.recovered == Money(14900, "usd")
    assert totals.recovered_cases == 2


def test_what_failed_is_what_opened_in_the_period_in_any_state(connection, scope):
    recovered(connection, amount_due=100)
    make.make_case(connection, amount_due=200)
    make.make_case(connection, amount_due=400, state="canceled", opened_at=NOW - 5 * DAY)
    make.make_case(connection, amount_due=800, opened_at=NOW - 40 * DAY)
    totals = queries.totals(scope, PERIOD)
    assert (totals.failed, totals.failed_cases) == (Money(700, "usd"), 3)


def test_the_matured_rate_ignores_open_and_canceled_cases_and_the_other_rate_counts_the_open_ones(connection, scope):
    recovered(connection, amount_due=300)
    for state, amount in [("abandoned", 50), ("churned", 50), ("canceled", 900), ("failing", 200)]:
        make.make_case(connection, state=state, amount_due=amount, opened_at=NOW - 2 * DAY)
    totals = queries.totals(scope, PERIOD)
    assert (totals.matured_by_amount, totals.matured_by_count) == (7500, 3333)
    assert (totals.all_by_amount, totals.all_by_count) == (5000, 2500)


def test_where_nothing_ended_there_is_no_rate_and_no_median(connection, scope):
    make.make_case(connection)
    totals = queries.totals(scope, PERIOD)
    assert (totals.matured_by_amount, totals.median_days) == (None, None)


def test_the_median_is_of_the_recovered_alone(connection, scope):
    for days in (1, 2, 9):
        recovered(connection, opened_at=NOW - (days + 1) * DAY, ended_at=NOW - DAY)
    make.make_case(connection, state="abandoned", opened_at=NOW - 28 * DAY)
    assert queries.totals(scope, PERIOD).median_days == Decimal("2.0")


def test_two_currencies_are_never_summed(connection, scope):
    recovered(connection, amount_due=100)
    recovered(connection, amount_due=9900, currency="jpy")
    assert queries.totals(scope, PERIOD).recovered == Money(100, "usd")
    yen = Scope(scope.organization_id, scope.project_id, "jpy")
    assert queries.totals(yen, PERIOD).recovered == Money(9900, "jpy")


def test_the_projects_own_currency_comes_first_then_the_busiest(connection):
    for currency in ("eur", "eur", "jpy", "jpy", "jpy", "usd"):
        make.make_case(connection, currency=currency)
    assert currencies(connection.project, counts(connection.project).standing) == ("usd", "jpy", "eur")


def test_what_is_in_recovery_is_a_photo_of_now(connection, scope):
    make.make_case(connection, amount_due=100, opened_at=NOW - 90 * DAY)
    make.make_case(connection, amount_due=50, attention="bounced")
    recovered(connection)
    waiting = queries.waiting(scope)
    assert (waiting.amount, waiting.cases, waiting.attention) == (Money(150, "usd"), 2, 1)
    assert waiting.oldest_at == NOW - 90 * DAY


def test_what_brought_the_money_is_told_by_way_the_largest_first(connection, scope):
    recovered(connection, via="stripe", amount_due=100)
    recovered(connection, via="email", amount_due=300)
    recovered(connection, via="email", amount_due=300)
    assert [(row.via, row.amount.minor, row.cases) for row in queries.shares(scope, PERIOD).sources] == [
        ("email", 600, 2),
        ("stripe", 100, 1),
    ]


def test_a_reason_counts_by_the_first_failure_and_says_what_came_back(connection, scope):
    recovered(connection, first_family="no_funds", family="expired", amount_due=100)
    make.make_case(connection, first_family="no_funds", amount_due=300)
    [reason] = queries.shares(scope, PERIOD).reasons
    assert (reason.family, reason.amount.minor, reason.recovered.minor, reason.cases) == ("no_funds", 400, 100, 2)


def funnel_of(scope):
    tallies.count_waiting()
    return queries.funnel(scope, PERIOD)


def test_each_step_of_the_funnel_counts_only_who_took_the_one_before(connection, scope):
    silent = make.make_case(connection)
    make.make_fact(silent, "card_replaced")  # nobody had written: not the funnel's doing
    written = make.make_case(connection)
    make.make_message(written)
    visited = make.make_case(connection)
    make.make_message(visited)  # its picture was blocked, its link was followed
    make.make_link(visited, first_opened_at=NOW)
    paid = recovered(connection)
    make.make_event(make.make_message(paid), "opened")
    make.make_link(paid, first_opened_at=NOW)
    make.make_fact(paid, "card_replaced")
    funnel = funnel_of(scope)
    assert (funnel.cases, funnel.messaged, funnel.opened, funnel.visited) == (4, 3, 2, 2)
    assert (funnel.card_updated, funnel.paid) == (1, 1)


@pytest.mark.parametrize("by", ["machine", "unknown"])
def test_a_machine_that_opened_a_message_is_nobody_and_is_said_to_be_left_out(connection, scope, by):
    paid = recovered(connection)
    message = make.make_message(paid)
    make.make_event(message, "opened", by=by)
    make.make_event(message, "clicked", by=by)
    funnel = funnel_of(scope)
    assert (funnel.messaged, funnel.opened, funnel.paid, funnel.left_out) == (1, 0, 0, 1)
    assert Kind.OPENED not in {each.kind for each in activity(connection.project)}
    make.make_link(paid, first_opened_at=NOW)
    assert funnel_of(scope).left_out == 0


def test_a_message_that_did_not_leave_is_no_message(connection, scope):
    make.make_message(make.make_case(connection), state="skipped", sent_at=None, data_started_at=None)
    assert funnel_of(scope).messaged == 0


@pytest.mark.parametrize("metric", Metric)
@pytest.mark.parametrize("grain", Grain)
def test_a_trend_has_a_value_for_each_bucket(connection, scope, metric, grain):
    recovered(connection)
    make.make_case(connection)
    buckets = trend(scope, PERIOD, metric, grain)
    assert len(buckets) == len(PERIOD.buckets(grain))
    assert any(bucket.value for bucket in buckets)


def test_the_trend_adds_up_to_the_figure(connection, scope):
    for days in range(20):
        recovered(connection, amount_due=100 + days, opened_at=NOW - 40 * DAY, ended_at=NOW - days * DAY)
    for grain in Grain:
        values = [bucket.value for bucket in trend(scope, PERIOD, Metric.RECOVERED, grain)]
        assert sum(values) == queries.totals(scope, PERIOD).recovered.minor


def test_what_was_in_recovery_at_the_end_of_the_period_is_what_is_in_recovery_now(connection, scope):
    make.make_case(connection, amount_due=100, opened_at=NOW - 50 * DAY)
    make.make_case(connection, amount_due=30)
    recovered(connection, amount_due=7)
    make.make_case(connection, state="canceled", amount_due=11, opened_at=NOW - 45 * DAY, ended_at=NOW - 2 * DAY)
    line = [bucket.value for bucket in trend(scope, PERIOD, Metric.OPEN, Grain.DAY)]
    assert (line[0], line[-1]) == (111, queries.waiting(scope).amount.minor)


def test_a_day_is_the_merchants_day(connection, scope):
    type(connection.project).objects.update(time_zone="America/New_York")
    connection.project.refresh_from_db()
    recovered(connection, ended_at=NOW.replace(hour=3))
    ny = last_days(2, NOW.date(), zone("America/New_York"))
    assert [bucket.value for bucket in trend(scope, ny, Metric.RECOVERED, Grain.DAY)] == [9900, 0]


def test_nothing_of_mallorys_is_in_any_figure(scope):
    theirs = make.make_connection()
    case = recovered(theirs)
    make.make_message(case)
    make.make_case(theirs, attention="bounced")
    assert queries.totals(scope, PERIOD).recovered.minor == 0
    assert queries.waiting(scope).cases == funnel_of(scope).cases == 0
    assert list(queries.shares(scope, PERIOD).sources) == list(queries.shares(scope, PERIOD).reasons) == []


def test_nothing_of_mallorys_is_in_the_activity_or_the_list_of_what_needs_a_person(connection):
    theirs = make.make_connection()
    case = make.make_case(theirs, attention="bounced")
    make.make_attempt(case)
    make.make_event(make.make_message(case))
    make.make_link(case, first_opened_at=NOW)
    make.make_fact(case, "card_replaced")
    recovered(theirs)
    assert list(activity(connection.project)) == list(attention(connection.project)) == []
    assert len(activity(theirs.project)) == 6


def test_another_project_of_the_same_merchant_has_its_own_figures(connection, scope):
    other = make.make_connection(make.make_project(connection.organization))
    recovered(other)
    assert queries.totals(scope, PERIOD).recovered.minor == 0


def test_the_activity_is_newest_first_and_ends(connection):
    case = make.make_case(connection)
    for hours in range(30):
        make.make_attempt(case, at=NOW - timedelta(hours=hours))
    recovered(connection, ended_at=NOW + timedelta(minutes=1))
    happenings = activity(connection.project, limit=20)
    assert len(happenings) == 20
    assert happenings[0].kind == Kind.RECOVERED
    assert [each.at for each in happenings] == sorted((each.at for each in happenings), reverse=True)


def test_a_charge_that_went_through_is_no_failure(connection):
    make.make_attempt(make.make_case(connection), outcome="paid")
    assert list(activity(connection.project)) == []


def test_an_action_that_was_given_up_needs_a_person_while_its_case_is_open(connection):
    make.make_action(make.make_case(connection), state=Action.State.DEAD)
    make.make_action(recovered(connection), state=Action.State.DEAD)
    assert counts(connection.project).attention == 1


def test_what_needs_a_person_comes_largest_first(connection):
    small, large = (make.make_case(connection, attention="bounced", amount_due=amount) for amount in (100, 900))
    assert [case.pk for case in attention(connection.project)] == [large.pk, small.pk]


def test_late_money_counts_when_it_came(connection, scope):
    case = make.make_case(connection, state="abandoned", opened_at=NOW - 60 * DAY, ended_at=NOW - 31 * DAY)
    case.state, case.ended_at, case.amount_recovered, case.via = "recovered", NOW, 9900, "customer"
    save([case])
    assert queries.totals(scope, PERIOD).recovered.minor == 9900


# ── money that went back, and parts ──


def test_what_went_back_is_not_recovered_in_any_figure(connection, scope):
    recovered(
        connection, amount_due=9900, amount_recovered=5900, amount_returned=4000, via="email", first_family="other"
    )
    totals = queries.totals(scope, PERIOD)
    assert (totals.recovered.minor, totals.returned.minor, totals.recovered_cases) == (5900, 4000, 1)
    assert (totals.matured_by_amount, totals.all_by_amount) == (5960, 5960)
    assert [row.amount.minor for row in queries.shares(scope, PERIOD).sources] == [5900]
    assert [row.recovered.minor for row in queries.shares(scope, PERIOD).reasons] == [5900]
    assert sum(bucket.value for bucket in trend(scope, PERIOD, Metric.RECOVERED, Grain.DAY)) == 5900
    assert [bucket.value for bucket in trend(scope, PERIOD, Metric.RATE, Grain.DAY) if bucket.value] == [5960]


def test_a_case_whose_money_all_went_back_is_no_recovered_case(connection, scope):
    recovered(connection, amount_due=9900, amount_recovered=0, amount_returned=9900, via="email")
    totals = queries.totals(scope, PERIOD)
    assert (totals.recovered.minor, totals.recovered_cases, totals.matured_by_count) == (0, 0, 0)
    assert (totals.median_days, list(queries.shares(scope, PERIOD).sources)) == (None, [])
    assert funnel_of(scope).paid == 0


def test_a_part_that_came_is_recovered_also_where_the_rest_never_did(connection, scope):
    make.make_case(connection, state="abandoned", amount_due=9900, amount_recovered=6000, via="customer", ended_at=NOW)
    totals = queries.totals(scope, PERIOD)
    assert (totals.recovered.minor, totals.matured_by_amount, totals.matured_by_count) == (6000, 6061, 0)
    assert [(row.via, row.amount.minor) for row in queries.shares(scope, PERIOD).sources] == [("customer", 6000)]


def test_in_recovery_is_what_is_open_and_the_line_over_time_ends_there(connection, scope):
    make.make_case(connection, amount_due=9900, amount_open=3900)
    make.make_case(connection, amount_due=500)
    assert queries.waiting(scope).amount.minor == 4400
    assert trend(scope, PERIOD, Metric.OPEN, Grain.DAY)[-1].value == 4400
    assert queries.totals(scope, PERIOD).failed.minor == 10400


def test_the_activity_tells_once_of_each_case_whose_money_went_back(connection):
    case = recovered(connection, amount_recovered=0, amount_returned=9900)
    for hours, kind in enumerate(["refunded", "disputed"]):
        make.make_fact(case, kind, at=NOW + timedelta(hours=hours), learnt_at=NOW + timedelta(hours=hours))
    told = [each for each in activity(connection.project) if each.kind == Kind.RETURNED]
    assert [(each.case.pk, each.detail) for each in told] == [(case.pk, "disputed")]

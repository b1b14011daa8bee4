"""What would have been, as a page: counted on the first page, told payment by payment on each, and a file of it."""

from __future__ import annotations

import csv
import io
import re

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from tests import factories as make
from tests.factories import DAY, NOW
from tests.people import owner
from tests.rooms.recovery.telling.test_backtest import OPENED, an_odd_one, failed, mirrored, rules, tried
from tideover import clock
from tideover.dashboard.onboarding import past
from tideover.ids import public
from tideover.mirror.models import Payment

pytestmark = pytest.mark.django_db
PAGE, FILE = "/go-live/back-test/", "/go-live/back-test.csv"


@pytest.fixture
def connection(alice):
    connection = make.make_connection(alice.project, livemode=True)
    rules(connection, "revguard")
    mirrored(connection)
    clock.travel_to(NOW)
    yield connection
    clock.travel_to(None)


def shown(alice, address=PAGE):
    return alice.browser().get(address).content.decode()


def test_each_payment_is_told_with_its_steps_and_all_are_counted(alice, connection):
    who, invoice = failed(connection)
    failed(connection, code="stolen_card")
    tried(who, invoice, at=OPENED + 2 * DAY)
    page = shown(alice)
    assert "2 payments: 2 open" in page
    assert re.search(r"<dt>Our charges</dt><dd>\d+<span class=\"sub\">what they would have come to, nobody knows", page)
    assert who.name in page
    assert "not known: taken as failed" in page
    assert "Nothing is charged by itself" in page
    assert "card.never" in page
    assert "revguard.no_funds." in page
    assert "as they were made then" not in page


def test_the_days_are_weeks_from_monday_and_count_what_falls_on_them(alice, connection):
    failed(connection)
    context = alice.browser().get(PAGE).context
    days = [day for week in context["weeks"] for day in week]
    assert days[0][0].weekday() == 0
    assert days[-1][0] == NOW.date()
    assert dict(days)[OPENED.date()].failed == 1
    assert sum(day.charges for _, day in days) == context["totals"].charges == 4


def test_a_page_begins_where_another_ended_and_only_the_first_counts(alice, connection, monkeypatch):
    monkeypatch.setattr(past, "PER_PAGE", 2)
    made = [failed(connection, at=OPENED + number * DAY)[1] for number in range(5)]
    browser, seen, address = alice.browser(), [], PAGE
    while address:
        answer = browser.get(address)
        seen += [line.row.invoice for line in answer.context["lines"]]
        assert ("totals" in answer.context) == (address == PAGE)
        after = answer.context["next"]
        address = f"{PAGE}?after={after}" if after else ""
    assert seen == made[::-1]


def test_first_payments_that_never_made_a_subscription_hide_no_failure_behind_them(alice, connection, monkeypatch):
    monkeypatch.setattr(past, "PER_PAGE", 2)
    monkeypatch.setattr(past, "MOST", 2)
    _, older = failed(connection)
    for number in range(3):
        who = make.make_customer(connection)
        never = make.make_subscription(who, status="incomplete_expired")
        about = {"reason": "subscription_create", "subscription_id": never.stripe_id}
        failed(connection, customer=who, at=OPENED + (number + 1) * DAY, **about)
    context = alice.browser().get(PAGE).context
    assert [line.row.invoice for line in context["lines"]] == [older]
    assert (context["next"], context["totals"].failures, context["most"]) == ("", 1, None)


def test_a_page_lives_through_so_many_and_says_so(alice, connection, monkeypatch):
    monkeypatch.setattr(past, "MOST", 2)
    for number in range(3):
        failed(connection, at=OPENED + number * DAY)
    answer = alice.browser().get(PAGE)
    assert answer.context["totals"].failures == 2
    assert "the latest 2 payments" in answer.content.decode()


def test_many_cost_as_many_queries_as_few_and_a_dozen_at_most(alice, connection):
    def asked(address):
        browser = alice.browser()
        with CaptureQueriesContext(database) as queries:
            browser.get(address)
        return len([each for each in queries if not each["sql"].startswith(("SAVEPOINT", "RELEASE"))])

    failed(connection)
    few = asked(PAGE)
    for number in range(30):
        failed(connection, at=OPENED + number * DAY)
    after = alice.browser().get(PAGE).context["next"]
    assert asked(PAGE) == few <= 12
    assert asked(f"{PAGE}?after={after}") <= 12


def test_an_account_that_is_not_read_is_said_to_be_so(alice, connection):
    other = make.make_connection(connection.project, account_name="Alpine Two")
    mirrored(other, stage="payments", imported_at=None, walked_at=None)
    failed(connection)
    assert "The history of Alpine Two is being read, 50 % of it" in shown(alice)


def test_where_nothing_was_read_it_says_what_comes_and_where_nothing_failed_that(alice):
    assert "a worker begins within a minute" in shown(alice)
    connection = make.make_connection(alice.project)
    assert "No history is read to its end" in shown(alice)
    mirrored(connection)
    assert "No payment failed in these days" in shown(alice)


def test_an_odd_one_is_said_to_be_left_out_and_not_to_be_none(alice, connection):
    an_odd_one(connection)
    page = shown(alice)
    assert "1 payment could not be lived through and is left out" in page
    assert "No other payment failed" in page
    failed(connection)
    page = shown(alice)
    assert "1 payment could not be lived through and is left out" in page
    assert "1 payment: 1 open" in page


def test_the_file_is_a_line_for_each_step(alice, connection, monkeypatch):
    failed(connection)
    failed(connection, at=OPENED + DAY)
    body = b"".join(alice.browser().get(FILE)).decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(body)))
    assert lines[0][0] == "invoice"
    assert sum(line[11] == "would charge" for line in lines) == 8
    monkeypatch.setattr(past, "MOST_IN_FILE", 1)
    body = b"".join(alice.browser().get(FILE)).decode("utf-8-sig")
    assert sum(line[11] == "would charge" for line in csv.reader(io.StringIO(body))) == 4


def test_nothing_of_another_merchants_is_there(alice, connection):
    _, theirs = failed(connection)
    bob = owner("Bob", "Bobs")
    mirrored(make.make_connection(bob.project))
    assert theirs.number not in shown(bob)
    after = public("payment", Payment.objects.get().pk)
    assert theirs.number not in shown(bob, f"{PAGE}?after={after}")
    assert theirs.stripe_id not in b"".join(bob.browser().get(FILE)).decode()

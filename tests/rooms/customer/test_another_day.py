"""The door to another day: which days stand there, what is said of them, and what a promise does to the page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from tests.factories import NOW, make_case, make_connection, make_project, make_ruleset
from tests.rooms.customer.test_card_page import text_of, url_of
from tideover.recovery.models import Case
from tideover.tenants.models import Connection

pytestmark = pytest.mark.django_db
TOMORROW = NOW.date() + timedelta(days=1)


@pytest.fixture
def case():
    connection = make_connection(make_project(brand_name="Acme"), publishable_key="pk_test_alice")
    return make_case(connection, card_brand="visa", card_last4="4242")


def promise(case, url=None, **fields):
    return Client().post(f"{url or url_of(case)}/promise", fields)


def shown(url):
    return Client().get(url)


def test_the_door_says_what_is_charged_when_and_that_nothing_is_tried_before(case):
    told = text_of(shown(url_of(case)))
    assert "Pay on another day You choose it, and nothing is tried before" in told
    assert f"we charge Visa •••• 4242 {_amount(case)}. Nothing is tried before. You get one reminder" in told


def _amount(case):
    return f"${case.amount_due / 100:.2f}"


def test_a_day_is_promised_without_a_script_and_the_page_says_so(case):
    url = url_of(case)
    answer = promise(case, url, day=TOMORROW.isoformat())
    assert (answer.status_code, answer["Location"]) == (302, url)
    case.refresh_from_db()
    assert (case.promised_on, case.promised_since) == (TOMORROW, NOW)
    told = text_of(shown(url))
    assert "we charge what is open then. Nothing is tried before." in told
    assert "Choose another day" in told


def test_a_day_that_was_typed_goes_before_one_at_a_touch(case):
    day = TOMORROW + timedelta(days=5)
    promise(case, day=TOMORROW.isoformat(), other=day.isoformat())
    case.refresh_from_db()
    assert case.promised_on == day


@pytest.mark.parametrize("day", ["", "someday", "2020-01-01", "2999-01-01", NOW.date().isoformat()])
def test_any_other_day_is_refused_in_words_and_changes_nothing(case, day):
    url = url_of(case)
    answer = promise(case, url, other=day)
    assert answer["Location"] == f"{url}?not=day#door-day"
    case.refresh_from_db()
    assert case.promised_on is None
    assert "Please choose a day until " in text_of(shown(f"{url}?not=day"))


def test_what_else_they_owe_moves_along_and_the_door_says_the_sum(case):
    other = make_case(case.connection, customer_id=case.customer_id, amount_due=100)
    told = text_of(shown(url_of(case)))
    assert f"${(case.amount_due + 100) / 100:.2f} for your 2 open invoices, each as a payment of its own" in told
    promise(case, day=TOMORROW.isoformat())
    assert set(Case.objects.values_list("promised_on", flat=True)) == {TOMORROW}
    other.refresh_from_db()
    assert other.promised_on == TOMORROW


def test_of_another_customer_nothing_moves(case):
    other = make_case(case.connection, customer_id="cus_mallory")
    promise(case, day=TOMORROW.isoformat())
    other.refresh_from_db()
    assert other.promised_on is None


@pytest.mark.parametrize(
    "values", [{"family": "card_dead"}, {"family": "authentication"}, {"family": "expired"}, {"family": "overdue"}]
)
def test_where_waiting_does_not_help_there_is_no_such_door(case, values):
    Case.objects.update(**values)
    assert "Pay on another day" not in text_of(shown(url_of(case)))
    promise(case, day=TOMORROW.isoformat())
    assert Case.objects.get().promised_on is None


def test_in_observe_mode_there_is_no_such_door_and_no_promise_is_taken(case):
    Connection.objects.update(mode="observe")
    assert "Pay on another day" not in text_of(shown(url_of(case)))
    promise(case, day=TOMORROW.isoformat())
    assert Case.objects.get().promised_on is None


def test_looking_promises_nothing(case):
    url = url_of(case)
    assert Client().get(f"{url}/promise").status_code == 405
    shown(url)
    assert Case.objects.get().promised_on is None


def test_after_a_day_at_the_end_of_the_window_there_is_no_such_door():
    connection = make_connection(make_project(brand_name="Acme"), publishable_key="pk_test_alice")
    ruleset = make_ruleset(connection.project, "revguard")
    case = make_case(connection, ruleset=ruleset, opened_at=NOW - timedelta(days=ruleset.rules["window_days"]))
    assert "Pay on another day" not in text_of(shown(url_of(case)))

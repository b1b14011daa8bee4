"""A debit that came back late: the case is open again with what is owed, and nothing is done by itself."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories as make
from tests.factories import DAY, NOW
from tideover import clock
from tideover.core.facts import Learnt
from tideover.inbox.translate import ChargeNews
from tideover.recovery import commands
from tideover.recovery.conversing import has_others
from tideover.recovery.hearing import hear
from tideover.recovery.known import known_of
from tideover.recovery.links import make_link
from tideover.recovery.models import Action, Case, LearntFact
from tideover.recovery.paying.several import open_too
from tideover.recovery.planning import situation_of
from tideover.recovery.ways import promises
from tideover.recovery.ways.accessing import access_by
from tideover.recovery.ways.promises import Whose

pytestmark = pytest.mark.django_db
WHEN = NOW - DAY


@pytest.fixture(autouse=True)
def _present():
    clock.travel_to(NOW)
    yield
    clock.travel_to(None)


def paid(method="sepa_debit", **values):
    """A case that a payment of this kind of method ended."""
    case = make.make_case(
        make.make_connection(),
        **{
            "state": "recovered",
            "opened_at": NOW - 30 * DAY,
            "ended_at": NOW - 20 * DAY,
            "amount_recovered": 9900,
            "amount_open": 0,
            **values,
        },
    )
    at = case.ended_at
    make.make_attempt(case, at=at, outcome="paid", card_brand=method, charge_id="py_1")
    received = {"charge": "py_1", "amount": 9900}
    make.make_fact(case, kind="received", key="received:py_1", at=at, detail=received)
    make.make_fact(case, kind="paid", key="paid", at=at)
    return case


def told(case, kind=Learnt.DISPUTED, at=WHEN, about="dp_1"):
    news = ChargeNews(kind=kind, charge_id="py_1", payment_intent_id="", amount=9900, about=about, at=at)
    assert hear(case.connection, news, NOW)
    return Case.objects.select_related("connection__organization", "project__organization", "ruleset").get(pk=case.pk)


def test_a_debit_that_comes_back_opens_its_case_with_what_is_owed_and_asks_for_a_person():
    case = told(paid())
    assert (case.state, case.attention, case.ended_at) == ("failing", "came_back", None)
    assert (case.owed.minor, case.amount_recovered, case.amount_returned) == (9900, 0, 9900)


@pytest.mark.parametrize("method", ["visa", "paypal"])
def test_what_a_cards_holder_disputes_opens_nothing(method):
    case = told(paid(method))
    assert (case.state, case.attention, case.amount_returned) == ("recovered", "", 9900)


def test_the_figures_count_it_as_recovered_no_more():
    case = told(paid())
    assert (case.counted["state"], case.counted["sums"].get("won", 0)) == ("failing", 0)
    assert "ended" not in case.counted


def test_told_twice_it_came_back_once_and_a_dispute_that_is_won_pays_it_after_all():
    case = paid()
    told(case)
    told(case)
    assert LearntFact.objects.filter(kind="came_back").count() == 1
    case = told(case, Learnt.DISPUTE_WON, WHEN + timedelta(hours=1))
    assert (case.state, case.attention, case.amount_recovered) == ("recovered", "", 9900)


def test_nothing_is_charged_or_promised_for_it_and_its_payer_is_told_once():
    case = told(paid())
    [known] = known_of([case], NOW)
    assert situation_of(known, NOW).came_back
    planned = Action.objects.filter(case=case, state="planned")
    assert list(planned.values_list("step", "template")) == [("message-returned-1", "came_back")]
    assert "Stripe keeps the invoice paid" in commands.retry_now(case, by="alice", now=NOW).why
    assert "came back" in promises.promise(case, date(2026, 11, 25), Whose(by="alice"), NOW).why


def test_it_is_neither_told_of_nor_paid_along_with_another_invoice():
    case = told(paid(customer_id="cus_same"))
    other = make.make_case(case.connection, customer_id="cus_same")
    assert open_too(other) == ()
    assert not Case.objects.filter(pk=other.pk).filter(has_others()).exists()


def test_another_mark_on_the_case_hides_from_nobody_that_it_came_back():
    case = told(paid(customer_id="cus_same"))
    Case.objects.filter(pk=case.pk).update(attention="unknown")  # as a charge that is given up in doubt leaves it
    case.refresh_from_db()
    page = page_of(case)
    assert "Your bank sent the payment back" in page
    other = make.make_case(case.connection, customer_id="cus_same")
    assert open_too(other) == ()
    assert not Case.objects.filter(pk=other.pk).filter(has_others()).exists()


def test_access_follows_by_the_day_that_was_promised():
    case = told(paid(access_until=date(2026, 11, 18), access_then="limited"))
    assert access_by(case, NOW).standing == "limited"


def page_of(case):
    return Client().get(reverse("customer:card", args=[make_link(case, message_id=None, now=NOW)])).content.decode()


def test_the_payers_link_says_so_and_offers_no_form():
    page = page_of(told(paid()))
    assert "Your bank sent the payment back" in page
    assert "$99.00" in page
    assert "<form" not in page
    assert "Already paid" not in page


def test_a_person_marks_it_as_recovered_once_it_was_paid_in_another_way_and_again_if_that_came_back():
    case = told(paid())
    assert commands.mark_recovered(case, by="alice", now=NOW) is None
    case.refresh_from_db()
    assert (case.state, case.amount_recovered, case.amount_returned, case.via) == ("recovered", 9900, 0, "customer")
    assert commands.mark_recovered(case, by="alice", now=NOW).why == "This invoice is paid already."
    case = told(case, at=NOW + DAY, about="dp_2")
    assert (case.state, case.attention, case.owed.minor) == ("failing", "came_back", 9900)
    assert commands.mark_recovered(case, by="alice", now=NOW + 2 * DAY) is None
    case.refresh_from_db()
    assert case.state == "recovered"


def test_a_person_stops_it_and_the_page_goes_on_to_say_what_became_of_it():
    case = told(paid())
    commands.stop(case, by="alice", now=NOW)
    case.refresh_from_db()
    assert (case.state, case.attention) == ("canceled", "")
    page = page_of(case)
    assert "Your bank sent the payment back" in page
    assert "<form" not in page


def test_of_who_was_erased_nothing_is_opened_again():
    assert told(paid(erased_at=NOW)).state == "recovered"

"""Cards that end: those that a subscription charges next, with whose they are and when; and those that were renewed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests import factories as make
from tests.factories import NOW
from tests.rooms.mirror.conftest import NOW as READ_AT
from tests.rooms.mirror.conftest import START, nobody
from tests.rooms.mirror.test_hearing import an_event
from tideover.mirror.expiring import expiring, renewed, told
from tideover.mirror.hearing import hear
from tideover.mirror.importing import begin
from tideover.mirror.models import Customer, Method, Subscription
from tideover.tenants.models import Connection

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
SOON = TODAY + timedelta(days=10)


@pytest.fixture
def account():
    return make.make_connection()


def a_card(account, *, ends=SOON, own=False, plan=None, **values):
    """A customer's card that a subscription charges: as its own, or as the customer's default."""
    who = make.make_customer(account)
    card = make.make_method(who, expires_on=ends, **values)
    method = {"method_id": card.stripe_id}
    if not own:
        Customer.objects.filter(pk=who.pk).update(**method)
    make.make_subscription(who, **{"method_id": card.stripe_id if own else "", **(plan or {})})
    return card


def found(account):
    return list(expiring(account.project, TODAY))


@pytest.mark.parametrize("own", [True, False])
def test_a_card_that_ends_soon_is_found_whether_it_is_the_plans_or_the_customers(account, own):
    assert found(account) == [] == found(make.make_connection())
    card = a_card(account, own=own)
    assert found(account) == [card]
    assert found(make.make_connection()) == []


@pytest.mark.parametrize(
    "values",
    [
        {"ends": TODAY + timedelta(days=61)},
        {"ends": TODAY - timedelta(days=91)},
        {"ends": None},
        {"gone": True},
        {"plan": {"status": "canceled"}},
        {"plan": {"rests": True}},
        {"plan": {"ends_at": NOW + timedelta(days=3)}},
        {"plan": {"method_id": "pm_another"}},
    ],
)
def test_a_card_that_nobody_is_going_to_charge_is_none_of_them(account, values):
    a_card(account, **values)
    assert found(account) == []


def test_nor_is_the_default_of_a_customer_whose_plan_has_a_card_of_its_own(account):
    default = a_card(account)
    Subscription.objects.update(method_id="pm_own")
    assert default not in found(account)


def test_of_an_account_that_is_disconnected_there_are_none(account):
    a_card(account)
    Connection.objects.update(state="disconnected")
    assert found(account) == []


def test_they_come_in_the_order_in_which_they_end_with_when_each_is_charged_next(account):
    later = a_card(account, ends=SOON + timedelta(days=9), plan={"renews_at": NOW + timedelta(days=5)})
    over = a_card(account, ends=TODAY - timedelta(days=1), plan={"renews_at": NOW + timedelta(days=7)})
    soon = a_card(account, plan={"renews_at": NOW + timedelta(days=20)})
    unknown = a_card(account, ends=SOON + timedelta(days=10), plan={"renews_at": None})
    assert found(account) == [over, soon, later, unknown]
    lines = told(found(account))
    assert [(line.has_ended(TODAY), line.ends_before) for line in lines] == [
        (True, True), (False, True), (False, False), (False, False),
    ]  # fmt: skip
    assert [line.renews_at for line in lines][-1] is None
    assert {line.customer.stripe_id for line in lines} == set(Customer.objects.values_list("stripe_id", flat=True))


def test_however_many_they_are_two_questions_tell_whose_they_are(account, django_assert_num_queries):
    cards = [a_card(account) for _ in range(5)]
    with django_assert_num_queries(2):
        assert [len(line.plans) for line in told(cards)] == [1] * 5


def test_what_two_accounts_call_the_same_is_not_mixed(account):
    other = make.make_connection(account.project)
    mine = a_card(account, stripe_id="pm_same", plan={"renews_at": NOW})
    theirs = a_card(other, stripe_id="pm_same", plan={"renews_at": NOW + timedelta(days=1)})
    for row in (*Customer.objects.all(), *Subscription.objects.all()):
        row.stripe_id = "same" if isinstance(row, Customer) else row.stripe_id
        row.save()
    Subscription.objects.update(customer_id="same")
    Method.objects.update(customer_id="same")
    assert [(line.method, line.customer.connection) for line in told(found(account))] == [
        (mine, account),
        (theirs, other),
    ]


# ── renewed by the network ──


def a_method(at, **card):
    return {
        "id": "pm_1",
        "object": "payment_method",
        "created": START,
        "type": "card",
        "customer": "cus_1",
        "card": {"brand": "visa", "last4": "4242", "exp_month": 11, "exp_year": 2030, "fingerprint": "f", **card},
    }


def test_when_the_network_renewed_a_card_is_kept_and_an_older_event_changes_nothing(connection):
    begin(connection, READ_AT)
    kind = "payment_method.automatically_updated"
    hear([an_event(connection, a_method(1), kind, at=START + 900)], nobody)
    card = Method.objects.get()
    assert (card.expires_on, card.renewed_at.timestamp()) == (date(2030, 11, 30), START + 900)
    hear([an_event(connection, a_method(1, exp_year=2027), kind, at=START + 100)], nobody)
    hear([an_event(connection, a_method(1), "payment_method.updated", at=START + 1000)], nobody)
    assert Method.objects.get().renewed_at == card.renewed_at


def test_a_renewed_card_is_listed_apart_as_long_as_it_is_charged(account):
    card = a_card(account, ends=TODAY + timedelta(days=900), renewed_at=NOW - timedelta(days=2))
    a_card(account, ends=TODAY + timedelta(days=900), renewed_at=NOW - timedelta(days=91))
    assert list(renewed(account.project, NOW)) == [card]
    assert found(account) == []

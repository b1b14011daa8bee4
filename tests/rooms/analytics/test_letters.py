"""What each letter of win-back brought, and each offer: of what left lately, by its link, and of this merchant alone."""

from __future__ import annotations

import pytest

from tests import factories as make
from tests.factories import DAY, NOW
from tests.rooms.predunning.there import make_offer
from tideover.analytics.letters import Brought, Letters, brought
from tideover.core.ahead.kinds import Ahead
from tideover.core.ahead.offers import Discount
from tideover.core.money import Money
from tideover.predunning.models import Alert

pytestmark = pytest.mark.django_db
AT = NOW - 10 * DAY
FIFTH = Discount(3, percent=20)


@pytest.fixture
def connection():
    return make.make_connection()


@pytest.fixture
def project(connection):
    return connection.project


def letter(connection, kind="winback_14", state="sent", at=AT) -> Alert:
    ended = make.make_subscription(make.make_customer(connection), status="canceled", ended_at=at - 14 * DAY)
    settled = None if state == "planned" else at
    return make.make_notice(
        ended, kind=kind, renews_at=ended.ended_at, state=state, planned_at=at, try_at=at, settled_at=settled
    )


def back(by: Alert, **plan):
    began = {"led_by": by.public_id, "began_at": NOW - DAY, "monthly": 2000, **plan}
    return make.make_subscription(make.make_customer(by.connection), **began)


def test_each_letter_says_how_many_left_and_who_subscribed_again_by_its_link(connection, project):
    first, second = letter(connection), letter(connection)
    letter(connection, kind="winback_1", state="unknown")
    back(first)
    back(second, monthly=500, currency="eur")
    assert brought(project, NOW) == Letters(
        {
            Ahead.WINBACK_1: Brought(1, 0, []),
            Ahead.WINBACK_14: Brought(2, 2, [Money(500, "eur"), Money(2000, "usd")]),
        },
        {},
    )


def test_each_offer_says_the_same_of_letters_that_told_of_it(connection, project):
    told, plain, untold = letter(connection), letter(connection), letter(connection)
    make_offer(told)
    make_offer(untold, code_id="")
    back(told)
    back(plain)
    assert brought(project, NOW).by_offer == {FIFTH: Brought(1, 1, [Money(2000, "usd")])}


def test_an_amount_and_a_percentage_are_two_offers_the_more_frequent_first(connection, project):
    ten = {"percent": 0, "off": 1000, "currency": "usd", "months": 1}
    for terms in ({}, ten, ten):
        make_offer(letter(connection), **terms)
    assert [*brought(project, NOW).by_offer] == [Discount(1, off=Money(1000, "usd")), FIFTH]


@pytest.mark.parametrize(
    "values", [{"state": "skipped"}, {"state": "planned"}, {"at": NOW - 91 * DAY}, {"kind": "renewal"}], ids=str
)
def test_what_did_not_leave_lately_is_not_counted(connection, project, values):
    back(letter(connection, **values))
    assert brought(project, NOW) == Letters({}, {})


@pytest.mark.parametrize("plan", [{"led_by": ""}, {"led_by": "spring-sale"}, {"status": "incomplete"}], ids=str)
def test_what_began_in_another_way_brings_a_letter_nothing(connection, project, plan):
    back(letter(connection), **plan)
    assert brought(project, NOW).by_letter == {Ahead.WINBACK_14: Brought(1, 0, [])}


def test_another_merchant_sees_none_of_it_though_its_metadata_name_the_letter(connection, project):
    mallory = make.make_connection()
    hers = letter(connection)
    make.make_subscription(make.make_customer(mallory), led_by=hers.public_id, began_at=NOW - DAY)
    assert brought(project, NOW).by_letter == {Ahead.WINBACK_14: Brought(1, 0, [])}
    assert brought(mallory.project, NOW) == Letters({}, {})


def test_the_share_is_of_the_letters_that_left_and_none_where_none_did():
    assert Brought(3, 1, []).rate.basis_points == 3333
    assert Brought(0, 0, []).rate.basis_points is None

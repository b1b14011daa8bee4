"""The page of the scans: each with what it found and where that leads, and the cards with whose they are."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests import factories as make
from tests.factories import NOW
from tideover import clock
from tideover.mirror.importing import begin
from tideover.mirror.models import Method, Mirror

pytestmark = pytest.mark.django_db
PAGE = "/scans/"


@pytest.fixture(autouse=True)
def _present():
    clock.travel_to(NOW)
    yield
    clock.travel_to(None)


@pytest.fixture
def account(alice):
    return make.make_connection(alice.project, events_seen_to=NOW, swept_at=NOW)


def text(person, address=PAGE):
    return person.browser().get(address).content.decode()


def a_card(account, name="Lumen", ends=10, **plan):
    who = make.make_customer(account, name=name, method_id=f"pm_{name}")
    make.make_method(who, stripe_id=f"pm_{name}", last4="4417", expires_on=NOW.date() + timedelta(days=ends))
    make.make_subscription(who, **{"renews_at": NOW + timedelta(days=20), **plan})
    return who


def test_each_scan_says_what_it_found_and_leads_there(alice, account):
    make.make_case(account, opened_at=NOW - timedelta(days=30), read_at=NOW - timedelta(days=9))
    a_card(account)
    page = text(alice)
    assert re.search(r'href="/help/doctor/[^"]*">1 case<', page)
    assert '/scans/#cards">1 card<' in page
    assert "do not chase them" in page


def test_a_card_stands_there_with_whose_it_is_and_whether_it_ends_before_it_is_charged(alice, account):
    lumen = a_card(account)
    a_card(account, "Ended", ends=-3)
    a_card(account, "Later", ends=40)
    page = text(alice)
    assert re.findall(r'href="/customers/[^"]+">(\w+)</a>', page) == ["Ended", "Lumen", "Later"]
    assert re.findall(r"(Has ended|Ends before that|Ends after that)", page) == [
        "Has ended",
        "Ends before that",
        "Ends after that",
    ]
    assert f"/customers/{lumen.public_id}/" in page
    assert "Dec 10, 2026" in page


def test_where_nobody_knows_when_a_card_is_charged_it_is_not_said_to_end_after_that(alice, account):
    a_card(account, renews_at=None)
    page = text(alice)
    assert "Ends soon" in page
    assert "Ends after that" not in page


def test_what_the_network_renewed_is_told_apart(alice, account):
    a_card(account, ends=900)
    assert "Renewed by the network" not in text(alice)
    Method.objects.update(renewed_at=NOW - timedelta(days=1))
    assert "Renewed by the network" in text(alice)


def test_that_no_card_ends_is_said_only_once_the_account_was_read(alice, account):
    begin(account, NOW)
    assert "Not all is read yet" in text(alice)
    Mirror.objects.update(imported_at=NOW, stage="", walked_at=NOW)
    assert "No card ends soon" in text(alice)


def test_a_long_list_goes_on_where_it_ended(alice, account):
    for number in range(30):
        a_card(account, f"N{number:02}", ends=number)
    first = text(alice)
    assert "N24" in first
    assert "N25" not in first
    after = first.split("after=")[1].split('"')[0]
    assert "N25" in text(alice, f"{PAGE}?after={after}")


def test_another_merchants_card_is_not_there(alice, mallory, account):
    a_card(account)
    assert "Lumen" not in text(mallory)

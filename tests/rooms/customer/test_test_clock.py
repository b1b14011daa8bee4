"""Whoever plays a customer on a test clock finds the pay page in that clock's time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from tests.factories import NOW, hang, make_case, make_clock, make_connection, make_message, make_project
from tests.rooms.customer.test_card_page import url_of
from tideover import clock
from tideover.recovery import links
from tideover.recovery.models import Action

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
THEN = NOW - 400 * DAY  # what the clock shows


@pytest.fixture
def case():
    connection = make_connection(make_project(brand_name="Acme"), publishable_key="pk_test_alice", livemode=False)
    case = make_case(connection, card_brand="visa", card_last4="4242", opened_at=THEN - DAY)
    return hang(case, make_clock(connection, shows=THEN))


def promise(url, day):
    return Client().post(f"{url}/promise", {"day": day.isoformat()})


def test_a_day_is_promised_by_the_clock(case):
    url = url_of(case)
    assert promise(url, NOW.date() + DAY)["Location"].endswith("?not=day#door-day")
    assert promise(url, THEN.date() + DAY)["Location"] == url
    case.refresh_from_db()
    assert (case.promised_on, case.promised_since) == (THEN.date() + DAY, THEN)


def test_its_page_offers_the_days_that_come_by_the_clock(case):
    page = Client().get(url_of(case)).content.decode()
    assert (THEN.date() + DAY).isoformat() in page
    assert (NOW.date() + DAY).isoformat() not in page


def test_a_link_works_as_long_as_it_would_in_the_world(case):
    """Somebody opens it, whatever the clock shows."""
    url = url_of(case)
    clock.travel_to(NOW + 10 * DAY)
    assert Client().get(url).status_code == 200


def test_an_old_link_is_old_by_the_clock_and_the_new_one_is_asked_for_by_it(case):
    token = links.make_link(case, message_id=None, now=THEN - 31 * DAY)
    make_message(case)
    assert Client().get(f"/c/{token}").status_code == 410
    assert Client().post(f"/c/{token}/new-link").status_code == 302
    step = Action.objects.get(template="new_link")
    assert (step.due_at, step.clock) == (THEN, case.clock)

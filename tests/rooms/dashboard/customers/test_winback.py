"""The page of who has left: which letters they get, why none, and who has come back; the command and the figures."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from typer.testing import CliRunner

from tests import factories as make
from tests.factories import NOW
from tests.people import owner
from tests.rooms.predunning.there import make_offer
from tideover import clock
from tideover.cli.main import app
from tideover.core.ahead.predunning import Unneeded, Waits
from tideover.messages.models import Suppression
from tideover.messages.suppression import WINBACK, suppress
from tideover.mirror.models import Customer
from tideover.tenants.models import Project

pytestmark = pytest.mark.django_db
PAGE = "/winback/"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _present():
    clock.travel_to(NOW)
    yield
    clock.travel_to(None)


@pytest.fixture
def account(alice):
    return make.make_connection(alice.project)


def text(person, address=PAGE):
    return person.browser().get(address).content.decode()


def somebody_who_left(account, name="Lumen", **plan):
    who = make.make_customer(account, name=name)
    ended = {"status": "canceled", "ended_at": NOW - 5 * DAY, "left_for": "cancellation_requested", "months": 1}
    return make.make_subscription(who, **ended | plan)


def _wide(row):
    """Without what stands there on a phone alone."""
    return re.sub(r'<span class="sub of-day">.*?</span>', "", row)


def rows(page):
    """What each line says, cell by cell."""
    found = re.findall(r'<tr class="open">(.*?)</tr>', page, re.DOTALL)
    return [
        [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in re.findall(r"<td.*?</td>", _wide(row))]
        for row in found
    ]


def switched_on(project, **columns):
    Project.objects.filter(pk=project.pk).update(**{"winback": True, **columns})


def test_off_it_says_so_of_all_and_of_each(alice, account):
    somebody_who_left(account)
    page = text(alice)
    assert "Nobody is asked back: win-back is off." in page
    assert f"Held back {Waits.WINBACK_OFF}" in rows(page)[0][4]


def test_each_letter_says_when_it_is_written_and_one_whose_day_has_passed_is_none(alice, account):
    switched_on(alice.project)
    somebody_who_left(account)
    [[_, whose, ended, first, second, third, last]] = rows(text(alice))
    assert (whose, ended) == ("Lumen", "Nov 15, 2026")
    assert first == "none"
    assert (second, third, last) == (
        "To be written Nov 22, 2026", "To be written Nov 29, 2026", "To be written Dec 15, 2026",
    )  # fmt: skip


def test_what_was_written_says_when(alice, account):
    switched_on(alice.project)
    plan = somebody_who_left(account)
    make.make_notice(
        plan,
        kind="winback_1",
        renews_at=plan.ended_at,
        state="sent",
        planned_at=NOW - 4 * DAY,
        settled_at=NOW - 4 * DAY,
    )
    assert rows(text(alice))[0][3] == "Written Nov 16, 2026"


def test_who_has_another_subscription_is_marked_and_gets_no_more(alice, account):
    switched_on(alice.project)
    plan = somebody_who_left(account)
    make.make_subscription(make.make_customer(account), customer_id=plan.customer_id, began_at=NOW - DAY)
    [[_, whose, _, _, second, *_]] = rows(text(alice))
    assert whose == "Lumen Has a subscription"
    assert second == f"Held back {Unneeded.SUBSCRIBES}"


@pytest.mark.parametrize(
    ("left_for", "why"), [("payment_failed", Unneeded.UNPAID), ("payment_disputed", Unneeded.NOT_CANCELED)]
)
def test_who_did_not_cancel_is_listed_with_why_nobody_writes(alice, account, left_for, why):
    switched_on(alice.project)
    somebody_who_left(account, left_for=left_for)
    assert why in rows(text(alice))[0][4].replace("&#x27;", "'")


@pytest.mark.parametrize("channel", ["email", WINBACK])
def test_who_has_opted_out_is_listed_with_that(alice, account, channel):
    switched_on(alice.project)
    plan = somebody_who_left(account)
    who = Customer.objects.get(stripe_id=plan.customer_id)
    suppress(alice.project.organization, channel, who.email, Suppression.Reason.UNSUBSCRIBED, NOW)
    assert rows(text(alice))[0][4] == "Held back the customer opted out"


def test_the_offers_stand_there_in_the_words_in_which_they_were_chosen(alice, account):
    switched_on(alice.project, winback_offers="14: 20% for 3 months, valid 14 days")
    somebody_who_left(account)
    assert "14: 20% for 3 months, valid 14 days" in text(alice)


def test_mallory_sees_none_of_it(alice, account):
    switched_on(alice.project)
    somebody_who_left(account, name="Zerelda")
    assert "Zerelda" not in text(owner("Mallory", "Umbrella"))


def test_twenty_lines_cost_as_many_questions_as_one(alice, account):
    switched_on(alice.project)
    browser = alice.browser()
    asked = []
    for number in (1, 19):
        for _ in range(number):
            somebody_who_left(account)
        browser.get(PAGE)
        with CaptureQueriesContext(database) as queries:
            browser.get(PAGE)
        asked.append(len(queries))
    assert asked[0] == asked[1]
    assert asked[1] <= 12


def test_the_command_lists_the_same(alice, account):
    switched_on(alice.project)
    plan = somebody_who_left(account)
    said = CliRunner().invoke(app, ["winback"]).output
    assert f"{plan.stripe_id}  {plan.customer_id}  ended 2026-11-15" in said
    assert "day 1: none" in said
    assert "day 7: to be written 2026-11-22" in said


def test_page_and_command_tell_what_each_letter_and_each_offer_brought(alice, account):
    plan = somebody_who_left(account)
    day = {"renews_at": plan.ended_at, "state": "sent", "planned_at": NOW - 4 * DAY, "settled_at": NOW - 4 * DAY}
    letter = make.make_notice(plan, kind="winback_1", **day)
    make_offer(letter)
    make.make_subscription(make.make_customer(account), led_by=letter.public_id, began_at=NOW - DAY, monthly=2000)
    page = " ".join(re.sub(r"<[^>]+>", " ", text(alice)).split())
    assert "Day 1 1 sent 1 100.0% came back $20.00 a month" in page
    assert "20% for 3 months an offer 1 sent 1 100.0% came back $20.00 a month" in page
    said = CliRunner().invoke(app, ["winback"]).output
    assert "  day 1: 1 sent, 1 came back, who pay $20.00 a month\n" in said
    assert "  20% for 3 months: 1 sent, 1 came back, who pay $20.00 a month\n" in said

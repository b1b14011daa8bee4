"""The page of renewals and of trials that end: when each customer is told, what a law says to that, and why not."""

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
from tideover import clock
from tideover.cli.main import app
from tideover.core.ahead.predunning import Unneeded, Waits
from tideover.messages.models import Suppression
from tideover.messages.suppression import suppress
from tideover.tenants.models import Project

pytestmark = pytest.mark.django_db
PAGE = "/renewals/"
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


def a_plan(account, name="Lumen", country="US", **plan):
    who = make.make_customer(account, name=name, country=country)
    return make.make_subscription(who, **{"renews_at": NOW + 60 * DAY, "months": 12, **plan})


def rows(page):
    """What each line says, cell by cell."""
    found = re.findall(r'<tr class="open">(.*?)</tr>', page, re.DOTALL)
    return [
        [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in re.findall(r"<td.*?</td>", row)] for row in found
    ]


def switched_on(project, **columns):
    Project.objects.filter(pk=project.pk).update(**{"renewal_notices": True, "trial_notices": True, **columns})


def test_off_it_says_so_of_all_and_of_each(alice, account):
    a_plan(account)
    page = text(alice)
    assert "Nobody is told of a renewal" in page
    assert rows(page)[0][-1] == f"Held back {Waits.NOTICES_OFF}"


def test_each_renewal_says_when_it_is_told_and_what_the_law_is(alice, account):
    switched_on(alice.project)
    a_plan(account)
    a_plan(account, "Ombre", country="FR", renews_at=NOW + 70 * DAY)
    page = text(alice)
    assert rows(page) == [
        ["Pro $99.00 a month", "Lumen", "Jan 19, 2027 told 30 days before", "no rule is known here",
         "To be written Dec 20, 2026"],
        ["Pro $99.00 a month", "Ombre", "Jan 29, 2027 told 38 days before",
         "Within the window Code de la consommation, article L215-1", "To be written Dec 22, 2026"],
    ]  # fmt: skip
    assert "3 months to 1 month before the day" in page


def test_days_that_the_law_has_otherwise_are_marked_where_the_merchant_keeps_to_them(alice, account):
    switched_on(alice.project, renewals_by_law=False, renewal_days=14)
    a_plan(account, country="FR")
    assert "Outside the window" in text(alice)


def test_who_is_told_later_than_was_meant_is_told_outside_of_the_window(alice, account):
    switched_on(alice.project)
    a_plan(account, country="FR", renews_at=NOW + 10 * DAY)
    [line] = rows(text(alice))
    assert line[-2:] == [
        "Outside the window Code de la consommation, article L215-1", "To be written Nov 20, 2026",
    ]  # fmt: skip
    assert "outside the window of Code" in CliRunner().invoke(app, ["renewals", "renewals"]).stdout


@pytest.mark.parametrize(("days_before", "says"), [(50, "Within the window"), (20, "Outside the window")])
def test_who_was_told_is_held_to_the_law_by_the_day_on_which_they_were(alice, account, days_before, says):
    switched_on(alice.project)
    plan = a_plan(account, country="FR", renews_at=NOW + 15 * DAY)
    make.make_notice(plan, state="sent", settled_at=plan.renews_at - days_before * DAY)
    assert rows(text(alice))[0][-2].startswith(says)


def test_nobody_is_within_a_window_of_a_law_who_is_not_told(alice, account):
    switched_on(alice.project)
    suppress(alice.project.organization, "email", "gone@payer.example", Suppression.Reason.UNSUBSCRIBED, NOW)
    who = make.make_customer(account, name="Gone", email="gone@payer.example", country="FR")
    make.make_subscription(who, renews_at=NOW + 61 * DAY, months=12)
    skipped = a_plan(account, country="FR", renews_at=NOW + 62 * DAY)
    make.make_notice(skipped, state="skipped", reason=Unneeded.RESTS)
    for line in rows(text(alice)):
        assert line[-2] == "Not told in the window Code de la consommation, article L215-1"
    assert CliRunner().invoke(app, ["renewals", "renewals"]).stdout.count("not told in the window of Code") == 2


def test_a_trial_stands_on_its_own_tab(alice, account):
    switched_on(alice.project)
    a_plan(account, "Tria", status="trialing", trial_ends_at=NOW + 20 * DAY, renews_at=NOW + 20 * DAY)
    assert rows(text(alice)) == []
    [line] = rows(text(alice, f"{PAGE}?kind=trial"))
    assert line[1:3] == ["Tria", "Dec 10, 2026 told 7 days before"]
    assert line[-1] == "To be written Dec 3, 2026"


def test_what_keeps_a_notice_back_is_said_before_anybody_waits_for_it(alice, account):
    switched_on(alice.project)
    a_plan(account, "Often", months=1)
    suppress(alice.project.organization, "email", "gone@payer.example", Suppression.Reason.UNSUBSCRIBED, NOW)
    who = make.make_customer(account, name="Gone", email="gone@payer.example")
    make.make_subscription(who, renews_at=NOW + 61 * DAY, months=12)
    often, gone = rows(text(alice))
    assert often[-1] == f"Held back {Unneeded.OFTEN}"
    assert gone[-1].startswith("Held back")
    assert "opted out" in gone[-1] or "unsubscribed" in gone[-1].lower()


def test_what_was_told_says_when(alice, account):
    switched_on(alice.project)
    make.make_notice(a_plan(account), state="sent", settled_at=NOW - DAY)
    assert rows(text(alice))[0][-1] == "Written Nov 19, 2026"


def test_mallory_sees_none_of_it(alice, account):
    a_plan(account, "Zerelda")
    assert "Zerelda" not in text(owner("Mallory", "Umbrella"))


def test_a_hundred_lines_cost_as_many_questions_as_one(alice, account):
    switched_on(alice.project)
    a_plan(account)
    browser = alice.browser()
    browser.get(PAGE)
    with CaptureQueriesContext(database) as one:
        browser.get(PAGE)
    for number in range(30):
        a_plan(account, f"Many {number}", renews_at=NOW + (10 + number) * DAY)
    with CaptureQueriesContext(database) as many:
        browser.get(PAGE)
    assert len(many) <= max(len(one), 12)


def test_the_command_lists_the_same(alice, account):
    switched_on(alice.project)
    plan = a_plan(account, country="FR")
    trial = a_plan(account, "Tria", status="trialing", renews_at=NOW + 20 * DAY)
    done = CliRunner().invoke(app, ["renewals"])
    assert done.exit_code == 0, done.output
    first, second = done.stdout.splitlines()
    law = "within the window of Code de la consommation, article L215-1"
    assert first == (
        f"{plan.stripe_id}  {plan.customer_id}  renews 2027-01-19  told 38 days before  {law}  to be written 2026-12-12"
    )
    assert second == (
        f"{trial.stripe_id}  {trial.customer_id}  trial ends 2026-12-10  told 7 days before  no law is known"
        "  to be written 2026-12-03"
    )
    assert CliRunner().invoke(app, ["renewals", "trials"]).stdout.splitlines() == [second]


def test_the_message_says_whose_subscription_it_is_about(alice, account):
    notice = make.make_notice(a_plan(account), state="sent")
    sent = {"about": notice.pk, "action_id": notice.pk, "template": "renewal", "tone": "friendly"}
    message = make.make_message(make.make_case(account), at=NOW - DAY, **sent)
    page = " ".join(re.sub(r"<[^>]+>", " ", text(alice, f"/messages/{message.public_id}/")).split())
    assert "About a subscription of Lumen" in page

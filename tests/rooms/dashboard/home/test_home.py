"""Home: its figures, its chart and what is compared, what needs a person, what just happened."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.staticfiles import finders
from django.db.models import F

from tests import factories as make
from tests.rooms.dashboard.shop import rich_shop
from tideover.recovery.models import Case, Ruleset
from tideover.tenants.models import Project

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def chart(html):
    return json.loads(re.search(r'<script id="trend-data" type="application/json">(.*?)</script>', html)[1])


def test_home_before_anything_failed_says_so_and_what_is_missing(alice):
    html = alice.browser().get("/").content.decode()
    assert "Nothing has failed yet" in html
    assert "No account is connected." in html


@pytest.mark.parametrize("page", ["/", "/analytics/"])
def test_cases_that_nobody_counted_yet_are_told_beside_the_figures_without_them(alice, case, page):
    assert "not in these figures yet" not in alice.browser().get(page).content.decode()
    Case.objects.update(version=F("version") + 1)  # as a version of Tideover leaves it that does not count
    html = alice.browser().get(page).content.decode()
    assert "1 case changed and is not in these figures yet" in html
    assert "Nothing has failed yet" not in html


def test_the_set_up_card_disappears_with_going_live_or_where_somebody_hides_it(alice, connection):
    card = 'aria-label="Set-up"'
    assert card not in alice.browser().get("/").content.decode()
    Project.objects.update(recovery_enabled=False)
    assert card in alice.browser().get("/").content.decode()
    alice.browser().post("/get-started/", {"do": "hide"})
    assert card not in alice.browser().get("/").content.decode()
    alice.browser().post("/get-started/", {"do": "show"})
    assert card in alice.browser().get("/").content.decode()


def test_home_shows_the_four_figures_and_what_they_are_compared_with(alice, shop):
    html = alice.browser().get("/").content.decode()
    for title in ("Recovered", "Recovery rate", "In recovery now", "Median time to recovery"):
        assert f">{title}</a>" in html
    assert html.count("was ") >= 2
    assert "recovered / (recovered + abandoned + churned)" in html


def test_home_stays_below_sixty_kilobytes_also_with_a_full_shop(alice, connection, present):
    rich_shop(connection, present, cases=150)
    assert len(alice.browser().get("/?range=90d&by=day").content) < 60_000


def test_the_address_chooses_metric_grain_period_and_comparison(alice, shop):
    browser = alice.browser()
    assert chart(browser.get("/").content.decode())["unit"] == "money"
    week = chart(browser.get("/?metric=time&by=week&range=90d&vs=none").content.decode())
    assert week["unit"] == "days"
    assert len(week["values"]) in {13, 14}
    assert set(week["before"]) == {None}


def test_a_currency_is_chosen_where_there_are_several(alice, connection, case):
    make.make_case(connection, currency="jpy", amount_due=9900)
    browser = alice.browser()
    assert "currency=jpy" in browser.get("/").content.decode()
    assert chart(browser.get("/?currency=jpy").content.decode())["exponent"] == 0


def test_new_rules_are_marked_on_the_chart(alice, connection, case, present):
    Ruleset.objects.update(version=1)
    make.make_ruleset(alice.project, version=2, created_at=present - 3 * DAY)
    assert chart(alice.browser().get("/?by=day").content.decode())["marks"] == [{"label": "Rules v2 live", "at": 26}]


def test_a_page_without_the_built_bundle_still_shows_its_figures(alice, shop, monkeypatch):
    find = finders.find
    monkeypatch.setattr(
        finders, "find", lambda path, **options: None if path.startswith("dist/") else find(path, **options)
    )
    html = alice.browser().get("/").content.decode()
    assert "dist/" not in html
    assert 'class="still"' in html
    assert "Show the figures as a table" in html


def test_what_needs_a_person_offers_the_step_that_helps(alice, connection):
    make.make_case(connection, attention="new_card")
    make.make_case(connection, attention="bounced")
    html = alice.browser().get("/").content.decode()
    assert "Retry now" in html
    assert "Email bounced" in html


def test_an_address_is_mended_where_it_stands_which_is_at_stripe(alice, connection):
    case = make.make_case(connection, attention="bounced")
    connection.api_base = "http://127.0.0.1:8001"
    connection.save()
    assert "Fix the address" not in alice.browser().get("/").content.decode()  # the simulator has no such page
    connection.api_base = ""
    connection.save()
    html = alice.browser().get("/").content.decode()
    assert re.search(rf'href="https://dashboard.stripe.com/[^"]*{case.customer_id}"[^>]*>Fix the address', html)


def test_the_days_it_is_compared_with_are_named_beside_the_line(alice, shop):
    answer = alice.browser().get("/?range=7d")
    before = answer.context["choice"].before
    days = f"{before.first_on:%b} {before.first_on.day} – {before.last_on:%b} {before.last_on.day}"  # noqa: RUF001
    assert f'<i class="dash"></i>{days}' in answer.content.decode()


def test_what_holds_every_currency_says_so_where_there_are_several(alice, connection, case):
    assert "all currencies" not in alice.browser().get("/").content.decode()
    make.make_case(connection, currency="eur")
    assert alice.browser().get("/").content.decode().count("all currencies") == 2


@pytest.mark.parametrize("page", ["/", "/cases/", "/messages/"])
def test_days_that_were_turned_round_are_told(alice, case, page):
    said = "The last day came before the first"
    turned = {"range": "custom", "from": "2026-11-20", "to": "2026-11-10"}
    assert said in alice.browser().get(page, turned).content.decode()
    assert said not in alice.browser().get(page, {**turned, "to": "2026-11-25"}).content.decode()


def test_in_observe_mode_nothing_suggests_a_charge(alice, connection):
    connection.mode = "observe"
    connection.save()
    make.make_case(connection, attention="new_card")
    assert "Retry now" not in alice.browser().get("/").content.decode()


def test_good_news_are_said(alice, connection, case):
    assert "Nothing needs you" in alice.browser().get("/").content.decode()


def test_the_chart_as_a_file(alice, shop):
    body = b"".join(alice.browser().get("/trend.csv?range=7d").streaming_content).decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(body)))
    assert lines[0] == ["from", "to", "currency", "recovered", "compared_from", "compared_to", "recovered_before"]
    assert len(lines) == 8
    assert {line[2] for line in lines[1:]} == {"USD"}


def test_files_of_two_currencies_have_two_names_and_say_which_is_theirs(alice, connection):
    for code in ("usd", "eur"):
        make.make_case(connection, currency=code, opened_at=datetime.now(UTC))  # noqa: TID251 - the pages read the clock
    answers = [alice.browser().get(f"/trend.csv?range=7d&currency={code}") for code in ("usd", "eur")]
    names = [answer["Content-Disposition"] for answer in answers]
    assert "-usd-" in names[0]
    assert "-eur-" in names[1]
    assert '"EUR"' in b"".join(answers[1].streaming_content).decode("utf-8-sig")


def test_the_activity_alone(alice, case):
    make.make_attempt(case)
    html = alice.browser().get("/activity/").content.decode()
    assert "failed for Northwind Ops" in html
    assert "<html" not in html

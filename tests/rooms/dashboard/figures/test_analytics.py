"""Analytics: every figure with its formula, what went back apart, and the way to Stripe's own figures."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests import factories as make
from tests.factories import DAY
from tideover.core import measures

pytestmark = pytest.mark.django_db


def page(person, query=""):
    return person.browser().get(f"/analytics/{query}").content.decode()


def rows(html):
    """The table rows in words."""
    text = (re.sub(r"<[^>]+>", " ", row) for row in re.findall(r"<tr.*?</tr>", html, re.DOTALL))
    return [" ".join(unescape(row).replace("\N{MINUS SIGN}", "-").split()) for row in text]


def test_before_anything_failed_the_page_says_so(alice):
    assert "Nothing has failed yet" in page(alice)


def test_the_four_cards_say_what_is_at_stake_now_and_what_came_back(alice, connection, present):
    make.make_case(connection, opened_at=present - 2 * DAY, monthly=825, amount_due=9900)
    made = {"opened_at": present - 4 * DAY, "ended_at": present - DAY}
    make.make_case(connection, state="recovered", amount_due=30000, **made)
    make.make_case(connection, state="abandoned", amount_due=10000, **made)
    html = page(alice)
    cards = re.findall(r'class="card kpi".*?</div>', html, re.DOTALL)
    words = [" ".join(re.sub(r"<[^>]+>", " ", card).split('">', 2)[-1].split()) for card in cards]
    assert [word.split(">")[-1].strip() for word in words] == [
        "Failing now 1 oldest 2d",
        "Recovered 1 $300 recovered in the period",
        "MRR at risk $8.25 1 subscription",
        "Recovery rate 75.0% by value, of the cases that ended",
    ]


def test_each_figure_stands_beside_its_formula(alice, shop):
    html = page(alice)
    for formula in ("MRR_AT_RISK", "MRR_RECOVERED", "MATURED", "OF_ALL", "ATTEMPTED", "SUCCESS"):
        assert getattr(measures, formula) in html
    assert "Baremetrics" in html


def test_what_went_back_is_taken_off_and_shown_apart(alice, connection, present):
    made = {"opened_at": present - 4 * DAY, "ended_at": present - DAY, "state": "recovered"}
    make.make_case(connection, **made, amount_recovered=5000, amount_returned=4900, amount_disputed=900)
    told = rows(page(alice))
    assert "Came after the failure $99.00" in told
    assert "Refunded since -$40.00" in told
    assert "Gone in disputes comes back here when a dispute is won -$9.00" in told
    assert "Recovered $50.00" in told


def test_the_bridge_leads_from_our_figures_to_stripes(alice, connection, present):
    opened = {"opened_at": present - 4 * DAY}
    ended = {**opened, "ended_at": present - DAY, "state": "recovered"}
    make.make_case(connection, **ended, amount_due=10000, amount_recovered=8000, amount_returned=2000)
    make.make_case(connection, **opened, amount_due=20000)
    make.make_case(connection, **ended, amount_due=700, subscription_id="")
    make.make_case(connection, **ended, amount_due=500, after_trial=True)
    html = page(alice)
    assert rows(html)[-6:] == [
        "Tideover $312 $92",
        "Went back since: Stripe counts what came + $20",
        "Single invoices, of no subscription - $7 - $7",
        "The first invoice after a trial - $5 - $5",
        "As Stripe's page counts $300 $100",
        "Recovery rate, as Stripe divides 33.3%",
    ]
    assert "Failure rate" in html


def test_cases_of_an_earlier_version_are_named_where_their_month_is_missing(alice, connection, present):
    make.make_case(connection, opened_at=present - DAY)
    assert "Without 1 case of an earlier version" in page(alice)


def test_days_and_currency_are_chosen_by_the_address(alice, connection, present):
    made = {"opened_at": present - 50 * DAY, "ended_at": present - 45 * DAY, "state": "recovered"}
    make.make_case(connection, **made)
    make.make_case(connection, **made, currency="eur", amount_due=7700)
    assert "$99 recovered in the period" not in page(alice)
    assert "$99 recovered in the period" in page(alice, "?range=90d")
    assert "€77 recovered in the period" in page(alice, "?range=90d&currency=eur")
    assert "currency=eur" in page(alice)


def test_mallory_sees_nothing_of_it(mallory, case):
    assert "Nothing has failed yet" in page(mallory)


def test_its_address_is_found_without_the_slash_too(alice):
    answer = alice.browser().get("/analytics?range=90d")
    assert (answer.status_code, answer["Location"]) == (301, "/analytics/?range=90d")

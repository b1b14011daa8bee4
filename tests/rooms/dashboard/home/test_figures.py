"""The figures of home: one table, total over what analytics measures; how a value is written, and how it changed."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tideover.analytics.queries import Totals, Waiting
from tideover.analytics.trend import MEASURES, Metric
from tideover.core.money import Money
from tideover.dashboard.home.figures import FIGURES, Delta, Reading, card_of
from tideover.dashboard.home.units import DAYS, MONEY, PERCENT
from tideover.dashboard.words import DASH

ROOT = Path(__file__).parents[4]
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def usd(minor):
    return Money(minor, "usd")


TOTALS = Totals(usd(120_00), 3, usd(40_00), usd(400_00), 8, 7160, 6000, 5000, 4000, Decimal("2.2"), usd(48_00))
BEFORE = Totals(usd(100_00), 2, usd(0), usd(300_00), 6, 8000, 7000, 5000, 4000, Decimal("2.6"), usd(25_00))
READING = Reading(TOTALS, Waiting(usd(90_50), 1, NOW - timedelta(days=12), 1), NOW)
EMPTY = Reading(
    Totals(usd(0), 0, usd(0), usd(0), 0, None, None, None, None, None, usd(0)), Waiting(usd(0), 0, None, 0), NOW
)


def card(metric, read=READING, before=BEFORE):
    return card_of(metric, read, before, [])


def test_every_metric_is_a_figure_with_a_measure():
    assert set(FIGURES) == set(MEASURES) == set(Metric)


def test_the_colors_of_the_figures_are_the_stylesheets_and_their_units_the_scripts():
    styles = (ROOT / "frontend" / "css" / "home.css").read_text()
    script = (ROOT / "frontend" / "js" / "charts.js").read_text()
    for figure in FIGURES.values():
        assert figure.color == "c1" or f".legend i.{figure.color} " in styles
        assert figure.color == "c1" or f".spark.{figure.color} " in styles
        assert f'"{figure.unit.name}"' in script or figure.unit is DAYS  # what is left when it is neither


@pytest.mark.parametrize(
    ("metric", "value", "left", "right"),
    [
        (Metric.RECOVERED, "$120", "of $400 failed", "was $100"),
        (Metric.RATE, "71.6%", "by value", "was 80.0%"),
        (Metric.OPEN, "$90.50", "1 needs attention", "oldest 12d"),
        (Metric.TIME, "2.2 days", "first failure to paid", "was 2.6 days"),
    ],
)
def test_a_card_says_its_value_and_what_it_is_compared_with(metric, value, left, right):
    drawn = card(metric)
    assert (drawn.value + drawn.suffix, drawn.left, drawn.right) == (value, left, right)


@pytest.mark.parametrize(
    ("metric", "delta"),
    [
        (Metric.RECOVERED, Delta("20.0%", up=True, better=True)),
        (Metric.RATE, Delta("8.4 pts", up=False, better=False)),
        (Metric.OPEN, None),
        (Metric.TIME, Delta("0.4 days", up=False, better=True)),
    ],
)
def test_a_change_is_told_in_its_unit_and_judged(metric, delta):
    assert card(metric).delta == delta


@pytest.mark.parametrize("metric", Metric)
def test_nothing_measured_is_a_dash_without_unit_and_compared_with_nothing(metric):
    drawn = card(metric, EMPTY, EMPTY.totals)
    assert drawn.delta is None
    assert (drawn.value, drawn.suffix) in {("$0", ""), (DASH, "")}


def test_without_another_period_nothing_is_compared():
    assert [(card(metric, before=None).was, card(metric, before=None).delta) for metric in Metric] == [("", None)] * 4


def test_less_than_a_tenth_is_no_change():
    near = replace(BEFORE, matured_by_amount=7161)
    assert card(Metric.RATE, before=near).delta == Delta("no change", None, None)


@pytest.mark.parametrize(
    ("unit", "value", "in_table", "in_file", "on_chart"),
    [
        (MONEY, 9900, "$99.00", "99.00", 9900),
        (PERCENT, 7160, "71.6%", "71.6", 71.6),
        (DAYS, Decimal("2.25"), "2.2 days", "2.25", 2.25),
        (MONEY, None, DASH, "", None),
    ],
)
def test_a_value_is_written_for_people_for_files_and_for_the_chart(unit, value, in_table, in_file, on_chart):
    assert unit.in_table(value, "usd") == in_table
    assert unit.in_file(value, "usd") == in_file
    assert unit.on_chart(value) == on_chart


@pytest.mark.django_db
@pytest.mark.parametrize("metric", Metric)
def test_every_figure_can_be_chosen_for_the_chart_and_for_the_file(alice, shop, metric):
    browser = alice.browser()
    html = browser.get(f"/?metric={metric}").content.decode()
    assert f'<h2 id="trend-title">{FIGURES[metric].title}</h2>' in html
    data = json.loads(re.search(r'<script id="trend-data" type="application/json">(.*?)</script>', html)[1])
    assert (data["unit"], data["token"]) == (FIGURES[metric].unit.name, f"--{FIGURES[metric].color}")
    lines = b"".join(browser.get(f"/trend.csv?metric={metric}").streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0] == f'"from","to","currency","{metric}","compared_from","compared_to","{metric}_before"'
    assert len(lines) == len(data["values"]) + 1


def test_home_reads_no_rows_itself():
    home = ROOT / "tideover" / "dashboard" / "home"
    assert [path.name for path in home.glob("*.py") if ".objects" in path.read_text()] == []

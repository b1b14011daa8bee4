"""Who changed what: every change by its person, kind and time, without what left the house, page by page, and nobody else's."""

from __future__ import annotations

import re

import pytest

from tests.factories import DAY, NOW
from tideover import clock
from tideover.dashboard.settings.changes import PER_PAGE, kinds_of
from tideover.tenants import audit
from tideover.tenants.audit import Deed
from tideover.tenants.settings import change
from tideover.upkeep.sealing import EFFECTS_DONE

pytestmark = pytest.mark.django_db
PAGE = "/settings/changes/"


def shown(person, query=""):
    return person.browser().get(PAGE + query).content.decode()


def whats(html):
    return re.findall(r"<tr><td><b>([^<]+)</b>", html)


def done(person, what, who="ada@alpine.example", at=NOW, **more):
    return audit.write(person.organization.pk, Deed(who, what, **more), at)


def test_a_change_is_told_with_what_it_was_and_is(alice):
    change(alice.project, {"general.zone": "Asia/Tokyo", "recovery.enabled": False}, alice.user.email, NOW)
    html = shown(alice)
    assert whats(html) == ["Settings changed"]
    assert "Time zone: UTC" in html
    assert "Asia/Tokyo" in html
    assert "Recover failed payments: on" in html
    assert alice.user.email in html


def test_what_left_the_house_is_no_change(alice):
    for what in EFFECTS_DONE:
        done(alice, what)
    done(alice, "paused")
    assert whats(shown(alice)) == ["Paused"]
    assert kinds_of(alice.organization.pk) == ["paused"]


def test_the_list_is_narrowed_by_person_kind_and_time(alice):
    now = clock.wall()
    done(alice, "paused", at=now - 60 * DAY)
    done(alice, "resumed", "bo@alpine.example", at=now)
    done(alice, "paused", "bo@alpine.example", at=now)
    assert whats(shown(alice, "?q=bo@")) == ["Paused", "Resumed"]
    assert whats(shown(alice, "?what=resumed")) == ["Resumed"]
    assert whats(shown(alice, "?range=7d")) == ["Paused", "Resumed"]
    assert whats(shown(alice, "?range=7d&what=paused&q=ada")) == []
    assert "No change matches" in shown(alice, "?q=nobody")
    assert whats(shown(alice, "?what=charged")) == ["Paused", "Resumed", "Paused"]


def test_pages_follow_each_other_without_a_gap_while_the_log_grows(alice):
    for number in range(PER_PAGE + 3):
        done(alice, "paused", about=f"case_{number}")
    first = shown(alice)
    done(alice, "paused", about="case_new")
    [older] = re.findall(r"before=(\d+)", first)
    second = shown(alice, f"?before={older}")
    seen = re.findall(r">(case_\w+)<", first + second)
    assert seen == [f"case_{number}" for number in reversed(range(PER_PAGE + 3))]
    assert "Newest" in second
    assert "Older" not in second


@pytest.mark.parametrize("before", ["x", "-1", "9" * 40, "٣", ""])
def test_an_odd_place_is_no_error(alice, before):
    done(alice, "paused")
    assert alice.browser().get(PAGE, {"before": before}).status_code == 200


def test_an_empty_log_says_what_will_stand_there_and_markup_in_it_is_text(alice):
    assert "Nothing was changed yet" in shown(alice)
    done(alice, "paused", who="<script>", after={"until": "<b>", "list": [1, 2], "long": "x" * 500})
    html = shown(alice)
    assert "&lt;script&gt;" in html
    assert "<b>&lt;" not in html
    assert "[1, 2]" in html
    assert "x" * 100 not in html


def test_mallory_sees_none_of_it(alice, mallory):
    done(alice, "paused", about="case_of_alice")
    assert whats(shown(mallory)) == []
    assert kinds_of(mallory.organization.pk) == []


def test_a_page_asks_as_much_however_many_there_are(alice, django_assert_max_num_queries):
    for _ in range(PER_PAGE * 2):
        done(alice, "paused")
    browser = alice.browser()
    browser.get(PAGE)
    with django_assert_max_num_queries(12):
        browser.get(PAGE)

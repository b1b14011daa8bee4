"""How messages do: a line for each kind, language, step, tone or wording, of people, with what was left out beside it."""

from __future__ import annotations

import csv
import io
import re
from html import unescape

import pytest

from tests import factories as make
from tests.factories import DAY
from tideover.core import measures

pytestmark = pytest.mark.django_db


def page(person, query=""):
    return person.browser().get(f"/analytics/messages/{query}").content.decode()


def rows(html):
    """The lines of the table in words."""
    table = html.partition("<tbody>")[2].partition("</tbody>")[0]
    text = (re.sub(r"<[^>]+>", " ", row) for row in re.findall(r"<tr.*?</tr>", table, re.DOTALL))
    return [" ".join(unescape(row).split()) for row in text]


@pytest.fixture
def written(connection, present):
    """Three messages: one opened, followed and paid, one opened by a machine, one that bounced."""
    at = present - 2 * DAY
    paid = make.make_case(connection, state="recovered", ended_at=at + DAY, via="email")
    action = make.make_action(paid, step="message-1", do="message", state="done")
    first = make.make_message(paid, action, at=at, psychology=True)
    make.make_event(first, "opened")
    make.make_event(first, "clicked")
    make.make_event(make.make_message(make.make_case(connection), at=at, locale="de_AT"), "opened", by="machine")
    make.make_event(make.make_message(make.make_case(connection), at=at, template="urgent", tone="urgent"), "bounced")


def test_a_line_tells_people_what_was_left_out_and_what_was_paid_after(alice, written):
    failed, urgent = rows(page(alice))
    assert failed.startswith("Payment failed 2 sent 2 100.0% delivered 1 50.0% opened, 1 left out 1 50.0% clicked ")
    assert "1 $99 50.0% paid after it, 1 by a message" in failed
    assert urgent.startswith("Urgent notice 1 sent 0 0.0% delivered, 1 bounced 0 none delivered 0 none delivered ")
    assert "0 $0 0.0% paid after it, 0 by a message" in urgent


@pytest.mark.parametrize(
    ("each", "labels"),
    [
        ("kind", ["Payment failed", "Urgent notice"]),
        ("language", ["English", "German"]),
        ("step", ["A step that is not kept", "Message 1"]),
        ("tone", ["Friendly", "Urgent"]),
        ("wording", ["Plain", "With psychology"]),
        ("ghost", ["Payment failed", "Urgent notice"]),
    ],
)
def test_messages_are_told_apart_by_what_is_asked_for(alice, written, each, labels):
    assert [re.split(r" \d+ sent", row)[0] for row in rows(page(alice, f"?each={each}"))] == labels


def test_how_many_days_after_it_may_be_paid_is_chosen(alice, connection, present):
    at = present - 9 * DAY
    make.make_message(make.make_case(connection, state="recovered", ended_at=at + 5 * DAY), at=at)
    assert "100.0% paid after it" in rows(page(alice))[0]
    assert " 0.0% paid after it" in rows(page(alice, "?within=3"))[0]
    assert "Paid within 3 days" in page(alice, "?within=3")
    assert "Paid within 7 days" in page(alice, "?within=1000")


def test_each_figure_has_its_formula_and_says_that_it_is_of_people(alice):
    html = page(alice)
    for formula in (measures.DELIVERED, measures.OPENED, measures.CLICKED, measures.PAID_AFTER):
        assert formula in html
    assert "Paid after it is not paid because of it" in html


def test_without_messages_the_page_says_so(alice):
    assert "No message left in these days" in page(alice)


def test_the_table_is_a_file_too(alice, written):
    answer = alice.browser().get("/analytics/messages.csv?each=wording")
    lines = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    marked = next(line for line in lines if line["wording"] == "With psychology")
    assert (marked["sent"], marked["opened_by_person"], marked["clicked_by_person"]) == ("1", "1", "1")
    assert (marked["paid_within_7_days"], marked["paid_by_link"], marked["money"], marked["currency"]) == (
        "1",
        "1",
        "99.00",
        "USD",
    )
    assert sum(int(line["opened_by_machine"]) for line in lines) == 1


def test_mallory_sees_none_of_it(mallory, written):
    assert "No message left in these days" in page(mallory)

"""The list of messages: what left and what came of it; what did not leave, and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests import factories as make
from tests.factories import NOW
from tideover.recovery.models import Action

pytestmark = pytest.mark.django_db


def lines(person, query=""):
    return person.browser().get(f"/messages/?{query}").context["lines"]


def test_a_message_shows_the_farthest_thing_that_happened_to_it(alice, case):
    message = make.make_message(case)
    assert [line.word.label for line in lines(alice)] == ["Sent"]
    make.make_event(message, "clicked")
    make.make_event(message, "opened")
    assert [line.word.label for line in lines(alice)] == ["Link followed"]
    make.make_event(message, "complained")
    assert [line.word.label for line in lines(alice)] == ["Marked as spam"]


def test_a_status_filters(alice, case):
    make.make_event(make.make_message(case), "opened")
    make.make_message(case)
    assert len(lines(alice, "status=opened")) == 1
    assert len(lines(alice, "status=bounced")) == 0
    assert len(lines(alice)) == 2


def test_a_message_whose_answer_was_lost_is_perhaps_sent(alice, case):
    make.make_message(case, state="unknown", sent_at=None)
    assert [line.word.label for line in lines(alice)] == ["Perhaps sent"]


def test_what_was_not_sent_stands_apart_with_its_reason(alice, case):
    make.make_message(case, state="skipped", sent_at=None, data_started_at=None)
    make.make_action(
        case,
        do="message",
        template="final",
        state=Action.State.DONE,
        outcome="skipped",
        reason="no-address",
        settled_at=NOW,
    )
    make.make_action(case, do="charge", state=Action.State.DROPPED, settled_at=NOW)
    assert lines(alice) == []
    assert [(line.kind, line.reason) for line in lines(alice, "status=unsent")] == [
        ("Final notice", "there is no email address at Stripe")
    ]


def test_messages_that_were_dropped_together_are_one_line(alice, case, connection):
    for number, template in enumerate(["reminder", "urgent", "final"]):
        make.make_action(
            case, do="message", template=template, state="dropped", reason="the invoice is paid", settled_at=NOW,
            due_at=NOW + timedelta(days=number),
        )  # fmt: skip
    other = make.make_case(connection)
    make.make_action(
        other, do="message", template="final", state="dropped", reason="the invoice is paid", settled_at=NOW
    )
    assert sorted(line.kind for line in lines(alice, "status=unsent")) == ["Final notice", "Reminder and 2 after it"]


def test_the_list_is_searched_by_customer_and_cut_by_period(alice, case):
    now = datetime.now(UTC)  # noqa: TID251 - the pages read the clock
    make.make_message(case, at=now)
    make.make_message(case, at=now.replace(year=now.year - 1))
    assert len(lines(alice, "q=northwind")) == 2
    assert len(lines(alice, "range=7d")) == 1
    assert len(lines(alice, "q=nobody")) == 0


def test_an_empty_list_says_why_it_is_empty(alice):
    browser = alice.browser()
    assert "Nothing here yet" in browser.get("/messages/").content.decode()
    assert "Everything planned was sent" in browser.get("/messages/?status=unsent").content.decode()
    assert "No message matches" in browser.get("/messages/?q=zzz").content.decode()


def walk(person, query):
    seen, place, browser = [], "", person.browser()
    while True:
        context = browser.get(f"/messages/?{query}{place}").context
        seen.append([line.at for line in context["lines"]])
        if not context["page"].after:
            return seen
        place = f"&after={context['page'].after}"


@pytest.mark.parametrize("query", ["", "status=unsent"])
def test_page_by_page_every_message_is_seen_once_newest_first(alice, connection, query):
    for number in range(60):
        case, at = make.make_case(connection), NOW + timedelta(hours=number // 3)
        make.make_message(case, at=at, created_at=at)
        make.make_action(case, do="message", template="final", state=Action.State.DROPPED, settled_at=at)
    pages = walk(alice, query)
    assert [len(page) for page in pages] == [25, 25, 10]
    every = [at for page in pages for at in page]
    assert every == sorted(every, reverse=True)
    assert len(set(every)) == 20

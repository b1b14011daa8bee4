"""The preview inbox: what customers on test clocks would have got, and nothing else."""

from __future__ import annotations

import pytest

from tests import factories as make
from tests.factories import DAY, NOW
from tests.people import colleague
from tideover.tenants.roles import Role

pytestmark = pytest.mark.django_db
PAGE = "https://tideover.example/c/token-of-the-customer"


@pytest.fixture
def preview(case):
    make.hang(case, make.make_clock(case.connection))
    return make.make_message(case, state="previewed", subject="As a rehearsal", keys=[PAGE], text=f"Pay here: {PAGE}")


def read(person, address="/messages/previews/"):
    return person.browser().get(address).content.decode()


def still_to_go(person):
    """Above all messages, and by itself."""
    browser = person.browser()
    return [browser.get("/messages/").context["ahead"], browser.get("/messages/?status=queued").context["lines"]]


def test_a_preview_stands_in_the_inbox_and_among_no_messages_that_were_sent(alice, case, preview):
    make.make_message(case, subject="Sent in the world")
    inbox = read(alice)
    assert "As a rehearsal" in inbox
    assert "Northwind Ops" in inbox
    assert "In the preview inbox" in inbox
    assert "Sent in the world" not in inbox
    listed = read(alice, "/messages/?range=all")
    assert "Sent in the world" in listed
    assert "As a rehearsal" not in listed
    assert "/messages/previews/" in listed


def test_what_comes_on_a_clock_is_among_no_messages_that_are_still_to_go(alice, case):
    """It goes to nobody, at a time that is none of the world's."""
    make.make_action(case, step="message-1", do="message", due_at=NOW - 400 * DAY)
    assert [len(each) for each in still_to_go(alice)] == [1, 1]
    make.hang(case, make.make_clock(case.connection))
    assert still_to_go(alice) == [[], []]


def test_its_page_has_the_words_as_they_would_be_sent_and_the_link_that_still_opens_the_pay_page(alice, preview):
    html = read(alice, f"/messages/{preview.public_id}/")
    assert "Exactly as it would be sent" in html
    assert "sent to nobody" in html
    assert f'href="{PAGE}"' in html
    assert "/messages/previews/" in html


def test_who_may_only_read_does_not_play_the_customer(alice, preview):
    carol = colleague("Carol", alice, Role.ANALYST)
    html = read(carol, f"/messages/{preview.public_id}/")
    assert "Exactly as it would be sent" in html
    assert f'href="{PAGE}"' not in html


def test_the_link_of_what_was_sent_is_on_no_page(alice, case):
    sent = make.make_message(case, keys=[PAGE])
    html = read(alice, f"/messages/{sent.public_id}/")
    assert "Exactly as sent" in html
    assert f'href="{PAGE}"' not in html


def test_mallory_sees_none_of_it(mallory, preview):
    assert "As a rehearsal" not in read(mallory)
    assert mallory.browser().get(f"/messages/{preview.public_id}/").status_code == 404


def test_where_there_is_none_it_is_said_how_one_comes(alice):
    assert "Hang a customer on a test clock" in read(alice)


def test_a_long_inbox_goes_on_on_the_next_page(alice, case):
    for number in range(30):
        make.make_message(case, state="previewed", subject=f"Preview number {number:02}", at=NOW)
    first = alice.browser().get("/messages/previews/")
    assert "Preview number 29" in first.content.decode()
    after = first.context["page"].after
    assert "Preview number 00" in read(alice, f"/messages/previews/?after={after}")


def test_an_inbox_costs_the_same_for_one_and_for_many(alice, case, django_assert_max_num_queries):
    for _ in range(20):
        make.make_message(case, state="previewed")
    browser = alice.browser()
    with django_assert_max_num_queries(12):
        browser.get("/messages/previews/")

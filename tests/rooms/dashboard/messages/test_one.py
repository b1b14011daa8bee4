"""The page of one message: its words as they were sent, all that happened in order, and the raw signals."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories as make
from tests.factories import NOW
from tideover.core.signals.heard import Trace, stored
from tideover.core.signals.signs import Sign, Who
from tideover.messages.models import Message

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def test_a_message_tells_all_that_came_of_it_with_the_raw_signal(alice, connection):
    at = NOW - 60 * MINUTE
    case = make.make_case(connection, state="recovered", ended_at=at + 30 * MINUTE, via="email")
    action = make.make_action(case, do="message", state="done", why="It is day 3.")
    message = make.make_message(case, action, at=at)
    machine = Trace(Sign.GMAIL_PREFETCH, at + timedelta(seconds=4), at, 2, "GET", "Chrome/42", after=4000)
    person = Trace(Sign.IMAGE_CACHE, at + 20 * MINUTE, at)
    make.make_event(message, "opened", heard=stored({Who.MACHINE: machine, Who.PERSON: person}), at=person.at)
    make.make_event(message, "bounced", detail="mailbox full", at=at + MINUTE)
    answer = alice.browser().get(f"/messages/{message.public_id}/?status=bounced")
    known = answer.context["known"]
    titles = [entry.title for entry in known.entries]
    assert titles[:4] == [
        "Paid $99.00",
        "The customer opened the email",
        "Came back",
        "A machine fetched the email's picture",
    ]
    assert titles[4:] == ["sent", "Written"]
    html = answer.content.decode()
    for said in (
        "4.0 s after sending",
        "counts in no rate",
        "Chrome/42",
        "mailbox full",
        "It is day 3.",
        "30m after it",
    ):
        assert said in html, said
    assert f"/cases/{case.public_id}/messages/{message.public_id}/" in html
    assert "/messages/?status=bounced" in html


@pytest.mark.parametrize("state", ["data_started", "sent"])
def test_of_a_text_message_no_mail_is_spoken(alice, connection, state):
    case = make.make_case(connection, customer_phone="+447911123456")
    message = make.make_message(
        case, state=state, sent_at=NOW if state == "sent" else None, channel="sms", to_address="+447911123456", html=""
    )
    make.make_event(message, "unsubscribed")
    known = alice.browser().get(f"/messages/{message.public_id}/").context["known"]
    assert not [entry.title for entry in known.entries if "mail" in entry.title.lower()]


def test_a_message_of_before_says_that_nothing_was_looked_at_then(alice, case):
    message = make.make_message(case)
    make.make_event(message, "opened", by="unknown")
    html = alice.browser().get(f"/messages/{message.public_id}/").content.decode()
    assert "noted before it was looked at who it was" in html
    assert "Raw signal" not in html


def test_a_message_whose_words_are_gone_says_so(alice, case):
    message = make.make_message(case, html="", text="")
    assert "Its words are not kept any more." in alice.browser().get(f"/messages/{message.public_id}/").content.decode()


@pytest.mark.parametrize("name", ["msg_nothing", "case_01KAJ2", "x"])
def test_a_message_that_is_none_is_not_found(alice, name):
    assert alice.browser().get(f"/messages/{name}/").status_code == 404


def test_a_message_that_did_not_leave_has_no_page(alice, case):
    message = make.make_message(case, state="failed", sent_at=None, data_started_at=None)
    assert alice.browser().get(f"/messages/{message.public_id}/").status_code == 404


def test_the_words_of_a_message_are_the_ones_that_were_kept(alice, case):
    message = make.make_message(case)
    html = alice.browser().get(f"/messages/{message.public_id}/").content.decode()
    assert Message.objects.get().text in html

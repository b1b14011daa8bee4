"""What pages and figures learn about messages: each merchant's own, counted once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.people import Person
from tests.rooms.messages.post import NOW, claimed
from tideover.gateways.email import Accepted
from tideover.ids import new_id
from tideover.messages.delivery import deliver
from tideover.messages.keyed import open_token
from tideover.messages.models import Message
from tideover.messages.queries import MessageCounts, counts, counts_by_template, message_read, messages_about
from tideover.messages.tracking import record_click, record_open, unsubscribe

pytestmark = pytest.mark.django_db


class Accepting:
    def send(self, *_: object) -> Accepted:
        return Accepted()


def sent(person: Person, name: str, at: datetime = NOW, **wording: Any) -> Message:
    message = claimed(person, f"{name}@customer.example", at, **wording)
    deliver(message, Accepting(), lambda: at)
    return message


def test_the_messages_of_a_case_come_oldest_first_with_their_events(alice, django_assert_num_queries):
    about = new_id()
    first = sent(alice, "jane", about=about)
    sent(alice, "jane", NOW + timedelta(days=3), about=about, template="reminder")
    sent(alice, "joe")
    record_open(open_token(first.action_id), NOW + timedelta(hours=1))
    with django_assert_num_queries(2):
        read = messages_about(alice.organization, about)
    assert [message.template for message in read] == ["failed", "reminder"]
    assert read[0].first("opened") == NOW + timedelta(hours=1)
    assert read[0].first("clicked") is None
    assert "Amount: $99.00" in read[0].text


def test_mallory_sees_nothing_of_alices_messages(alice, mallory):
    message = sent(alice, "jane")
    record_click(message.pk, NOW)
    assert messages_about(mallory.organization, message.about) == ()
    assert message_read(mallory.organization, message.pk) is None
    assert counts(mallory.organization, NOW, NOW + timedelta(days=1)) == MessageCounts()
    assert message_read(alice.organization, message.pk) is not None


def test_a_message_counts_once_however_often_it_was_opened(alice):
    message = sent(alice, "jane")
    for _ in range(4):
        record_open(open_token(message.action_id), NOW)
    record_click(message.pk, NOW)
    unsubscribe(message, NOW)
    sent(alice, "joe", template="reminder")
    assert counts(alice.organization, NOW, NOW + timedelta(days=1)) == MessageCounts(
        sent=2, opened=1, clicked=1, unsubscribed=1
    )
    assert counts_by_template(alice.organization, NOW, NOW + timedelta(days=1)) == {
        "failed": MessageCounts(sent=1, opened=1, clicked=1, unsubscribed=1),
        "reminder": MessageCounts(sent=1),
    }


def test_a_period_ends_before_its_end(alice):
    sent(alice, "jane")
    assert counts(alice.organization, NOW - timedelta(days=1), NOW).sent == 0
    assert counts(alice.organization, NOW, NOW + timedelta(seconds=1), alice.project).sent == 1


def test_what_was_not_sent_is_not_counted(alice):
    claimed(alice)
    assert counts(alice.organization, NOW - timedelta(days=1), NOW + timedelta(days=1)).sent == 0

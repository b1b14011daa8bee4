"""An erased person is gone from the messages, and still is not written to."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.rooms.messages.post import NOW, claimed
from tideover.core.catalogue import Channel
from tideover.gateways.transport import Accepted, Refused
from tideover.messages.delivery import deliver
from tideover.messages.forgetting import forget_hash
from tideover.messages.keyed import address_hash, links_of
from tideover.messages.models import Message, MessageEvent
from tideover.messages.suppression import refusal
from tideover.messages.tracking import record_bounce

pytestmark = pytest.mark.django_db
JANE = "jane@customer.example"


class Answering:
    def __init__(self, answer: Accepted | Refused) -> None:
        self.answer, self.sent = answer, 0

    def send(self, _sender: str, _to: str, _mail: object, leaving: Callable[[], None]) -> Accepted | Refused:
        leaving()
        self.sent += 1
        return self.answer


def test_nothing_of_an_erased_person_is_left_in_the_rows(alice):
    message = claimed(alice, JANE)
    deliver(message, Answering(Accepted()), lambda: NOW)
    record_bounce(message.pk, NOW, "452 jane@customer.example is full", permanent=False)
    assert forget_hash(alice.organization, address_hash(JANE)) == 1
    rows = str([*Message.objects.values(), *MessageEvent.objects.values()]).lower()
    assert "jane" not in rows
    assert Message.objects.get().state == Message.State.SENT  # totals are untouched


def test_an_erased_person_can_still_opt_out_and_stays_opted_out(alice, client):
    message = claimed(alice, JANE)
    deliver(message, Answering(Accepted()), lambda: NOW)
    forget_hash(alice.organization, address_hash(JANE))
    client.post("/u/" + links_of(message.action_id).unsubscribe_url.rpartition("/")[2])
    assert refusal(alice.project, Channel.EMAIL, JANE, NOW) == "suppressed:unsubscribed"


def test_what_was_not_sent_before_an_erasure_is_not_sent_after_it(alice):
    waiting, deferred = claimed(alice, JANE), claimed(alice, JANE)
    deliver(deferred, Answering(Refused(permanent=False, reason="452")), lambda: NOW)
    forget_hash(alice.organization, address_hash(JANE))
    transport = Answering(Accepted())
    for message in (waiting, deferred, *Message.objects.all()):
        assert deliver(message, transport, lambda: NOW).state == Message.State.SKIPPED
    assert transport.sent == 0


def test_another_merchants_messages_to_the_same_person_stay(alice, mallory):
    claimed(mallory, JANE)
    assert forget_hash(alice.organization, address_hash(JANE)) == 0
    assert Message.objects.get().to_address == JANE

"""What is measured works: a bench over rows that the product has come to pass over would measure nothing."""

from __future__ import annotations

import pytest

from bench import actions_rows, backlog_rows, messages_rows
from bench.merchant import MemoryStripe, make_merchant
from tideover.messages.models import Message
from tideover.recovery.models import Case

pytestmark = pytest.mark.django_db(transaction=True)


def test_messages_are_written_and_their_words_are_made_of_what_was_read_before(monkeypatch):
    monkeypatch.setattr(messages_rows, "WARM", 1)
    told = messages_rows.written(2)
    assert Message.objects.filter(state=Message.State.SENT).count() == 3
    assert told["queries_per_rendering"] == 0


def test_stored_events_open_cases_and_end_them():
    connection, stripe = make_merchant(), MemoryStripe()
    backlog_rows.store(connection, "invoice.payment_failed", 3)
    backlog_rows.handle_all(stripe)
    stripe.paid = {f"in_{number}" for number in range(3)}
    backlog_rows.store(connection, "invoice.paid", 3)
    backlog_rows.handle_all(stripe)
    assert list(Case.objects.values_list("state", flat=True)) == ["recovered"] * 3


def test_due_actions_are_claimed_and_settled():
    assert actions_rows.prepared().drain(3) > 0

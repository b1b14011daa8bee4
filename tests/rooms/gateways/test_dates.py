"""From when on an invoice is owed, until when its subscription goes on, and what failed last."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.rooms.gateways.bodies import CHARGE, INTENT, INVOICE, MADE_AT
from tideover.gateways import reading


def test_an_invoice_is_due_since_it_was_finalized_however_long_it_was_a_draft():
    read = reading.invoice_read({**INVOICE, "status_transitions": {"finalized_at": MADE_AT + 2_000_000}})
    assert read.created_at == datetime.fromtimestamp(MADE_AT + 2_000_000, UTC)


@pytest.mark.parametrize(
    ("told", "ends"),
    [
        ({"cancel_at_period_end": True}, True),
        ({"cancel_at": MADE_AT + 900, "items": {"data": [{"current_period_end": MADE_AT + 900}]}}, True),
        (
            {"cancel_at": MADE_AT + 900, "current_period_end": MADE_AT + 900},
            True,
        ),  # as versions before the items say it
        ({"cancel_at": MADE_AT + 901, "items": {"data": [{"current_period_end": MADE_AT + 900}]}}, False),
        ({"cancel_at": None, "items": {"data": [{"current_period_end": MADE_AT + 900}]}}, False),
    ],
)
def test_a_subscription_is_cancelled_by_the_end_of_its_period_however_stripe_writes_it(told, ends):
    parent = {"subscription_details": {"subscription": {"id": "sub_1QxVbK2eZvKYlo2CwR6yU9tA", **told}}}
    read = reading.invoice_read({**INVOICE, "parent": parent})
    assert read.ends_with_its_period == ends


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ({"code": "payment_intent_authentication_failure"}, "payment_intent_authentication_failure"),
        ({"code": "card_declined", "decline_code": "authentication_required", "charge": CHARGE["id"]}, None),
        ({"code": "card_declined", "decline_code": "insufficient_funds", "charge": CHARGE["id"]}, None),
    ],
)
def test_a_bank_that_was_not_answered_is_the_last_word_also_after_earlier_charges(error, code):
    intent = {**INTENT, "last_payment_error": error}
    payments = {"data": [{"id": "inpay_1", "payment": {"payment_intent": intent}}]}
    found = reading.invoice_read({**INVOICE, "payments": payments}).payment_error
    assert (found and found.code) == code

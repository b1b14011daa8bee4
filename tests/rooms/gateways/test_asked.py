"""An answer to a charge tells what the bank was asked for, which may be less than what was open before."""

from __future__ import annotations

import pytest

from tests.rooms.gateways.bodies import INTENT, INVOICE
from tideover.gateways.reading import answer_of, refusal_of


@pytest.mark.parametrize("code", ["card_declined", "authentication_required"])
@pytest.mark.parametrize(("told", "asked"), [({"amount": 4950}, 4950), ({}, None)])
def test_a_no_tells_what_the_bank_was_asked_for(code, told, asked):
    assert refusal_of({"code": code, "payment_intent": {**INTENT, **told}}).amount == asked


@pytest.mark.parametrize("status", ["processing", "requires_action"])
def test_an_answer_that_is_not_there_yet_tells_what_the_bank_was_asked_for(status):
    intent = {**INTENT, "status": status, "amount": 4950}
    payments = {"data": [{"id": "inpay_1", "is_default": True, "payment": {"payment_intent": intent}}]}
    assert answer_of({**INVOICE, "payments": payments}).amount == 4950

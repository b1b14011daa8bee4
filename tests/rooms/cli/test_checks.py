"""The demo's checks find what they look for: a clean run is silent, and each planted lie is told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tideover.cli.demo.checks import Artefacts, OurCase, OurMessage, violations

PAID = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
TRY = {"at": 1, "customer": "cus_1", "invoice": "in_1", "amount": 9900, "currency": "usd", "by": "api"}
TRUTH = Artefacts(
    attempts=(
        {**TRY, "by": "stripe", "idempotency_key": None, "outcome": "failed"},
        {**TRY, "idempotency_key": "pr_a", "outcome": "failed"},
        {**TRY, "idempotency_key": "pr_b", "outcome": "succeeded"},
    ),
    invoices=({"id": "in_1", "status": "paid", "amount_came": 9900, "amount_recovered": 9900, "currency": "usd"},),
    mails=("m1@acme",),
    cases=(OurCase("case", "in_1", "recovered", "usd", 9900),),
    messages=(OurMessage("case", "message-1", PAID - timedelta(days=1), "m1@acme"),),
    charge_keys=frozenset({"pr_a", "pr_b"}),
    paid_at={"in_1": PAID},
    lost_deliveries=0,
)


def test_a_clean_run_has_no_violations():
    assert violations(TRUTH) == []


@pytest.mark.parametrize(
    ("lie", "told"),
    [
        ({"attempts": (*TRUTH.attempts, TRUTH.attempts[1])}, "action pr_a was charged 2 times"),
        ({"charge_keys": frozenset({"pr_a"})}, "a charge went out under pr_b, which no action has"),
        (
            {"attempts": (*TRUTH.attempts, {**TRUTH.attempts[2], "idempotency_key": "pr_a"})},
            "invoice in_1 was paid 2 times",
        ),
        (
            {"messages": (replace(TRUTH.messages[0], sent_at=PAID + timedelta(minutes=1)),)},
            "case case: message-1 was sent 0:01:00 after the payment",
        ),
        ({"messages": TRUTH.messages * 2}, "case case: message-1 was sent 2 times"),
        ({"mails": ("m1@acme", "m1@acme")}, "mail m1@acme arrived 2 times"),
        ({"mails": ("m1@acme", "ghost@acme")}, "mail ghost@acme arrived, and no message row knows it"),
        ({"cases": ()}, "invoice in_1 failed and has no case"),
        ({"cases": (replace(TRUTH.cases[0], state="failing"),)}, "invoice in_1 is paid and its case is failing"),
        ({"cases": (replace(TRUTH.cases[0], recovered=990000),)}, "recovered usd: we say 990000, Stripe says 9900"),
        ({"lost_deliveries": 3}, "3 webhooks were not acknowledged"),
    ],
)
def test_each_lie_is_told(lie, told):
    assert told in violations(replace(TRUTH, **lie))


def test_a_mail_within_ten_seconds_of_the_payment_is_forgiven():
    message = replace(TRUTH.messages[0], sent_at=PAID + timedelta(seconds=10))
    assert violations(replace(TRUTH, messages=(message,))) == []

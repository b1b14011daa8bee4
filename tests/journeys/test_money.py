"""Money through the whole house: paid in parts, credited, given back, fought over; both sides' books say the same."""

from __future__ import annotations

import pytest

from tideover.core.proceeds import proceeds
from tideover.recovery.learnt import as_fact
from tideover.recovery.models import Case

pytestmark = pytest.mark.django_db(transaction=True)


def same_as_at_stripe(shop) -> tuple[str, int, int]:
    """What our case says, once it is what the simulator says and what its own facts add up to."""
    case = shop.case
    [invoice] = [row for row in shop.world.summary()["invoices"] if row["id"] == case.invoice_id]
    assert case.amount_recovered == invoice["amount_recovered"]
    assert case.monthly == 9900, "a month of a monthly plan, as the subscription's own item tells"
    assert case.amount_recovered + case.amount_returned == invoice["amount_came"]
    brought = proceeds([as_fact(row) for row in case.facts.all()], case.amount_due, case.opened_at)
    assert (brought.kept, brought.back) == (case.amount_recovered, case.amount_returned)
    return case.state, case.amount_recovered, case.amount_returned


def pay_a_part(shop, amount: int) -> None:
    card = shop.client.v1.payment_methods.attach("pm_card_visa", {"customer": shop.customer.id})
    part = shop.client.v1.payment_intents.create(
        {
            "amount": amount,
            "currency": "usd",
            "customer": shop.customer.id,
            "payment_method": card.id,
            "confirm": True,
            "off_session": True,
        }
    )
    shop.client.v1.invoices.attach_payment(shop.case.invoice_id, {"payment_intent": part.id})


def until_heard(shop) -> tuple[str, int, int]:
    shop.until_day((shop.machine.now - shop.failed_at).total_seconds() / 86_400 + 0.1)
    return same_as_at_stripe(shop)


def last_charge(shop) -> str:
    return str(shop.world.summary()["invoices"][0]["charge"])


def test_a_part_is_paid_a_part_credited_and_the_rest_charged(open_shop):
    shop = open_shop("tuned")
    shop.renewal_fails()
    pay_a_part(shop, 6000)
    assert until_heard(shop) == ("failing", 6000, 0)
    shop.client.v1.credit_notes.create({"invoice": shop.case.invoice_id, "amount": 900})
    assert until_heard(shop) == ("failing", 6000, 0)
    assert (shop.case.owed.minor, shop.case.amount.minor) == (3000, 9900)
    shop.use_card("pm_card_visa")
    shop.until_day(20)
    assert same_as_at_stripe(shop) == ("recovered", 9000, 0)


def test_what_was_credited_to_the_last_cent_is_nobodys_recovery(open_shop):
    shop = open_shop("tuned")
    shop.renewal_fails()
    shop.client.v1.credit_notes.create({"invoice": shop.case.invoice_id, "amount": 9900})
    assert until_heard(shop) == ("canceled", 0, 0)


def test_refunds_in_parts_and_a_dispute_that_is_won_leave_and_come_back(open_shop):
    shop = open_shop("tuned")
    shop.renewal_fails()
    shop.use_card("pm_card_visa")
    shop.until_day(20)
    assert same_as_at_stripe(shop) == ("recovered", 9900, 0)
    charge = last_charge(shop)
    shop.client.v1.refunds.create({"charge": charge, "amount": 1000})
    failing = shop.client.v1.refunds.create({"charge": charge, "amount": 4000})
    assert until_heard(shop) == ("recovered", 4900, 5000)
    shop.world._post("/_sim/fail_refund", {"refund": failing.id})
    assert until_heard(shop) == ("recovered", 8900, 1000)
    shop.world._post("/_sim/dispute", {"charge": charge})
    assert until_heard(shop) == ("recovered", 0, 9900)
    [dispute] = shop.client.v1.disputes.list({"charge": charge}).data
    shop.client.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "winning_evidence"}})
    assert until_heard(shop) == ("recovered", 8900, 1000)
    assert Case.objects.count() == 1

"""The simulator's own figures: what of a failed invoice came since, and what of that stayed."""

from __future__ import annotations

from tests.contracts.merchant import Merchant


def row(merchant: Merchant) -> tuple[int, int]:
    [failed] = merchant.world.look("summary")["invoices"]
    return failed["amount_came"], failed["amount_recovered"]


def paid(merchant: Merchant) -> str:
    invoice = merchant.failed_invoice()
    card = merchant.v1.payment_methods.attach("pm_card_visa", {"customer": str(invoice.customer)})
    merchant.v1.invoices.pay(str(invoice.id), {"payment_method": card.id})
    return str(merchant.world.look("summary")["invoices"][0]["charge"])


def test_what_was_credited_never_came(merchant: Merchant):
    invoice = str(merchant.failed_invoice().id)
    merchant.v1.credit_notes.create({"invoice": invoice, "amount": 900})
    assert row(merchant) == (0, 0)
    merchant.v1.invoices.pay(invoice, {"paid_out_of_band": True})
    assert row(merchant) == (2000, 2000)


def test_what_was_refunded_or_disputed_came_and_did_not_stay(merchant: Merchant):
    charge = paid(merchant)
    assert row(merchant) == (2900, 2900)
    refund = merchant.v1.refunds.create({"charge": charge, "amount": 900})
    assert row(merchant) == (2900, 2000)
    merchant.world.pull("fail_refund", refund=refund.id)
    merchant.world.pull("dispute", charge=charge, status="won")
    assert row(merchant) == (2900, 2900)


def test_a_dispute_that_is_not_won_holds_it_all(merchant: Merchant):
    merchant.world.pull("dispute", charge=paid(merchant))
    assert row(merchant) == (2900, 0)

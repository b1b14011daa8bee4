"""Credit notes: an open invoice asks for less, a paid one gives back; and refunds that the bank does not take."""

from __future__ import annotations

import pytest
import stripe

from tests.contracts.merchant import DAY, Merchant


def events(merchant: Merchant) -> list[str]:
    return [event.type for event in merchant.v1.events.list({"limit": 100}).data]


def credit(merchant: Merchant, invoice: str, amount: int, **ways: int) -> stripe.CreditNote:
    return merchant.v1.credit_notes.create({"invoice": invoice, "amount": amount, **ways})  # type: ignore[typeddict-item]


def amounts(merchant: Merchant, invoice: str) -> tuple[str | None, int, int, int]:
    read = merchant.v1.invoices.retrieve(invoice)
    return read.status, read.amount_due, read.amount_paid, read.amount_remaining


def test_a_credit_note_of_an_open_invoice_lowers_what_it_asks_for(merchant: Merchant):
    invoice = str(merchant.failed_invoice().id)
    note = credit(merchant, invoice, 900)
    assert (note.type, note.pre_payment_amount) == ("pre_payment", 900)
    assert amounts(merchant, invoice) == ("open", 2000, 0, 2000)
    assert {"credit_note.created", "invoice.updated"} <= set(events(merchant)[:2])


def test_what_is_charged_then_is_the_rest(merchant: Merchant):
    invoice = merchant.failed_invoice()
    credit(merchant, str(invoice.id), 900)
    card = merchant.v1.payment_methods.attach("pm_card_visa", {"customer": str(invoice.customer)})
    paid = merchant.v1.invoices.pay(str(invoice.id), {"payment_method": card.id})
    assert (paid.status, paid.amount_paid) == ("paid", 2000)
    assert merchant.v1.charges.list({"customer": str(invoice.customer)}).data[0].amount == 2000


def test_an_invoice_of_which_nothing_remains_is_paid_without_money(merchant: Merchant):
    invoice = merchant.failed_invoice()
    credit(merchant, str(invoice.id), 2900)
    assert amounts(merchant, str(invoice.id)) == ("paid", 0, 0, 0)
    merchant.world.pull("advance", to=invoice.created + 60 * DAY)
    assert merchant.v1.invoices.retrieve(str(invoice.id)).attempt_count == invoice.attempt_count


def test_a_credit_note_that_is_voided_is_asked_for_again(merchant: Merchant):
    invoice = str(merchant.failed_invoice().id)
    note = credit(merchant, invoice, 900)
    assert merchant.v1.credit_notes.void_credit_note(note.id).status == "void"
    assert amounts(merchant, invoice) == ("open", 2900, 0, 2900)
    assert merchant.v1.invoices.retrieve(invoice).pre_payment_credit_notes_amount == 0
    with pytest.raises(stripe.InvalidRequestError):
        merchant.v1.credit_notes.void_credit_note(note.id)


def test_no_more_is_credited_than_remains(merchant: Merchant):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        credit(merchant, str(merchant.failed_invoice().id), 2901)
    assert refused.value.param == "amount"


def test_of_a_paid_invoice_each_cent_goes_one_way_back(merchant: Merchant):
    invoice = merchant.v1.invoices.retrieve(str(merchant.subscription().latest_invoice))
    with pytest.raises(stripe.InvalidRequestError):
        credit(merchant, str(invoice.id), 2000, refund_amount=1999)
    note = credit(merchant, str(invoice.id), 2000, refund_amount=1500, credit_amount=500)
    [refund] = merchant.v1.refunds.list().data
    assert (refund.amount, note.refunds[0].refund) == (1500, refund.id)
    assert merchant.v1.customers.retrieve(str(invoice.customer)).balance == -500
    assert amounts(merchant, str(invoice.id)) == ("paid", 2900, 2900, 0)


def test_a_refund_that_the_bank_does_not_take_is_the_merchants_again(merchant: Merchant):
    charge = str(merchant.paid_intent().latest_charge)
    kept, failed = (merchant.v1.refunds.create({"charge": charge, "amount": amount}).id for amount in (100, 400))
    merchant.world.pull("fail_refund", refund=failed)
    assert merchant.v1.charges.retrieve(charge).amount_refunded == 100
    assert [merchant.v1.refunds.retrieve(each).status for each in (kept, failed)] == ["succeeded", "failed"]
    assert "refund.failed" in events(merchant)

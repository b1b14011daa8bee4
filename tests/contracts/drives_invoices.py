"""The official client performing the operations about invoices, their items and their payments."""

from __future__ import annotations

from contextlib import suppress

import stripe

from tests.contracts.drives import drives
from tests.contracts.merchant import Merchant


@drives("POST /v1/invoices")
def create_invoice(merchant: Merchant) -> None:
    merchant.draft()
    customer = merchant.customer()
    merchant.v1.invoices.create(
        {"customer": customer.id, "collection_method": "send_invoice", "days_until_due": 7, "currency": "eur"}
    )


@drives("GET /v1/invoices/{invoice}")
def retrieve_invoice(merchant: Merchant) -> None:
    invoice = merchant.failed_invoice()
    merchant.v1.invoices.retrieve(
        str(invoice.id),
        {"expand": ["payments.data.payment.payment_intent.latest_charge", "confirmation_secret", "customer"]},
    )


@drives("POST /v1/invoices/{invoice}")
def update_invoice(merchant: Merchant) -> None:
    invoice = merchant.failed_invoice()
    merchant.v1.invoices.update(str(invoice.id), {"auto_advance": False, "metadata": {"held_by": "tideover"}})
    merchant.v1.invoices.update(str(invoice.id), {"auto_advance": True, "default_payment_method": "pm_card_visa"})


@drives("DELETE /v1/invoices/{invoice}")
def delete_invoice(merchant: Merchant) -> None:
    merchant.v1.invoices.delete(str(merchant.draft().id))


@drives("POST /v1/invoices/{invoice}/finalize")
def finalize_invoice(merchant: Merchant) -> None:
    invoice = merchant.draft()
    merchant.v1.invoices.finalize_invoice(str(invoice.id), {"auto_advance": False})


@drives("POST /v1/invoices/{invoice}/pay")
def pay_invoice(merchant: Merchant) -> None:
    invoice = merchant.failed_invoice()
    with suppress(stripe.CardError):
        merchant.v1.invoices.pay(str(invoice.id))
    merchant.v1.invoices.pay(str(invoice.id), {"payment_method": "pm_card_visa", "off_session": True})
    with suppress(stripe.InvalidRequestError):
        merchant.v1.invoices.pay(str(invoice.id))
    for present in (False, True):
        challenged = merchant.failed_invoice("pm_card_authenticationRequired")
        with suppress(stripe.CardError, stripe.InvalidRequestError):
            merchant.v1.invoices.pay(str(challenged.id), {"off_session": not present})
    merchant.v1.invoices.pay(str(merchant.failed_invoice().id), {"paid_out_of_band": True})


@drives("POST /v1/invoices/{invoice}/void")
def void_invoice(merchant: Merchant) -> None:
    invoice = merchant.failed_invoice()
    merchant.v1.invoices.void_invoice(str(invoice.id))
    with suppress(stripe.InvalidRequestError):
        merchant.v1.invoices.pay(str(invoice.id))


@drives("POST /v1/invoices/{invoice}/mark_uncollectible")
def mark_uncollectible(merchant: Merchant) -> None:
    merchant.v1.invoices.mark_uncollectible(str(merchant.failed_invoice().id))


@drives("POST /v1/invoices/{invoice}/send")
def send_invoice(merchant: Merchant) -> None:
    customer = merchant.customer()
    invoice = merchant.v1.invoices.create(
        {"customer": customer.id, "collection_method": "send_invoice", "days_until_due": 7}
    )
    merchant.v1.invoice_items.create({"customer": customer.id, "invoice": invoice.id, "amount": 700, "currency": "usd"})
    merchant.v1.invoices.send_invoice(str(invoice.id))


@drives("POST /v1/invoices/{invoice}/attach_payment")
def attach_payment(merchant: Merchant) -> None:
    invoice = merchant.failed_invoice()
    part = merchant.v1.payment_intents.create(
        {
            "amount": 1000,
            "currency": "usd",
            "customer": str(invoice.customer),
            "payment_method": "pm_card_visa",
            "off_session": True,
            "confirm": True,
        }
    )
    merchant.v1.invoices.attach_payment(str(invoice.id), {"payment_intent": part.id, "expand": ["payments"]})


@drives("GET /v1/invoices")
def list_invoices(merchant: Merchant) -> None:
    invoice = merchant.failed_invoice()
    merchant.v1.invoices.list({"customer": str(invoice.customer), "status": "open", "expand": ["data.payments"]})


@drives("GET /v1/invoices/{invoice}/lines")
def list_lines(merchant: Merchant) -> None:
    merchant.v1.invoices.line_items.list(str(merchant.draft().id), {"limit": 5})


@drives("GET /v1/invoice_payments")
def list_invoice_payments(merchant: Merchant) -> None:
    invoice = merchant.failed_invoice()
    row = merchant.v1.invoice_payments.list({"invoice": str(invoice.id)}).data[0]
    intent = str(row.payment.payment_intent)
    merchant.v1.invoice_payments.list({"payment": {"type": "payment_intent", "payment_intent": intent}})


@drives("GET /v1/invoice_payments/{invoice_payment}")
def retrieve_invoice_payment(merchant: Merchant) -> None:
    invoice = merchant.failed_invoice()
    row = merchant.v1.invoice_payments.list({"invoice": str(invoice.id)}).data[0]
    merchant.v1.invoice_payments.retrieve(row.id, {"expand": ["payment.payment_intent"]})


@drives("POST /v1/invoiceitems")
def create_item(merchant: Merchant) -> None:
    customer = merchant.customer()
    once = merchant.v1.prices.create({"currency": "usd", "unit_amount": 150, "product_data": {"name": "Setup"}})
    merchant.v1.invoice_items.create({"customer": customer.id, "pricing": {"price": once.id}, "quantity": 2})


@drives("GET /v1/invoiceitems/{invoiceitem}")
def retrieve_item(merchant: Merchant) -> None:
    item = merchant.v1.invoice_items.create({"customer": merchant.customer().id, "amount": 1, "currency": "usd"})
    merchant.v1.invoice_items.retrieve(item.id)


@drives("GET /v1/invoiceitems")
def list_items(merchant: Merchant) -> None:
    merchant.v1.invoice_items.list({"invoice": str(merchant.draft().id)})


@drives("DELETE /v1/invoiceitems/{invoiceitem}")
def delete_item(merchant: Merchant) -> None:
    item = merchant.v1.invoice_items.list({"invoice": str(merchant.draft().id)}).data[0]
    merchant.v1.invoice_items.delete(item.id)

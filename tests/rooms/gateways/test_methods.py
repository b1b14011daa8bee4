"""Every way to pay is read as what it is: a card by its network, anything else by Stripe's type, with its own account."""

from __future__ import annotations

import pytest

from tests.rooms.gateways.bodies import CARD, CHARGE, INVOICE
from tideover.core.methods import DEBITS
from tideover.gateways.answers import Card
from tideover.gateways.methods import method_in, method_of_charge
from tideover.gateways.reading import charge_read, intent_read, invoice_read, refusal_of

METHOD = "pm_1QxVbN2eZvKYlo2CXa7Jd0Tp"
FINGERPRINT = "9TrWaM4fXuJHkp7D"


def told(body: object) -> Card | None:
    return method_in({"default_payment_method": body}, "default_payment_method")


@pytest.mark.parametrize("kind", sorted(DEBITS))
def test_a_bank_account_is_read_with_its_last_digits_and_its_fingerprint(kind):
    account = {"last4": "6789", "fingerprint": FINGERPRINT, "bank_name": "STRIPE TEST BANK"}
    assert told({"id": METHOD, "type": kind, kind: account}) == Card(METHOD, kind, "6789", FINGERPRINT)
    details = {"type": kind, kind: account}
    charged = {**CHARGE, "payment_method_details": details}
    assert method_of_charge(charged) == Card(METHOD, kind, "6789", FINGERPRINT)
    decline = charge_read(charged).decline
    assert decline
    assert decline.brand == kind


@pytest.mark.parametrize("kind", ["paypal", "link", "cashapp", "amazon_pay", "nz_bank_account"])
def test_what_has_no_fingerprint_is_itself_alone(kind):
    assert told({"id": METHOD, "type": kind, kind: {}}) == Card(METHOD, kind, fingerprint=METHOD)


def test_a_card_is_known_by_its_network_and_only_by_its_own_fingerprint():
    assert told(CARD) == Card(METHOD, "visa", "4242", "Xt5EWLLDS7FJjR1c", "04/2029")
    assert told({"id": METHOD, "type": "card", "card": {"brand": "visa", "last4": "4242"}}).fingerprint == ""


@pytest.mark.parametrize(
    ("older", "read"),
    [
        (
            {"id": "card_1QxVbN2eZvKYlo2C", "object": "card", "brand": "American Express", "last4": "0005", "fingerprint": FINGERPRINT},
            Card("card_1QxVbN2eZvKYlo2C", "amex", "0005", FINGERPRINT),
        ),
        (
            {"id": "card_1QxVbN2eZvKYlo2C", "object": "card", "brand": "Diners Club", "last4": "0004", "fingerprint": FINGERPRINT},
            Card("card_1QxVbN2eZvKYlo2C", "diners", "0004", FINGERPRINT),
        ),
        (
            {"id": "ba_1QxVbN2eZvKYlo2C", "object": "bank_account", "last4": "6789", "fingerprint": FINGERPRINT, "status": "verified"},
            Card("ba_1QxVbN2eZvKYlo2C", "us_bank_account", "6789", FINGERPRINT),
        ),
        (
            {"id": "src_1QxVbN2eZvKYlo2C", "object": "source", "type": "sepa_debit", "sepa_debit": {"last4": "3000", "fingerprint": FINGERPRINT}},
            Card("src_1QxVbN2eZvKYlo2C", "sepa_debit", "3000", FINGERPRINT),
        ),
        ("ba_1QxVbN2eZvKYlo2C", Card("ba_1QxVbN2eZvKYlo2C", "us_bank_account")),
        ("card_1QxVbN2eZvKYlo2C", Card("card_1QxVbN2eZvKYlo2C", "card")),
        ("src_1QxVbN2eZvKYlo2C", Card("src_1QxVbN2eZvKYlo2C")),
        (None, None),
    ],
)  # fmt: skip
def test_an_older_source_is_a_way_to_pay_too(older, read):
    customer = {**INVOICE["customer"], "invoice_settings": {"default_payment_method": None}, "default_source": older}
    invoice = invoice_read({**INVOICE, "customer": customer})
    assert (invoice.card, invoice.payment_method_from) == (read, "customer" if read else "")


def test_a_method_goes_before_an_older_source_of_the_same_holder_and_the_invoice_before_the_customer():
    source = {"id": "ba_1QxVbN2eZvKYlo2C", "object": "bank_account", "last4": "6789"}
    customer = {**INVOICE["customer"], "default_source": source}
    assert invoice_read({**INVOICE, "customer": customer}).card.payment_method_id == METHOD
    on_invoice = invoice_read({**INVOICE, "customer": customer, "default_source": source})
    assert (on_invoice.card.payment_method_id, on_invoice.payment_method_from) == (source["id"], "invoice")


def test_a_refusal_says_which_kind_of_method_was_refused():
    account = {
        "id": METHOD,
        "type": "us_bank_account",
        "us_bank_account": {"last4": "6789", "fingerprint": FINGERPRINT},
    }
    answer = refusal_of({"type": "invalid_request_error", "code": "debit_not_authorized", "payment_method": account})
    assert answer.decline.brand == "us_bank_account"


def test_a_card_that_was_refused_when_it_was_set_up_is_known_by_the_error_as_the_intent_has_it_no_more():
    refused = {"id": METHOD, "type": "card", "card": {"brand": "visa", "last4": "9995"}}
    error = {"code": "card_declined", "decline_code": "insufficient_funds", "payment_method": refused}
    intent = {"id": "seti_1QxVb02eZvKYlo2C", "status": "requires_payment_method", "payment_method": None}
    assert intent_read({**intent, "last_setup_error": error}).decline.brand == "visa"


# ── what the bill is for ──


def line(amount: int | None, description: str | None) -> dict[str, object]:
    return {"id": f"il_{description}", "amount": amount, "description": description}


@pytest.mark.parametrize(
    ("lines", "named", "others"),
    [
        ([line(-900, "Unused time on Basic"), line(2400, "Remaining time on Pro")], "Remaining time on Pro", 0),
        ([line(500, "Seats"), line(2400, "Pro"), line(300, "Storage")], "Pro", 2),
        ([line(0, "Trial"), line(2400, "Pro")], "Pro", 0),
        ([line(2400, None), line(300, "Storage")], "Storage", 1),
        ([line(None, "Pro")], "Pro", 0),
        ([line(-900, "Credit")], "The invoice's own", 0),
        ([], "The invoice's own", 0),
    ],
)
def test_a_bill_is_named_after_the_largest_thing_that_is_charged(lines, named, others):
    body = {**INVOICE, "description": "The invoice's own", "lines": {"object": "list", "data": lines}}
    read = invoice_read(body)
    assert (read.description, read.other_lines) == (named, others)

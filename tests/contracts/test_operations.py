"""Every operation the simulator serves is performed by the official client, and every exchange is as Stripe types it."""

from __future__ import annotations

import re

import pytest

from tests.contracts import drives_checkout, drives_invoices, drives_money, drives_plans, drives_searches
from tests.contracts.conftest import Recorder
from tests.contracts.drives import DRIVES
from tests.contracts.merchant import Merchant
from tests.contracts.validator import Contract
from tideover.simulator.api.resources import TABLE
from tideover.simulator.wire.operations import Operation

assert drives_invoices.__doc__  # importing them fills the table
assert drives_checkout.__doc__
assert drives_money.__doc__
assert drives_plans.__doc__
assert drives_searches.__doc__


def masked(path: str) -> str:
    return re.sub(r"\{[^}]+\}", "*", path)


def test_each_operation_served_is_driven_and_nothing_else():
    served = {f"{operation.method} {operation.path}" for operation in TABLE.operations}
    assert set(DRIVES) == served


@pytest.mark.parametrize("operation", sorted(DRIVES))
def test_the_official_client_and_the_simulator_speak_stripes_language(
    operation: str, merchant: Merchant, recorder: Recorder, contract: Contract
):
    before = len(recorder.exchanges)
    DRIVES[operation](merchant)
    exchanges = recorder.exchanges[before:]
    method, path = operation.split()
    performed = [
        found[0] for each in exchanges if each.method == method and (found := contract.operation(method, each.path))
    ]
    assert masked(path) in {masked(template) for template in performed}
    wrong = [f"{each.method} {each.path}: {complaint}" for each in exchanges for complaint in contract.broken(each)]
    assert wrong == []
    assert [each for each in exchanges if each.status >= 500] == []


def test_every_event_holds_an_object_as_stripe_types_it(merchant: Merchant, recorder: Recorder, contract: Contract):
    """A webhook's body is the event; what it carries is checked by its own type."""
    classes = {
        "charge": "_charge.Charge",
        "customer": "_customer.Customer",
        "customer.subscription": "_subscription.Subscription",
        "invoice": "_invoice.Invoice",
        "invoice_payment": "_invoice_payment.InvoicePayment",
        "payment_intent": "_payment_intent.PaymentIntent",
        "payment_method": "_payment_method.PaymentMethod",
        "setup_intent": "_setup_intent.SetupIntent",
    }
    for operation in ("POST /v1/invoices/{invoice}/pay", "POST /v1/setup_intents/{intent}/confirm"):
        DRIVES[operation](merchant)
    seen = set()
    merchant.v1.events.list({"limit": 100})
    for event in recorder.exchanges[-1].body["data"]:
        family, thing = event["type"].rsplit(".", 1)[0], event["data"]["object"]
        if family in classes:
            seen.add(family)
            assert contract.object_broken(thing, classes[family]) == [], event["type"]
    assert {"charge", "customer.subscription", "invoice", "payment_intent", "setup_intent"} <= seen


def test_the_contract_notices_a_wrong_answer(contract: Contract, merchant: Merchant, recorder: Recorder):
    merchant.v1.invoices.retrieve(str(merchant.draft().id))
    good = recorder.exchanges[-1]
    assert contract.broken(good) == []
    for spoil in ({"amount_due": "1000"}, {"status": "overdue"}, {"charge": "ch_1"}, {"lines": None}):
        spoiled = type(good)(good.method, good.path, good.sent, good.status, {**good.body, **spoil})
        assert len(contract.broken(spoiled)) == 1
    asked = type(good)("POST", "/v1/invoices/in_1/pay", "of_session=true", 200, good.body)
    assert contract.broken(asked) == ["request.of_session: unknown"]


@pytest.mark.parametrize("operation", TABLE.operations, ids=lambda operation: f"{operation.method} {operation.path}")
def test_the_simulator_takes_no_parameter_stripe_does_not_know(operation: Operation, contract: Contract):
    known = contract.parameters(operation.method, operation.path)
    of_browsers = {"key", "client_secret"} if operation.publishable else set()
    assert set(operation.fields) - of_browsers - {"expand"} <= known

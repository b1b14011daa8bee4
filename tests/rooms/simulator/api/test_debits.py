"""Bank debits: each test account does what Stripe says of it, days later, and nothing is debited without a mandate."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.contracts.merchant import DAY, Merchant
from tests.rooms.simulator.conftest import START
from tideover.simulator.account import debits

SUCCEEDED = "succeeded"


def pay(merchant: Merchant, token: str, currency: str) -> stripe.PaymentIntent:
    customer = merchant.customer(token)
    [method] = merchant.v1.customers.payment_methods.list(customer.id).data
    return merchant.v1.payment_intents.create(
        {"amount": 500, "currency": currency, "customer": customer.id, "payment_method": method.id, "confirm": True}
    )


def charge_of(merchant: Merchant, intent: stripe.PaymentIntent) -> Any:
    read = merchant.v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    return read.latest_charge


def mandate_of(merchant: Merchant, charge: Any) -> stripe.Mandate:
    details = charge.payment_method_details
    return merchant.v1.mandates.retrieve(details[details.type].mandate)


@pytest.mark.parametrize(("kind", "days"), [("us_bank_account", 4), ("sepa_debit", 7), ("bacs_debit", 3)])
def test_a_debit_is_in_process_for_its_clearings_business_days(merchant: Merchant, kind: str, days: int):
    """START is a Monday: the fifth business day lies behind the weekend."""
    token = next(each.token for each in debits.TEST_ACCOUNTS if each.kind == kind)
    intent = pay(merchant, token, debits.CLEARINGS[kind].currency)
    assert intent.status == "processing"
    merchant.world.pull("advance", to=START + days * DAY - 1)
    assert merchant.v1.payment_intents.retrieve(intent.id).status == "processing"
    merchant.world.pull("advance", to=START + days * DAY)
    assert merchant.v1.payment_intents.retrieve(intent.id).status == SUCCEEDED
    charge = charge_of(merchant, intent)
    assert charge.id.startswith("py_")
    assert charge.payment_method_details.type == kind
    assert mandate_of(merchant, charge).status == "active"


REASON = {"failed": "bank_account_declined", "exceedsWeeklyVolumeLimit": "charge_exceeds_source_limit"}


@pytest.mark.parametrize("account", debits.TEST_ACCOUNTS, ids=lambda account: account.token)
def test_every_published_account_ends_as_stripe_says(merchant: Merchant, account: debits.TestAccount):
    if account.refused:
        with pytest.raises(stripe.InvalidRequestError) as raised:
            pay(merchant, account.token, "gbp")
        assert raised.value.code == "payment_intent_mandate_invalid"
        return
    intent = pay(merchant, account.token, debits.CLEARINGS[account.kind].currency)
    assert intent.status == "processing"
    merchant.world.pull("advance", to=START + 10 * DAY)
    charge, read = charge_of(merchant, intent), merchant.v1.payment_intents.retrieve(intent.id)
    refusal = account.behavior.charge
    if refusal.outcome == "approved":
        assert (read.status, charge.status) == (SUCCEEDED, SUCCEEDED)
        assert charge.disputed is bool(account.behavior.disputed)
    else:
        error = read.last_payment_error
        assert (read.status, charge.status) == ("requires_payment_method", "failed")
        assert error is not None
        assert (error.decline_code, error.charge) == (refusal.decline_code, charge.id)
        assert charge.outcome.network_decline_code == refusal.network_decline_code


@pytest.mark.parametrize(
    ("token", "ends"),
    [("pm_sepaDebit_insufficientFunds_de", "active"), ("pm_bacsDebit_insufficientFunds", "active"),
     ("pm_bacsDebit_debitNotAuthorized", "inactive"), ("pm_sim_return_sepa_debit_MD01", "inactive")],
)  # fmt: skip
def test_a_debit_that_was_not_authorized_ends_the_mandate_and_no_other_does(merchant: Merchant, token: str, ends: str):
    intent = pay(merchant, token, "gbp" if "bacs" in token else "eur")
    merchant.world.pull("advance", to=START + 10 * DAY)
    assert mandate_of(merchant, charge_of(merchant, intent)).status == ends
    told = [event.type for event in merchant.v1.events.list({"type": "mandate.updated"}).data]
    assert len(told) == (ends == "inactive")


def test_a_debit_taken_back_late_is_a_dispute_that_is_lost_already(merchant: Merchant):
    intent = pay(merchant, "pm_sim_return_sepa_debit_MD06_late_20d", "eur")
    merchant.world.pull("advance", to=START + 27 * DAY - 1)
    assert charge_of(merchant, intent).disputed is False
    merchant.world.pull("advance", to=START + 27 * DAY)
    [dispute] = merchant.v1.disputes.list({"payment_intent": intent.id}).data
    assert (dispute.status, dispute.reason, dispute.amount) == ("lost", "debit_not_authorized", 500)
    kinds = {event.type for event in merchant.v1.events.list({"limit": 5}).data}
    assert {"charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.dispute.closed"} <= kinds
    assert mandate_of(merchant, charge_of(merchant, intent)).status == "inactive"


def test_a_scripted_account_relents_after_so_many_debits(merchant: Merchant):
    customer = merchant.customer("pm_sim_return_bacs_debit_0_n1")
    [method] = merchant.v1.customers.payment_methods.list(customer.id).data

    def ends() -> str:
        intent = merchant.v1.payment_intents.create(
            {"amount": 500, "currency": "gbp", "customer": customer.id, "payment_method": method.id, "confirm": True}
        )
        merchant.world.pull("advance", to=merchant.world.look("state")["now"] + 7 * DAY)
        return str(merchant.v1.payment_intents.retrieve(intent.id).status)

    assert [ends(), ends()] == ["requires_payment_method", SUCCEEDED]


@pytest.mark.parametrize(
    "token", ["pm_sim_return_sepa_debit_R01", "pm_sim_return_visa_AM04", "pm_sim_return_sepa_debit_"]
)
def test_a_token_that_spells_nothing_is_no_account(token: str):
    assert debits.named(token) is None


def test_the_same_number_has_the_same_fingerprint_and_another_has_another(merchant: Merchant):
    def told(iban: str) -> tuple[str, str, str]:
        made = merchant.v1.payment_methods.create({"type": "sepa_debit", "sepa_debit": {"iban": iban}})
        assert made.sepa_debit
        return str(made.sepa_debit.fingerprint), str(made.sepa_debit.last4), str(made.sepa_debit.country)

    one, again, other = (
        told("DE89370400440532013000"),
        told("DE89 3704 0044 0532 0130 00"),
        told("AT611904300234573201"),
    )
    assert one == again
    assert one[1:] == ("3000", "DE")
    assert other[2] == "AT"
    assert one[0] != other[0]


@pytest.mark.parametrize(
    ("iban", "code"),
    [("DE00370400440532013000", "account_number_invalid"), ("DE1", "account_number_invalid"),
     ("DE91370400440000055555", "sepa_unsupported_account"), ("DE18370400440000066666", "sepa_unsupported_account")],
)  # fmt: skip
def test_an_iban_that_cannot_be_debited_makes_no_payment_method(merchant: Merchant, iban: str, code: str):
    with pytest.raises(stripe.InvalidRequestError) as raised:
        merchant.v1.payment_methods.create({"type": "sepa_debit", "sepa_debit": {"iban": iban}})
    assert (raised.value.code, raised.value.param) == (code, "sepa_debit[iban]")


def test_the_published_ibans_have_check_digits_that_fit():
    ibans = [account.number for account in debits.TEST_ACCOUNTS if account.kind == "sepa_debit"]
    assert all(map(debits.is_iban, [*ibans, *debits.NOT_DEBITABLE]))
    assert debits.is_iban(debits.iban("DE", "370400440532013000"))
    scripted = debits.named("pm_sim_return_sepa_debit_AM04")
    assert scripted is not None
    assert debits.is_iban(scripted.number)


def renewed(merchant: Merchant, token: str) -> tuple[str, str]:
    """A subscription paid by debit, and its next invoice."""
    customer = merchant.customer("pm_card_visa")
    subscription = merchant.v1.subscriptions.create({"customer": customer.id, "items": [{"price": merchant.price.id}]})
    method = merchant.v1.payment_methods.attach(token, {"customer": customer.id})
    merchant.v1.subscriptions.update(subscription.id, {"default_payment_method": method.id})
    return method.id, merchant.world.pull("renew", subscription=subscription.id)["invoice"]["id"]


def test_a_returned_debit_of_a_renewal_is_one_attempt(merchant: Merchant):
    merchant.world.pull("smart_retries", on=False)
    _, invoice = renewed(merchant, "pm_sepaDebit_insufficientFunds_de")
    assert merchant.v1.invoices.retrieve(invoice).attempt_count == 1
    merchant.world.pull("advance", to=START + 10 * DAY)
    read = merchant.v1.invoices.retrieve(invoice)
    assert (read.status, read.attempt_count, read.attempted) == ("open", 1, True)


def test_without_a_mandate_a_renewal_fails_before_there_is_a_charge(merchant: Merchant):
    merchant.world.pull("smart_retries", on=False)
    method, first = renewed(merchant, "pm_sepaDebit_success_de")
    merchant.world.pull("advance", to=START + 10 * DAY)
    assert merchant.v1.invoices.retrieve(first).status == "paid"
    merchant.world.pull("mandate", payment_method=method, status="inactive")
    subscription = merchant.v1.subscriptions.list({"limit": 1}).data[0].id
    invoice = merchant.world.pull("renew", subscription=subscription)["invoice"]["id"]
    paying = {"expand": ["payments.data.payment.payment_intent"]}
    read: Any = merchant.v1.invoices.retrieve(invoice, paying)  # type: ignore[arg-type]
    intent = read.payments.data[0].payment.payment_intent
    assert (read.status, intent.status, intent.latest_charge) == ("open", "requires_payment_method", None)
    assert intent.last_payment_error.code == "payment_intent_mandate_invalid"
    assert "invoice.payment_failed" in [event.type for event in merchant.v1.events.list({"limit": 6}).data]
    with pytest.raises(stripe.InvalidRequestError) as raised:
        merchant.v1.invoices.pay(invoice)
    assert raised.value.code == "payment_intent_mandate_invalid"
    merchant.world.pull("mandate", payment_method=method, status="active")
    assert merchant.v1.invoices.pay(invoice).status == "open"

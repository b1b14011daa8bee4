"""Which card is charged, what each answer of the bank does, and that an invoice is paid once."""

from __future__ import annotations

import httpx
import pytest
import stripe

from tests.contracts.merchant import DAY, Merchant
from tests.rooms.simulator.conftest import START


def attempts(merchant: Merchant, invoice: stripe.Invoice) -> list[dict[str, object]]:
    return [each for each in merchant.world.look("ledger")["attempts"] if each["invoice"] == invoice.id]


def error_of(raised: pytest.ExceptionInfo[stripe.StripeError]) -> stripe.ErrorObject:
    error = raised.value.error
    assert error is not None
    return error


def test_a_paid_invoice_refuses_a_second_payment(merchant: Merchant):
    invoice = merchant.failed_invoice()
    merchant.v1.invoices.pay(str(invoice.id), {"payment_method": "pm_card_visa"})
    with pytest.raises(stripe.InvalidRequestError, match="Invoice is already paid") as raised:
        merchant.v1.invoices.pay(str(invoice.id), {"payment_method": "pm_card_visa"})
    assert raised.value.http_status == 400
    assert [each["outcome"] for each in attempts(merchant, invoice)] == ["failed", "succeeded"]


def test_a_void_invoice_cannot_be_paid_and_an_uncollectible_one_can(merchant: Merchant):
    void, uncollectible = merchant.failed_invoice(), merchant.failed_invoice()
    merchant.v1.invoices.void_invoice(str(void.id))
    merchant.v1.invoices.mark_uncollectible(str(uncollectible.id))
    with pytest.raises(stripe.InvalidRequestError, match="void"):
        merchant.v1.invoices.pay(str(void.id), {"payment_method": "pm_card_visa"})
    assert merchant.v1.invoices.pay(str(uncollectible.id), {"payment_method": "pm_card_visa"}).status == "paid"
    assert len(attempts(merchant, void)) == 1


def test_a_decline_says_all_that_stripe_says(merchant: Merchant):
    invoice = merchant.failed_invoice("pm_sim_decline_lost_card")
    with pytest.raises(stripe.CardError) as raised:
        merchant.v1.invoices.pay(str(invoice.id))
    error = error_of(raised)
    assert (raised.value.http_status, error.code, error.decline_code) == (402, "card_declined", "lost_card")
    assert (error.advice_code, error.network_decline_code) == ("do_not_try_again", "41")
    intent = merchant.v1.payment_intents.retrieve(str(error.payment_intent and error.payment_intent.id))
    assert (intent.status, intent.last_payment_error and intent.last_payment_error.charge) == (
        "requires_payment_method",
        error.charge,
    )
    charge = merchant.v1.charges.retrieve(str(error.charge))
    assert charge.outcome
    assert (charge.outcome.network_status, charge.outcome.reason) == ("declined_by_network", "lost_card")
    assert (charge.paid, charge.status, charge.failure_code) == (False, "failed", "card_declined")


@pytest.mark.parametrize(
    ("token", "code"),
    [("pm_card_chargeDeclinedExpiredCard", "expired_card"), ("pm_sim_decline_expired_card", "expired_card"),
     ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc"), ("pm_card_chargeDeclinedProcessingError", "processing_error")],
)  # fmt: skip
def test_a_code_that_says_it_all_has_no_decline_code_beside_it(merchant: Merchant, token: str, code: str):
    with pytest.raises(stripe.CardError) as raised:
        merchant.v1.payment_intents.create({"amount": 500, "currency": "usd", "payment_method": token, "confirm": True})
    error = error_of(raised)
    assert (error.code, error.decline_code) == (code, None)
    charge = merchant.v1.charges.retrieve(str(error.charge))
    assert (charge.failure_code, charge.outcome and charge.outcome.reason) == (code, code)


@pytest.mark.parametrize(
    ("token", "ends"),
    [("pm_usBankAccount_success", "succeeded"), ("pm_usBankAccount_accountClosed", "requires_payment_method"),
     ("pm_usBankAccount_insufficientFunds", "requires_payment_method")],
)  # fmt: skip
def test_a_banks_test_token_is_a_bank_account(merchant: Merchant, token: str, ends: str):
    customer = merchant.customer(token)
    method = merchant.v1.customers.payment_methods.list(customer.id).data[0]
    assert method.type == "us_bank_account"
    intent = merchant.v1.payment_intents.create(
        {"amount": 500, "currency": "usd", "customer": customer.id, "payment_method": method.id, "confirm": True}
    )
    assert intent.status == "processing"
    merchant.world.pull("advance", to=START + 10 * DAY)
    assert merchant.v1.payment_intents.retrieve(intent.id).status == ends


def test_a_card_stripe_blocks_itself_never_reaches_the_network(merchant: Merchant):
    invoice = merchant.failed_invoice("pm_card_radarBlock")
    charge = merchant.v1.charges.list({"customer": str(invoice.customer)}).data[0]
    assert charge.outcome
    assert (charge.outcome.network_status, charge.outcome.type) == ("not_sent_to_network", "blocked")


def test_the_invoices_own_card_comes_before_the_subscriptions_and_that_before_the_customers(merchant: Merchant):
    subscription = merchant.subscription()
    customer = str(subscription.customer)

    def last_four_of_next_charge() -> str:
        merchant.world.pull("renew", subscription=subscription.id)
        charge = merchant.v1.charges.list({"customer": customer, "limit": 1}).data[0]
        assert charge.payment_method_details
        assert charge.payment_method_details.card
        return str(charge.payment_method_details.card.last4)

    assert last_four_of_next_charge() == "4242"
    amex = merchant.v1.payment_methods.attach("pm_card_amex", {"customer": customer})
    merchant.v1.subscriptions.update(subscription.id, {"default_payment_method": amex.id})
    assert last_four_of_next_charge() == amex.card.last4  # type: ignore[union-attr]
    merchant.v1.customers.update(customer, {"invoice_settings": {"default_payment_method": "pm_card_discover"}})
    assert last_four_of_next_charge() == amex.card.last4  # type: ignore[union-attr]

    broke = merchant.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer})
    merchant.v1.subscriptions.update(subscription.id, {"default_payment_method": broke.id})
    failed = merchant.world.pull("renew", subscription=subscription.id)["invoice"]
    merchant.v1.invoices.update(failed["id"], {"default_payment_method": "pm_card_mastercard"})
    assert merchant.v1.invoices.pay(failed["id"]).status == "paid"
    charge = merchant.v1.charges.list({"customer": customer, "limit": 1}).data[0]
    assert charge.payment_method_details
    assert charge.payment_method_details.card
    assert charge.payment_method_details.card.brand == "mastercard"


def test_a_detached_card_leaves_nothing_to_charge(merchant: Merchant):
    subscription = merchant.subscription()
    for method in merchant.v1.customers.payment_methods.list(str(subscription.customer)).data:
        merchant.v1.payment_methods.detach(method.id)
    failed = merchant.world.pull("renew", subscription=subscription.id)["invoice"]
    assert (failed["status"], failed["attempted"]) == ("open", True)
    with pytest.raises(stripe.InvalidRequestError, match="default_payment_method"):
        merchant.v1.invoices.pay(failed["id"])


def test_another_customers_card_is_refused(merchant: Merchant):
    invoice, other = merchant.failed_invoice(), merchant.customer()
    card = merchant.v1.customers.payment_methods.list(other.id).data[0]
    with pytest.raises(stripe.InvalidRequestError, match="does not have a payment method"):
        merchant.v1.invoices.pay(str(invoice.id), {"payment_method": card.id})


def test_off_session_authentication_is_a_402_and_the_customer_can_finish_it(merchant: Merchant):
    invoice = merchant.failed_invoice("pm_card_authenticationRequired")
    with pytest.raises(stripe.CardError) as raised:
        merchant.v1.invoices.pay(str(invoice.id))
    error = error_of(raised)
    assert (error.code, error.decline_code) == ("authentication_required", "authentication_required")
    assert error.payment_intent
    assert error.payment_intent.status == "requires_action"
    kinds = [event.type for event in merchant.v1.events.list({"limit": 5}).data]
    assert "invoice.payment_action_required" in kinds
    assert "invoice.payment_failed" in kinds
    merchant.world.pull("authenticate", intent=error.payment_intent.id, passed=True)
    assert merchant.v1.invoices.retrieve(str(invoice.id)).status == "paid"


def test_on_session_the_same_payment_waits_for_the_customer(merchant: Merchant):
    invoice = merchant.failed_invoice("pm_card_authenticationRequired")
    with pytest.raises(stripe.CardError) as raised:
        merchant.v1.invoices.pay(str(invoice.id), {"off_session": False})
    assert error_of(raised).code == "invoice_payment_intent_requires_action"
    read = merchant.v1.invoices.retrieve(str(invoice.id), {"expand": ["confirmation_secret", "payments"]})
    assert read.payments
    intent = merchant.v1.payment_intents.retrieve(str(read.payments.data[0].payment.payment_intent))
    assert (intent.status, intent.next_action and intent.next_action.type) == ("requires_action", "use_stripe_sdk")
    assert read.confirmation_secret
    assert read.confirmation_secret.client_secret == intent.client_secret


def test_a_bank_debit_is_in_flight_for_four_business_days(merchant: Merchant):
    invoice = merchant.failed_invoice()
    account = merchant.v1.payment_methods.create(
        {"type": "us_bank_account", "us_bank_account": {"account_number": "000123456789"}}
    )
    merchant.v1.payment_methods.attach(account.id, {"customer": str(invoice.customer)})
    merchant.world.pull("smart_retries", on=False)
    paid = merchant.v1.invoices.pay(str(invoice.id), {"payment_method": account.id})
    assert paid.status == "open"
    with pytest.raises(stripe.InvalidRequestError, match="still processing"):
        merchant.v1.invoices.pay(str(invoice.id), {"payment_method": "pm_card_visa"})
    merchant.world.pull("advance", to=START + 4 * DAY - 1)
    assert merchant.v1.invoices.retrieve(str(invoice.id)).status == "open"
    merchant.world.pull("advance", to=START + 4 * DAY)  # Friday
    assert merchant.v1.invoices.retrieve(str(invoice.id)).status == "paid"
    outcomes = [(each["outcome"], each["settles"] is not None) for each in attempts(merchant, invoice)]
    assert outcomes == [("failed", False), ("processing", False), ("succeeded", True)]


def test_a_returned_bank_debit_fails_late(merchant: Merchant):
    invoice = merchant.failed_invoice()
    account = merchant.v1.payment_methods.create(
        {"type": "us_bank_account", "us_bank_account": {"account_number": "000111111116"}}
    )
    merchant.v1.payment_methods.attach(account.id, {"customer": str(invoice.customer)})
    merchant.world.pull("smart_retries", on=False)
    merchant.v1.invoices.pay(str(invoice.id), {"payment_method": account.id})
    merchant.world.pull("advance", to=START + 6 * DAY)
    assert merchant.v1.invoices.retrieve(str(invoice.id)).status == "open"
    assert merchant.v1.subscriptions.list({"customer": str(invoice.customer)}).data[0].status == "past_due"


def test_parts_pay_an_invoice_when_their_sum_does(merchant: Merchant):
    invoice = merchant.failed_invoice()

    def part(amount: int) -> stripe.Invoice:
        intent = merchant.v1.payment_intents.create(
            {
                "amount": amount,
                "currency": "usd",
                "customer": str(invoice.customer),
                "payment_method": "pm_card_visa",
                "off_session": True,
                "confirm": True,
            }
        )
        return merchant.v1.invoices.attach_payment(str(invoice.id), {"payment_intent": intent.id})

    first = part(1000)
    assert (first.status, first.amount_paid, first.amount_remaining) == ("open", 1000, 1900)
    default = [row for row in merchant.v1.invoice_payments.list({"invoice": str(invoice.id)}).data if row.is_default]
    assert default[0].amount_requested == 1900
    second = part(1900)
    assert (second.status, second.amount_paid, second.amount_remaining) == ("paid", 2900, 0)
    kinds = [event.type for event in merchant.v1.events.list({"limit": 100}).data]
    assert kinds.count("invoice_payment.paid") == 3  # the first period's payment and the two parts
    assert kinds.count("invoice.paid") == 2


def test_money_that_came_another_way_settles_without_a_charge(merchant: Merchant):
    invoice = merchant.failed_invoice()
    paid = merchant.v1.invoices.pay(str(invoice.id), {"paid_out_of_band": True})
    assert (paid.status, paid.amount_paid, paid.amount_paid_off_stripe) == ("paid", 2900, 2900)
    assert len(attempts(merchant, invoice)) == 1
    row = merchant.world.look("summary")["invoices"][0]
    assert (row["status"], row["paid_by"]) == ("paid", "elsewhere")


def test_the_hosted_page_pays_too(merchant: Merchant):
    invoice = merchant.failed_invoice()
    merchant.world.pull("pay", invoice=invoice.id)
    assert [each["by"] for each in attempts(merchant, invoice)] == ["stripe", "customer"]
    assert merchant.v1.subscriptions.list({"customer": str(invoice.customer)}).data[0].status == "active"


def test_a_customer_with_the_publishable_key_and_the_secret_pays_an_invoice(merchant: Merchant):
    invoice = merchant.failed_invoice()
    read = merchant.v1.invoices.retrieve(str(invoice.id), {"expand": ["confirmation_secret"]})
    assert read.confirmation_secret
    secret = read.confirmation_secret.client_secret
    answer = httpx.post(
        f"{merchant.world.base_url}/v1/payment_intents/{secret.split('_secret_')[0]}/confirm",
        data={
            "key": merchant.world.sim.keys.publishable,
            "client_secret": secret,
            "payment_method_data[type]": "card",
            "payment_method_data[card][number]": "5555555555554444",
            "payment_method_data[card][exp_month]": "4",
            "payment_method_data[card][exp_year]": "30",
            "payment_method_data[card][cvc]": "123",
        },
        trust_env=False,
    )
    assert (answer.status_code, answer.json()["status"]) == (200, "succeeded")
    assert merchant.v1.invoices.retrieve(str(invoice.id)).status == "paid"
    methods = merchant.v1.customers.payment_methods.list(str(invoice.customer)).data
    assert methods[0].card
    assert methods[0].card.brand == "mastercard"  # kept for the next renewal


def test_the_invoices_own_intent_belongs_to_the_invoice(merchant: Merchant):
    invoice = merchant.failed_invoice()
    row = merchant.v1.invoice_payments.list({"invoice": str(invoice.id)}).data[0]
    intent = str(row.payment.payment_intent)
    with pytest.raises(stripe.InvalidRequestError, match="Void the invoice"):
        merchant.v1.payment_intents.cancel(intent)
    with pytest.raises(stripe.InvalidRequestError, match="follows the invoice"):
        merchant.v1.payment_intents.update(intent, {"amount": 1})
    merchant.v1.invoices.void_invoice(str(invoice.id))
    assert merchant.v1.payment_intents.retrieve(intent).status == "canceled"


def test_a_refund_gives_back_no_more_than_was_paid(merchant: Merchant):
    intent = merchant.paid_intent()
    merchant.v1.refunds.create({"payment_intent": intent.id, "amount": 300})
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount"):
        merchant.v1.refunds.create({"payment_intent": intent.id, "amount": 201})
    merchant.v1.refunds.create({"payment_intent": intent.id})
    charge = merchant.v1.charges.retrieve(str(intent.latest_charge))
    assert (charge.amount_refunded, charge.refunded) == (500, True)
    refunds = [event for event in merchant.v1.events.list({"limit": 100}).data if event.type == "charge.refunded"]
    assert len(refunds) == 2


def test_a_dispute_takes_the_money_and_a_won_one_brings_it_back(merchant: Merchant):
    intent = merchant.paid_intent()
    lost = merchant.world.pull("dispute", charge=intent.latest_charge)
    assert (lost["status"], lost["amount"]) == ("needs_response", 500)
    assert merchant.v1.charges.retrieve(str(intent.latest_charge)).disputed is True
    merchant.v1.disputes.update(lost["id"], {"evidence": {"uncategorized_text": "winning_evidence"}, "submit": True})
    assert merchant.v1.disputes.retrieve(lost["id"]).status == "won"
    kinds = [event.type for event in merchant.v1.events.list({"limit": 5}).data]
    assert kinds[:2] == ["charge.dispute.closed", "charge.dispute.funds_reinstated"]

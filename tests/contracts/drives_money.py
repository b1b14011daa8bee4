"""The official client performing the operations about payments, webhooks, the portal and the account."""

from __future__ import annotations

from contextlib import suppress

import stripe

from tests.contracts.drives import drives
from tests.contracts.merchant import Merchant


@drives("POST /v1/payment_intents")
def create_intent(merchant: Merchant) -> None:
    customer = merchant.customer()
    merchant.v1.payment_intents.create(
        {
            "amount": 1500,
            "currency": "usd",
            "customer": customer.id,
            "automatic_payment_methods": {"enabled": True},
            "setup_future_usage": "off_session",
            "metadata": {"part": "1"},
        }
    )
    for card in ("pm_card_visa", "pm_card_authenticationRequired", "pm_sim_decline_lost_card", "pm_card_radarBlock"):
        with suppress(stripe.CardError):
            merchant.v1.payment_intents.create(
                {
                    "amount": 1500,
                    "currency": "usd",
                    "customer": customer.id,
                    "payment_method": card,
                    "off_session": True,
                    "confirm": True,
                    "expand": ["latest_charge", "payment_method"],
                }
            )


@drives("GET /v1/payment_intents/{intent}")
def retrieve_intent(merchant: Merchant) -> None:
    merchant.v1.payment_intents.retrieve(merchant.paid_intent().id, {"expand": ["latest_charge.refunds"]})


@drives("POST /v1/payment_intents/{intent}")
def update_intent(merchant: Merchant) -> None:
    intent = merchant.v1.payment_intents.create({"amount": 900, "currency": "usd"})
    merchant.v1.payment_intents.update(intent.id, {"amount": 800, "metadata": {"a": "b"}, "description": "Less"})


@drives("POST /v1/payment_intents/{intent}/confirm")
def confirm_intent(merchant: Merchant) -> None:
    intent = merchant.v1.payment_intents.create({"amount": 900, "currency": "usd"})
    with suppress(stripe.CardError):
        merchant.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa_chargeDeclined"})
    merchant.v1.payment_intents.confirm(
        intent.id, {"payment_method": "pm_card_threeDSecure2Required", "return_url": "https://merchant.example/back"}
    )
    merchant.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    with suppress(stripe.InvalidRequestError):
        merchant.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})


@drives("POST /v1/payment_intents/{intent}/capture")
def capture_intent(merchant: Merchant) -> None:
    intent = merchant.v1.payment_intents.create(
        {
            "amount": 900,
            "currency": "usd",
            "capture_method": "manual",
            "payment_method": "pm_card_visa",
            "confirm": True,
        }
    )
    merchant.v1.payment_intents.capture(intent.id, {"amount_to_capture": 700})


@drives("POST /v1/payment_intents/{intent}/cancel")
def cancel_intent(merchant: Merchant) -> None:
    intent = merchant.v1.payment_intents.create({"amount": 900, "currency": "usd"})
    merchant.v1.payment_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})


@drives("GET /v1/payment_intents")
def list_intents(merchant: Merchant) -> None:
    invoice = merchant.failed_invoice()
    merchant.v1.payment_intents.list({"customer": str(invoice.customer), "limit": 5})


@drives("GET /v1/setup_attempts")
def list_setup_attempts(merchant: Merchant) -> None:
    intent = merchant.v1.setup_intents.create({"customer": merchant.customer(None).id})
    for card in ("pm_card_visa_chargeDeclined", "pm_card_visa"):
        with suppress(stripe.CardError):
            merchant.v1.setup_intents.confirm(intent.id, {"payment_method": card})
    merchant.v1.setup_attempts.list({"setup_intent": intent.id, "limit": 5, "expand": ["data.payment_method"]})
    merchant.v1.setup_intents.retrieve(intent.id, {"expand": ["latest_attempt"]})


@drives("POST /v1/setup_intents")
def create_setup(merchant: Merchant) -> None:
    merchant.v1.setup_intents.create(
        {
            "customer": merchant.customer().id,
            "automatic_payment_methods": {"enabled": True},
            "usage": "off_session",
            "metadata": {"case": "1"},
        }
    )


@drives("GET /v1/setup_intents/{intent}")
def retrieve_setup(merchant: Merchant) -> None:
    intent = merchant.v1.setup_intents.create({"customer": merchant.customer().id})
    merchant.v1.setup_intents.retrieve(intent.id, {"expand": ["customer"]})


@drives("POST /v1/setup_intents/{intent}")
def update_setup(merchant: Merchant) -> None:
    intent = merchant.v1.setup_intents.create({"customer": merchant.customer().id})
    merchant.v1.setup_intents.update(intent.id, {"description": "New card", "metadata": {"a": "b"}})


@drives("POST /v1/setup_intents/{intent}/confirm")
def confirm_setup(merchant: Merchant) -> None:
    intent = merchant.v1.setup_intents.create({"customer": merchant.customer().id})
    with suppress(stripe.CardError):
        merchant.v1.setup_intents.confirm(intent.id, {"payment_method": "pm_card_chargeDeclinedInsufficientFunds"})
    merchant.v1.setup_intents.confirm(intent.id, {"payment_method": "pm_card_authenticationRequiredOnSetup"})
    merchant.v1.setup_intents.confirm(intent.id, {"payment_method": "pm_card_visa", "expand": ["payment_method"]})


@drives("POST /v1/setup_intents/{intent}/cancel")
def cancel_setup(merchant: Merchant) -> None:
    intent = merchant.v1.setup_intents.create({"customer": merchant.customer().id})
    merchant.v1.setup_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})


@drives("GET /v1/setup_intents")
def list_setups(merchant: Merchant) -> None:
    intent = merchant.v1.setup_intents.create({"customer": merchant.customer().id})
    merchant.v1.setup_intents.list({"customer": str(intent.customer)})


@drives("GET /v1/mandates/{mandate}")
def retrieve_mandate(merchant: Merchant) -> None:
    account = merchant.v1.payment_methods.create(
        {"type": "us_bank_account", "us_bank_account": {"account_number": "000123456789"}}
    )
    intent = merchant.v1.setup_intents.create(
        {
            "customer": merchant.customer().id,
            "allowed_payment_method_types": ["us_bank_account"],
            "payment_method": account.id,
            "confirm": True,
        }
    )
    merchant.v1.mandates.retrieve(str(intent.mandate), {"expand": ["payment_method"]})
    invoice = merchant.failed_invoice()
    merchant.v1.invoices.pay(str(invoice.id), {"payment_method": _attached(merchant, account, str(invoice.customer))})


def _attached(merchant: Merchant, old: stripe.PaymentMethod, customer: str) -> str:
    merchant.v1.payment_methods.detach(old.id)
    fresh = merchant.v1.payment_methods.create(
        {"type": "us_bank_account", "us_bank_account": {"account_number": "000111111116"}}
    )
    return merchant.v1.payment_methods.attach(fresh.id, {"customer": customer}).id


def _charge(merchant: Merchant, card: str = "pm_card_visa") -> str:
    return str(merchant.paid_intent(card).latest_charge)


@drives("GET /v1/charges/{charge}")
def retrieve_charge(merchant: Merchant) -> None:
    merchant.v1.charges.retrieve(_charge(merchant), {"expand": ["payment_intent", "refunds"]})


@drives("POST /v1/charges/{charge}")
def update_charge(merchant: Merchant) -> None:
    merchant.v1.charges.update(_charge(merchant), {"description": "Renewal", "metadata": {"a": "b"}})


@drives("GET /v1/charges")
def list_charges(merchant: Merchant) -> None:
    intent = merchant.paid_intent()
    merchant.v1.charges.list({"payment_intent": intent.id})


@drives("POST /v1/refunds")
def create_refund(merchant: Merchant) -> None:
    intent = merchant.paid_intent()
    merchant.v1.refunds.create({"payment_intent": intent.id, "amount": 200, "reason": "requested_by_customer"})
    merchant.v1.refunds.create({"charge": str(intent.latest_charge), "metadata": {"a": "b"}})
    with suppress(stripe.InvalidRequestError):
        merchant.v1.refunds.create({"charge": str(intent.latest_charge)})


@drives("GET /v1/refunds/{refund}")
def retrieve_refund(merchant: Merchant) -> None:
    refund = merchant.v1.refunds.create({"charge": _charge(merchant)})
    merchant.v1.refunds.retrieve(refund.id, {"expand": ["charge"]})


@drives("POST /v1/refunds/{refund}")
def update_refund(merchant: Merchant) -> None:
    refund = merchant.v1.refunds.create({"charge": _charge(merchant)})
    merchant.v1.refunds.update(refund.id, {"metadata": {"why": "kind"}})


@drives("GET /v1/refunds")
def list_refunds(merchant: Merchant) -> None:
    refund = merchant.v1.refunds.create({"charge": _charge(merchant)})
    merchant.v1.refunds.list({"charge": str(refund.charge)})


# -- credit notes


def _credit_note(merchant: Merchant) -> stripe.CreditNote:
    invoice = merchant.failed_invoice()
    return merchant.v1.credit_notes.create(
        {"invoice": str(invoice.id), "amount": 900, "reason": "order_change", "memo": "Less", "metadata": {"a": "b"}}
    )


@drives("POST /v1/credit_notes")
def create_credit_note(merchant: Merchant) -> None:
    note = _credit_note(merchant)
    merchant.v1.credit_notes.create({"invoice": str(note.invoice), "amount": 2000})
    paid = merchant.subscription().latest_invoice
    ways = {"refund_amount": 1000, "credit_amount": 500, "out_of_band_amount": 500}
    merchant.v1.credit_notes.create({"invoice": str(paid), "amount": 2000, **ways})  # type: ignore[typeddict-item]
    with suppress(stripe.InvalidRequestError):
        merchant.v1.credit_notes.create({"invoice": str(paid), "amount": 2000})


@drives("POST /v1/credit_notes/{credit_note}/void")
def void_credit_note(merchant: Merchant) -> None:
    merchant.v1.credit_notes.void_credit_note(_credit_note(merchant).id)


@drives("GET /v1/credit_notes/{credit_note}")
def retrieve_credit_note(merchant: Merchant) -> None:
    merchant.v1.credit_notes.retrieve(_credit_note(merchant).id, {"expand": ["invoice"]})


@drives("GET /v1/credit_notes")
def list_credit_notes(merchant: Merchant) -> None:
    merchant.v1.credit_notes.list({"invoice": str(_credit_note(merchant).invoice)})


def _dispute(merchant: Merchant) -> stripe.Dispute:
    intent = merchant.paid_intent("pm_card_createDispute")
    return merchant.v1.disputes.list({"payment_intent": intent.id}).data[0]


@drives("GET /v1/disputes/{dispute}")
def retrieve_dispute(merchant: Merchant) -> None:
    merchant.v1.disputes.retrieve(_dispute(merchant).id, {"expand": ["charge"]})


@drives("POST /v1/disputes/{dispute}")
def update_dispute(merchant: Merchant) -> None:
    merchant.v1.disputes.update(_dispute(merchant).id, {"evidence": {"uncategorized_text": "winning_evidence"}})


@drives("POST /v1/disputes/{dispute}/close")
def close_dispute(merchant: Merchant) -> None:
    merchant.v1.disputes.close(_dispute(merchant).id)


@drives("GET /v1/disputes")
def list_disputes(merchant: Merchant) -> None:
    _dispute(merchant)


# -- webhooks and events


def _endpoint(merchant: Merchant) -> stripe.WebhookEndpoint:
    return merchant.v1.webhook_endpoints.create(
        {
            "url": f"{merchant.world.base_url}/nobody-listens",
            "enabled_events": ["test_helpers.test_clock.internal_failure"],
            "api_version": "2026-10-28.endive",
            "description": "Tideover",
            "metadata": {"by": "tideover"},
        }
    )


@drives("POST /v1/webhook_endpoints")
def create_endpoint(merchant: Merchant) -> None:
    _endpoint(merchant)


@drives("GET /v1/webhook_endpoints/{webhook_endpoint}")
def retrieve_endpoint(merchant: Merchant) -> None:
    merchant.v1.webhook_endpoints.retrieve(_endpoint(merchant).id)


@drives("POST /v1/webhook_endpoints/{webhook_endpoint}")
def update_endpoint(merchant: Merchant) -> None:
    endpoint = _endpoint(merchant)
    merchant.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})
    merchant.v1.webhook_endpoints.update(endpoint.id, {"disabled": False, "enabled_events": ["charge.captured"]})


@drives("DELETE /v1/webhook_endpoints/{webhook_endpoint}")
def delete_endpoint(merchant: Merchant) -> None:
    merchant.v1.webhook_endpoints.delete(_endpoint(merchant).id)


@drives("GET /v1/webhook_endpoints")
def list_endpoints(merchant: Merchant) -> None:
    _endpoint(merchant)
    merchant.v1.webhook_endpoints.list({"limit": 100})


@drives("GET /v1/events/{event}")
def retrieve_event(merchant: Merchant) -> None:
    merchant.customer()
    event = merchant.v1.events.list({"limit": 1}).data[0]
    merchant.v1.events.retrieve(event.id)


@drives("GET /v1/events")
def list_events(merchant: Merchant) -> None:
    merchant.failed_invoice()
    merchant.v1.events.list({"types": ["invoice.payment_failed", "invoice.paid"], "delivery_success": True})
    latest = merchant.v1.events.list({"limit": 3}).data
    merchant.v1.events.list({"limit": 2, "ending_before": latest[-1].id})
    merchant.v1.events.list({"limit": 2, "starting_after": latest[0].id, "created": {"gte": 1}})


# -- the portal and the account


@drives("POST /v1/billing_portal/sessions")
def create_portal_session(merchant: Merchant) -> None:
    customer = merchant.customer()
    merchant.v1.billing_portal.sessions.create({"customer": customer.id, "return_url": "https://merchant.example"})
    merchant.v1.billing_portal.sessions.create(
        {"customer": customer.id, "flow_data": {"type": "payment_method_update"}, "locale": "de"}
    )


@drives("POST /v1/billing_portal/configurations")
def create_portal_configuration(merchant: Merchant) -> None:
    merchant.v1.billing_portal.configurations.create(
        {
            "features": {"payment_method_update": {"enabled": True}, "invoice_history": {"enabled": True}},
            "business_profile": {"headline": "Your plan"},
        }
    )


@drives("GET /v1/billing_portal/configurations")
def list_portal_configurations(merchant: Merchant) -> None:
    merchant.v1.billing_portal.configurations.list({"is_default": True})


@drives("POST /v1/customer_sessions")
def create_customer_session(merchant: Merchant) -> None:
    merchant.v1.customer_sessions.create(
        {
            "customer": merchant.customer().id,
            "components": {
                "payment_element": {
                    "enabled": True,
                    "features": {"payment_method_redisplay": "enabled", "payment_method_save": "enabled"},
                }
            },
        }
    )


@drives("GET /v1/account")
def retrieve_account(merchant: Merchant) -> None:
    merchant.v1.accounts.retrieve_current()


@drives("GET /v1/accounts/{account}")
def retrieve_account_by_id(merchant: Merchant) -> None:
    current = merchant.v1.accounts.retrieve_current()
    merchant.v1.accounts.retrieve(current.id)


@drives("GET /v1/balance")
def retrieve_balance(merchant: Merchant) -> None:
    merchant.paid_intent()
    merchant.v1.balance.retrieve()

"""What a decline means: every code Stripe and the networks use, by the kind of failure it tells of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tideover.core.debits import name_of_return
from tideover.core.methods import Means


class Family(StrEnum):
    """The kinds of failure. Each has its own way out."""

    NO_FUNDS = "no_funds"
    REFUSED = "refused"  # the bank gives no reason
    TECHNICAL = "technical"
    EXPIRED = "expired"
    CARD_DEAD = "card_dead"  # lost, stolen, closed, blocked: never again on this card or account
    AUTHENTICATION = "authentication"  # the bank wants to see the customer
    REVOKED = "revoked"  # whose card or account it is told the bank to stop us, or never allowed it
    WRONG_DATA = "wrong_data"
    BLOCKED = "blocked"  # Stripe itself stopped it: a rule, a risk, or hopeless in its eyes
    UNCHARGEABLE = "unchargeable"  # nothing about the method: something must be changed at Stripe first
    OVERDUE = "overdue"  # no charge failed: the invoice was sent to be paid by its receiver, and is past its due date
    OTHER = "other"


OF_CHARGES: Final = tuple(kind for kind in Family if kind != Family.OVERDUE)  # what Stripe or a bank tells of a charge


class Reason(StrEnum):
    """Why a payment failed, as far as a payer may know it. Each language has a sentence for each."""

    NO_FUNDS = "no_funds"
    REFUSED = "refused"
    TECHNICAL = "technical"
    EXPIRED = "expired"
    AUTHENTICATION = "authentication"
    WRONG_DATA = "wrong_data"
    OTHER = "other"
    CARD_NOT_SUPPORTED = "card_not_supported"
    CURRENCY_NOT_SUPPORTED = "currency_not_supported"
    LIMIT_REACHED = "limit_reached"
    WRONG_SECURITY_CODE = "wrong_security_code"
    ACCOUNT_CLOSED = "account_closed"
    DEBITS_NOT_ALLOWED = "debits_not_allowed"
    NOT_AUTHORIZED = "not_authorized"
    NO_METHOD = "no_method"  # told by what is on file, never by a code


class Heals(StrEnum):
    """What must happen before a further try on the same method can succeed."""

    TIME = "time"  # nothing: it passes, or the bank may think otherwise another day
    NEW_METHOD = "new_method"  # another method, or corrected details of this one
    CUSTOMER = "customer"  # the customer confirms this very payment with their bank
    MERCHANT = "merchant"  # somebody changes something at Stripe: the amount, the account, the invoice
    RECEIVER = "receiver"  # whoever the invoice was sent to pays it: there is nothing to charge


HEALS: Final[Mapping[Family, Heals]] = {
    Family.NO_FUNDS: Heals.TIME,
    Family.REFUSED: Heals.TIME,
    Family.TECHNICAL: Heals.TIME,
    Family.EXPIRED: Heals.NEW_METHOD,
    Family.CARD_DEAD: Heals.NEW_METHOD,
    Family.AUTHENTICATION: Heals.CUSTOMER,
    Family.REVOKED: Heals.NEW_METHOD,
    Family.WRONG_DATA: Heals.NEW_METHOD,
    Family.BLOCKED: Heals.NEW_METHOD,
    Family.UNCHARGEABLE: Heals.MERCHANT,
    Family.OVERDUE: Heals.RECEIVER,
    Family.OTHER: Heals.TIME,
}

# Where a charge on the same method cannot succeed by itself, or must not be tried. Wrong details may have been
# corrected without our hearing of it, so rules may try those again.
NOT_BY_ITSELF: Final = frozenset(kind for kind in Family if HEALS[kind] != Heals.TIME) - {Family.WRONG_DATA}


@dataclass(frozen=True)
class Decline:
    """Why a try failed, as Stripe tells it.

    code: Stripe's decline_code, or the error's own code where there is none. advice_code: confirm_card_data,
    do_not_try_again or try_again_later. network_decline_code: the card network's response code ("51"), or why a bank
    sent a debit back ("R01"). network_advice_code: Mastercard's merchant advice code ("03"). brand: of the card in
    lower case, as Stripe writes it, or the kind of another method (core.methods). blocked: Stripe itself stopped
    it before the bank was asked, or took it back after the bank had agreed.
    """

    code: str | None
    advice_code: str | None = None
    network_decline_code: str | None = None
    network_advice_code: str | None = None
    brand: str | None = None
    blocked: bool = False


# Every code that Stripe lists, by what it tells of. https://docs.stripe.com/declines/codes as of 2026-07-14; what
# stands in a charge's outcome: https://docs.stripe.com/declines; what refused requests
# and failures without a charge come with: https://docs.stripe.com/error-codes as in version 16.1 of stripe-python.
_BY_FAMILY: Final[Mapping[Family, str]] = {
    Family.NO_FUNDS: "insufficient_funds withdrawal_count_limit_exceeded card_velocity_exceeded"
    " balance_insufficient charge_exceeds_source_limit charge_exceeds_transaction_limit",
    Family.REFUSED: "generic_decline do_not_honor call_issuer no_action_taken not_permitted security_violation"
    " service_not_allowed approve_with_id duplicate_transaction pin_try_exceeded card_declined bank_account_declined"
    " payment_method_provider_decline payment_intent_payment_attempt_failed refer_to_customer setup_attempt_failed",
    Family.TECHNICAL: "try_again_later issuer_not_available processing_error reenter_transaction"
    " card_decline_rate_limit_exceeded payment_method_provider_timeout payment_intent_payment_attempt_expired"
    " lock_timeout rate_limit payment_intent_rate_limit_exceeded idempotency_key_in_use"
    " three_d_secure_authentication_upstream_error payment_method_microdeposit_processing_error"
    " payment_intent_unexpected_state intent_invalid_state",
    Family.EXPIRED: "expired_card expired_payment_method resource_missing",  # missing: there is no method at all
    Family.CARD_DEAD: "lost_card stolen_card pickup_card restricted_card fraudulent"
    " invalid_account new_account_information_available card_not_supported currency_not_supported"
    " transaction_not_allowed do_not_try_again live_mode_test_card testmode_decline"
    " account_closed account_invalid bank_account_closed bank_account_frozen recipient_deceased"
    " tokenized_account_number_deactivated bank_account_restricted bank_account_unusable"
    " payment_method_bank_account_blocked payment_method_restricted invalid_card_type"
    " payment_method_currency_mismatch payment_method_unsupported_type sepa_unsupported_account"
    " payment_method_not_available payment_method_unexpected_state payment_intent_incompatible_payment_method"
    " financial_connections_account_inactive financial_connections_account_unavailable_account_numbers"
    " alipay_upgrade_required bitcoin_upgrade_required invalid_source_usage token_already_used token_in_use"
    " token_card_network_invalid",
    Family.AUTHENTICATION: "authentication_required authentication_not_handled mobile_device_authentication_required"
    " setup_intent_authentication_failure"
    " offline_pin_required online_or_offline_pin_required authentication_failure payment_intent_action_required"
    " payment_intent_authentication_failure invoice_payment_intent_requires_action approval_required"
    " three_d_secure_authentication_not_supported",
    Family.REVOKED: "revocation_of_authorization revocation_of_all_authorizations stop_payment_order"
    " debit_not_authorized payment_intent_mandate_invalid setup_intent_mandate_invalid mandate_invalid"
    " india_recurring_payment_mandate_canceled billing_invalid_mandate invalid_mandate_reference_prefix_format"
    " payment_method_customer_decline acss_debit_session_incomplete",
    Family.WRONG_DATA: "incorrect_address incorrect_cvc incorrect_number incorrect_zip incorrect_pin invalid_amount"
    " invalid_cvc invalid_expiry_month invalid_expiry_year invalid_number invalid_pin incorrect_postal_code"
    " postal_code_invalid no_account bank_account_invalid_details account_number_invalid routing_number_invalid"
    " bank_account_bad_routing_numbers"
    " bank_account_unverified bank_account_verification_failed payment_method_billing_details_address_missing"
    " payment_method_microdeposit_failed payment_method_microdeposit_verification_timeout"
    " payment_method_microdeposit_verification_amounts_invalid"
    " payment_method_microdeposit_verification_amounts_mismatch"
    " payment_method_microdeposit_verification_attempts_exceeded"
    " payment_method_microdeposit_verification_descriptor_code_mismatch payment_method_invalid_parameter"
    " account_information_mismatch cardholder_phone_number_required clearing_code_unsupported",
    Family.BLOCKED: "rule highest_risk_level elevated_risk_level low_probability_of_authorization merchant_blacklist"
    " action_blocked request_blocked previously_declined_do_not_retry",
    # Of a request, the account, the invoice or another product: no day and no card changes that.
    Family.UNCHARGEABLE: "amount_too_large amount_too_small invalid_charge_amount charge_invalid_parameter"
    " account_country_invalid_address account_error_country_change_requires_additional_steps"
    " account_token_required_for_v2_account anomalous_money_movement_request api_key_expired"
    " application_fees_not_allowed balance_invalid_parameter bank_account_exists capability_not_active"
    " capture_charge_authorization_expired capture_unauthorized_payment charge_already_captured"
    " charge_already_refunded charge_disputed charge_expired_for_capture charge_not_refundable country_code_invalid"
    " country_unsupported coupon_expired customer_max_payment_methods customer_max_subscriptions"
    " customer_session_expired customer_tax_location_invalid dispute_evidence_page_limit_exceeded email_invalid"
    " failed_tax_calculation financial_account_balance_does_not_support_currency"
    " financial_account_capability_not_enabled financial_account_capability_restricted"
    " financial_connections_account_pending_account_numbers financial_connections_consent_locale_invalid"
    " financial_connections_consent_locale_unsupported financial_connections_no_successful_transaction_refresh"
    " forwarding_api_inactive forwarding_api_invalid_parameter forwarding_api_retryable_upstream_error"
    " forwarding_api_upstream_connection_error forwarding_api_upstream_connection_timeout"
    " forwarding_api_upstream_error instant_payouts_config_disabled instant_payouts_currency_disabled"
    " instant_payouts_limit_exceeded instant_payouts_unsupported intent_verification_method_missing"
    " invalid_canceled_subscription_fields invalid_characters invalid_tax_location invoice_no_customer_line_items"
    " invoice_no_payment_method_types invoice_no_subscription_line_items invoice_not_editable"
    " invoice_on_behalf_of_not_editable invoice_upcoming_none livemode_mismatch missing"
    " not_allowed_on_standard_account out_of_inventory ownership_declaration_not_allowed parameter_invalid_empty"
    " parameter_invalid_integer parameter_invalid_string_blank parameter_invalid_string_empty parameter_missing"
    " parameter_unknown parameters_exclusive payment_evaluation_on_api_version_not_supported"
    " payment_intent_invalid_parameter payment_intent_konbini_rejected_confirmation_number"
    " payment_method_bank_account_already_verified payment_method_configuration_failures"
    " payment_method_invalid_parameter_testmode payment_method_unactivated payout_reconciliation_not_ready"
    " payouts_limit_exceeded payouts_not_allowed platform_account_required platform_api_key_expired"
    " product_inactive progressive_onboarding_limit_exceeded refund_disputed_payment resource_already_exists"
    " return_intent_already_processed secret_key_required"
    " service_period_coupon_with_metered_tiered_item_unsupported setup_intent_invalid_parameter"
    " setup_intent_mobile_wallet_unsupported setup_intent_setup_attempt_expired setup_intent_unexpected_state"
    " shipping_address_invalid shipping_calculation_failed siret_invalid sku_inactive smart_disputes_not_available"
    " state_unsupported status_transition_invalid storer_capability_missing storer_capability_not_active"
    " stripe_tax_inactive subscription_update_trial_after_billing_cycle_anchor tax_id_invalid tax_id_prohibited"
    " taxes_calculation_failed terminal_location_country_unsupported terminal_reader_busy"
    " terminal_reader_hardware_fault terminal_reader_invalid_location_for_activation"
    " terminal_reader_invalid_location_for_payment terminal_reader_offline terminal_reader_timeout"
    " testmode_charges_only tls_version_unsupported transfer_source_balance_parameters_mismatch"
    " transfers_not_allowed url_invalid",
}

# Who at Stripe stopped it, by the code: what a merchant can look at. https://docs.stripe.com/declines#blocked-payments;
# https://support.stripe.com/questions/payment-blocked-due-to-excessive-retries
_STOPPED_BY: Final[Mapping[str, str]] = {
    "rule": "a Radar rule of yours",
    "highest_risk_level": "Radar, as its risk was highest",
    "elevated_risk_level": "Radar, as its risk was elevated",
    "merchant_blacklist": "a block list of yours",
    "low_probability_of_authorization": "Stripe, which saw no chance that the bank would agree",
    "previously_declined_do_not_retry": "Stripe's prevention of excessive retries",
}
CODES: Final[Mapping[str, Family]] = {code: kind for kind, codes in _BY_FAMILY.items() for code in codes.split()}
# Of the family AUTHENTICATION those after which the same payment waits, to be confirmed by the customer.
CONFIRMABLE: Final = frozenset({"authentication_required", "invoice_payment_intent_requires_action"})

# Mastercard's merchant advice codes that forbid another try on the card. 21: the cardholder canceled the agreement.
# 40, 41: a prepaid card that cannot be filled again, a virtual card for one payment: nothing more can come from them.
# https://developer.cybersource.com (merchant advice codes), seen 2026-11
_STOPPING_ADVICE: Final[Mapping[str, Family]] = {
    "03": Family.CARD_DEAD,
    "21": Family.REVOKED,
    "40": Family.CARD_DEAD,
    "41": Family.CARD_DEAD,
}
_CORRECTING_ADVICE: Final = "01"  # new account information is available

# Visa's response codes of category 1, "the issuer will never approve": the union of the lists published 2021-2026.
# https://www.checkout.com/docs (Visa response codes), https://developers.tabapay.com/docs/visa-response-code-updates
_VISA_STOP_PAYMENT: Final = frozenset({"R0", "R1", "R3"})
VISA_NEVER: Final = frozenset({"04", "07", "12", "14", "15", "41", "43", "46", "57"}) | _VISA_STOP_PAYMENT

# Banks often hide the reason behind a generic decline while the network's own code still tells it (ISO 8583, field 39).
_UNMASKED: Final[Mapping[str, Family]] = {
    "51": Family.NO_FUNDS,
    "61": Family.NO_FUNDS,
    "54": Family.EXPIRED,
    "91": Family.TECHNICAL,
    "96": Family.TECHNICAL,
    "1A": Family.AUTHENTICATION,
}


def family(decline: Decline) -> Family:
    """The kind of failure. What forbids or corrects goes before the decline code, unless the code is as strict itself.

    Total: a code nobody knows is OTHER, never an error; BLOCKED where Stripe stopped it.
    """
    said = CODES.get(_code(decline), Family.OTHER)
    if said in NOT_BY_ITSELF:
        return said
    stricter = _stop(decline) or (Family.BLOCKED if decline.blocked else None) or _correction(decline)
    if stricter:
        return stricter
    if said in {Family.REFUSED, Family.OTHER}:
        return _unmasked(decline, said)
    return said


def _code(decline: Decline) -> str:
    """Stripe's code, or its name for why the bank sent a debit back, where the code itself hides that."""
    code = decline.code or ""
    hides = CODES.get(code, Family.OTHER) in {Family.REFUSED, Family.OTHER}
    return (name_of_return(decline.brand, decline.network_decline_code) or code) if hides else code


# Codes behind which a bank hides what it means; the days that suit them are the days that suit nothing special.
_VAGUE: Final = frozenset({Family.REFUSED, Family.OTHER})


def leading(kinds: Iterable[Family]) -> Family:
    """The kind that the plan goes by, of all failures on one card from the first on.

    The first that tells something keeps its days. What is vaguer never moves it, what is stricter always does.
    """
    leads = Family.OTHER
    for kind in kinds:
        tells = kind not in _VAGUE or leads == Family.OTHER
        stricter = HEALS[kind] != Heals.TIME
        if tells and (stricter or leads in _VAGUE or HEALS[leads] != Heals.TIME):
            leads = kind
    return leads


def heals_refusal(code: str) -> Heals:
    """What must happen after Stripe refused to try at all. A code nobody knows is for a person to look at."""
    return HEALS[CODES.get(code, Family.UNCHARGEABLE)]


def _stop(decline: Decline) -> Family | None:
    """The family of a "never again" that came beside the code, or None."""
    advice = decline.network_advice_code or ""
    if decline.brand in {None, "mastercard"} and advice in _STOPPING_ADVICE:
        return _STOPPING_ADVICE[advice]
    response = decline.network_decline_code or ""
    if decline.brand == "visa" and response in VISA_NEVER:
        return Family.REVOKED if response in _VISA_STOP_PAYMENT else Family.CARD_DEAD
    return Family.CARD_DEAD if decline.advice_code == "do_not_try_again" else None


def _correction(decline: Decline) -> Family | None:
    renewed = decline.brand in {None, "mastercard"} and decline.network_advice_code == _CORRECTING_ADVICE
    return Family.WRONG_DATA if renewed or decline.advice_code == "confirm_card_data" else None


def _unmasked(decline: Decline, said: Family) -> Family:
    by_network = _UNMASKED.get(decline.network_decline_code or "")
    if by_network:
        return by_network
    return Family.REFUSED if decline.advice_code == "try_again_later" else said


# A payer is never told "lost", "stolen" or "fraud": the card may be in a thief's hands, and Stripe asks for it.
_PAYER: Final[Mapping[Family, Reason]] = {
    Family.NO_FUNDS: Reason.NO_FUNDS,
    Family.REFUSED: Reason.REFUSED,
    Family.TECHNICAL: Reason.TECHNICAL,
    Family.EXPIRED: Reason.EXPIRED,
    Family.CARD_DEAD: Reason.REFUSED,
    Family.AUTHENTICATION: Reason.AUTHENTICATION,
    Family.REVOKED: Reason.REFUSED,
    Family.WRONG_DATA: Reason.WRONG_DATA,
    Family.BLOCKED: Reason.REFUSED,
    Family.UNCHARGEABLE: Reason.OTHER,
    Family.OVERDUE: Reason.OTHER,
    Family.OTHER: Reason.OTHER,
}

_PAYER_BY_CODE: Final[Mapping[str, Reason]] = {
    "card_not_supported": Reason.CARD_NOT_SUPPORTED,
    "currency_not_supported": Reason.CURRENCY_NOT_SUPPORTED,
    "withdrawal_count_limit_exceeded": Reason.LIMIT_REACHED,
    "card_velocity_exceeded": Reason.LIMIT_REACHED,
    "incorrect_cvc": Reason.WRONG_SECURITY_CODE,
    "invalid_cvc": Reason.WRONG_SECURITY_CODE,
    "account_closed": Reason.ACCOUNT_CLOSED,
    "bank_account_closed": Reason.ACCOUNT_CLOSED,
    "bank_account_restricted": Reason.DEBITS_NOT_ALLOWED,
    "bank_account_unusable": Reason.DEBITS_NOT_ALLOWED,
    "bank_account_frozen": Reason.DEBITS_NOT_ALLOWED,
    "sepa_unsupported_account": Reason.DEBITS_NOT_ALLOWED,
    "debit_not_authorized": Reason.NOT_AUTHORIZED,
    "payment_intent_mandate_invalid": Reason.NOT_AUTHORIZED,
    "setup_intent_mandate_invalid": Reason.NOT_AUTHORIZED,
    "billing_invalid_mandate": Reason.NOT_AUTHORIZED,
}

_MERCHANT: Final[Mapping[Family, str]] = {
    Family.NO_FUNDS: "Insufficient funds",
    Family.REFUSED: "Declined by the bank",
    Family.TECHNICAL: "Technical failure",
    Family.EXPIRED: "Expired or missing method",
    Family.CARD_DEAD: "Method cannot be used",
    Family.AUTHENTICATION: "Authentication required",
    Family.REVOKED: "Authorization revoked",
    Family.WRONG_DATA: "Wrong details",
    Family.BLOCKED: "Blocked by Stripe",
    Family.UNCHARGEABLE: "Not chargeable as it is",
    Family.OVERDUE: "Overdue invoice",
    Family.OTHER: "Other failure",
}
# Where it is known what was to be charged.
_MERCHANT_BY_MEANS: Final[Mapping[tuple[Family, Means], str]] = {
    (Family.EXPIRED, Means.CARD): "Expired card",
    (Family.EXPIRED, Means.BANK_ACCOUNT): "Expired permission",
    (Family.EXPIRED, Means.NONE): "No payment method",
    (Family.CARD_DEAD, Means.CARD): "Card cannot be used",
    (Family.CARD_DEAD, Means.BANK_ACCOUNT): "Bank account cannot be used",
    (Family.REVOKED, Means.BANK_ACCOUNT): "Debit not authorized",
    (Family.WRONG_DATA, Means.CARD): "Wrong card details",
    (Family.WRONG_DATA, Means.BANK_ACCOUNT): "Wrong bank details",
}


def for_payer(decline: Decline, means: Means | None = None) -> Reason:
    """Why it failed, as far as the payer may know it. means: what was to be charged, where that is known."""
    if means == Means.NONE:
        return Reason.NO_METHOD
    return _PAYER_BY_CODE.get(_code(decline)) or _PAYER[family(decline)]


def stopped_by(code: str) -> str:
    """Who at Stripe stopped a charge, in a merchant's words; the code itself where nobody knows more."""
    return _STOPPED_BY.get(code, f"Stripe ({code})" if code else "Stripe")


def for_merchant(family: Family, means: Means | None = None) -> str:
    """The kind of failure in a merchant's words, without a full stop. means: what failed, where one thing did."""
    return (means and _MERCHANT_BY_MEANS.get((family, means))) or _MERCHANT[family]

"""What a decline means: every code Stripe and the networks use, by the kind of failure it tells of."""

from __future__ import annotations

from collections.abc import Mapping
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
    OTHER = "other"


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


class Remedy(StrEnum):
    """What helps, as seen from the payer."""

    NEW_CARD = "new_card"
    ANOTHER_DAY = "another_day"
    AUTHENTICATE = "authenticate"
    CALL_BANK = "call_bank"
    NOTHING = "nothing"  # it passes by itself


REMEDIES: Final[Mapping[Family, Remedy]] = {
    Family.NO_FUNDS: Remedy.ANOTHER_DAY,
    Family.REFUSED: Remedy.CALL_BANK,
    Family.TECHNICAL: Remedy.NOTHING,
    Family.EXPIRED: Remedy.NEW_CARD,
    Family.CARD_DEAD: Remedy.NEW_CARD,
    Family.AUTHENTICATION: Remedy.AUTHENTICATE,
    Family.REVOKED: Remedy.NEW_CARD,
    Family.WRONG_DATA: Remedy.NEW_CARD,
    Family.OTHER: Remedy.CALL_BANK,
}

# Where a charge on the same card without the customer cannot succeed, or must not be tried.
ONLY_THE_CUSTOMER: Final = frozenset({Family.EXPIRED, Family.CARD_DEAD, Family.AUTHENTICATION, Family.REVOKED})


@dataclass(frozen=True)
class Decline:
    """Why a try failed, as Stripe tells it.

    code: Stripe's decline_code, or the error's own code where there is none. advice_code: confirm_card_data,
    do_not_try_again or try_again_later. network_decline_code: the card network's response code ("51"), or why a bank
    sent a debit back ("R01"). network_advice_code: Mastercard's merchant advice code ("03"). brand: of the card in
    lower case, as Stripe writes it, or the kind of another method (core.methods).
    """

    code: str | None
    advice_code: str | None = None
    network_decline_code: str | None = None
    network_advice_code: str | None = None
    brand: str | None = None


_BY_FAMILY: Final[Mapping[Family, str]] = {
    # https://docs.stripe.com/declines/codes, as of 2026-07-14
    Family.NO_FUNDS: "insufficient_funds withdrawal_count_limit_exceeded card_velocity_exceeded"
    # https://docs.stripe.com/error-codes, bank debits and other methods, as in stripe-python 16.1
    " balance_insufficient charge_exceeds_source_limit charge_exceeds_transaction_limit",
    Family.REFUSED: "generic_decline do_not_honor call_issuer no_action_taken not_permitted security_violation"
    " service_not_allowed approve_with_id duplicate_transaction pin_try_exceeded card_declined bank_account_declined"
    " payment_method_provider_decline payment_intent_payment_attempt_failed refer_to_customer",
    Family.TECHNICAL: "try_again_later issuer_not_available processing_error reenter_transaction"
    " card_decline_rate_limit_exceeded payment_method_provider_timeout payment_intent_payment_attempt_expired"
    " lock_timeout rate_limit three_d_secure_authentication_upstream_error",
    Family.EXPIRED: "expired_card expired_payment_method",
    Family.CARD_DEAD: "lost_card stolen_card pickup_card restricted_card fraudulent merchant_blacklist"
    " highest_risk_level invalid_account new_account_information_available card_not_supported currency_not_supported"
    " transaction_not_allowed do_not_try_again account_closed account_invalid"
    # https://docs.stripe.com/declines/network-codes, returned debits
    " bank_account_closed bank_account_frozen recipient_deceased tokenized_account_number_deactivated"
    " bank_account_restricted bank_account_unusable payment_method_bank_account_blocked payment_method_restricted"
    " invalid_card_type payment_method_currency_mismatch payment_method_unsupported_type sepa_unsupported_account"
    " payment_method_not_available testmode_decline",
    Family.AUTHENTICATION: "authentication_required authentication_not_handled mobile_device_authentication_required"
    " setup_intent_authentication_failure"
    " offline_pin_required online_or_offline_pin_required authentication_failure payment_intent_action_required"
    " payment_intent_authentication_failure invoice_payment_intent_requires_action approval_required"
    " three_d_secure_authentication_not_supported",
    Family.REVOKED: "revocation_of_authorization revocation_of_all_authorizations stop_payment_order"
    " debit_not_authorized payment_intent_mandate_invalid setup_intent_mandate_invalid"
    " india_recurring_payment_mandate_canceled billing_invalid_mandate payment_method_customer_decline",
    Family.WRONG_DATA: "incorrect_address incorrect_cvc incorrect_number incorrect_zip incorrect_pin invalid_amount"
    " invalid_cvc invalid_expiry_month invalid_expiry_year invalid_number invalid_pin incorrect_postal_code"
    " postal_code_invalid no_account bank_account_invalid_details account_number_invalid routing_number_invalid"
    " bank_account_bad_routing_numbers bank_account_unverified bank_account_verification_failed"
    " payment_method_billing_details_address_missing"
    " payment_method_microdeposit_failed",
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

    Total: a code nobody knows is OTHER, never an error.
    """
    said = CODES.get(_code(decline), Family.OTHER)
    if said in ONLY_THE_CUSTOMER:
        return said
    stricter = _stop(decline) or _correction(decline)
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


def for_merchant(family: Family, means: Means | None = None) -> str:
    """The kind of failure in a merchant's words, without a full stop. means: what failed, where one thing did."""
    return (means and _MERCHANT_BY_MEANS.get((family, means))) or _MERCHANT[family]

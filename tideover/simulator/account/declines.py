"""Stripe's decline codes as the simulated banks use them: the words, the advice and the network's own code.

Sources: https://docs.stripe.com/declines/codes for the codes and what they mean. Which advice and which network code
come with each is not confirmed: the usual ones are given here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from tideover.simulator.account.issuer import Verdict


@dataclass(frozen=True, slots=True)
class Reason:
    """What a bank says with one decline code."""

    message: str
    advice_code: str | None = None
    network_code: str | None = None  # ISO 8583 field 39 as Visa and Mastercard send it


DECLINED: Final = "Your card was declined."
AGAIN: Final = "try_again_later"
NEVER: Final = "do_not_try_again"
CHECK: Final = "confirm_card_data"

REASONS: Final[dict[str, Reason]] = {
    "generic_decline": Reason(DECLINED, AGAIN, "05"),
    "insufficient_funds": Reason("Your card has insufficient funds.", AGAIN, "51"),
    "withdrawal_count_limit_exceeded": Reason(DECLINED, AGAIN, "65"),
    "card_velocity_exceeded": Reason(
        "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.", AGAIN, "61"
    ),
    "approve_with_id": Reason(DECLINED, AGAIN, "85"),
    "do_not_honor": Reason(DECLINED, AGAIN, "05"),
    "call_issuer": Reason(DECLINED, AGAIN, "01"),
    "no_action_taken": Reason(DECLINED, AGAIN, "21"),
    "not_permitted": Reason(DECLINED, AGAIN, "58"),
    "security_violation": Reason(DECLINED, AGAIN, "63"),
    "service_not_allowed": Reason(DECLINED, AGAIN, "58"),
    "try_again_later": Reason(DECLINED, AGAIN, "91"),
    "issuer_not_available": Reason(DECLINED, AGAIN, "91"),
    "processing_error": Reason("An error occurred while processing your card. Try again in a little bit.", AGAIN, "96"),
    "reenter_transaction": Reason(DECLINED, AGAIN, "19"),
    "authentication_required": Reason("Your card was declined. This transaction requires authentication.", None, "1A"),
    "authentication_not_handled": Reason(DECLINED, None, "1A"),
    "mobile_device_authentication_required": Reason(DECLINED, None, "1A"),
    "expired_card": Reason("Your card has expired.", CHECK, "54"),
    "invalid_account": Reason(DECLINED, CHECK, "14"),
    "new_account_information_available": Reason(DECLINED, CHECK, "14"),
    "card_not_supported": Reason("Your card does not support this type of purchase.", NEVER, "57"),
    "currency_not_supported": Reason("Your card does not support this currency.", NEVER, "57"),
    "invalid_expiry_month": Reason("Your card's expiration month is invalid.", CHECK, "54"),
    "invalid_expiry_year": Reason("Your card's expiration year is invalid.", CHECK, "54"),
    "incorrect_number": Reason("Your card number is incorrect.", CHECK, "14"),
    "invalid_number": Reason("Your card number is invalid.", CHECK, "14"),
    "incorrect_cvc": Reason("Your card's security code is incorrect.", CHECK, "N7"),
    "invalid_cvc": Reason("Your card's security code is invalid.", CHECK, "N7"),
    "incorrect_zip": Reason("Your card's zip code failed validation.", CHECK, "N7"),
    "incorrect_address": Reason(DECLINED, CHECK, "N7"),
    "invalid_amount": Reason(DECLINED, None, "13"),
    "lost_card": Reason(DECLINED, NEVER, "41"),
    "stolen_card": Reason(DECLINED, NEVER, "43"),
    "pickup_card": Reason(DECLINED, NEVER, "04"),
    "restricted_card": Reason(DECLINED, NEVER, "62"),
    "fraudulent": Reason(DECLINED, NEVER, "59"),
    "merchant_blacklist": Reason(DECLINED, NEVER, None),
    "highest_risk_level": Reason(DECLINED, NEVER, None),
    "revocation_of_authorization": Reason(DECLINED, NEVER, "R1"),
    "revocation_of_all_authorizations": Reason(DECLINED, NEVER, "R3"),
    "stop_payment_order": Reason(DECLINED, NEVER, "R0"),
    "transaction_not_allowed": Reason(DECLINED, NEVER, "57"),
    "do_not_try_again": Reason(DECLINED, NEVER, "05"),
    "duplicate_transaction": Reason(
        "A transaction with identical amount and credit card information was submitted very recently.", None, "94"
    ),
    "incorrect_pin": Reason(DECLINED, CHECK, "55"),
    "invalid_pin": Reason(DECLINED, CHECK, "55"),
    "pin_try_exceeded": Reason(DECLINED, None, "75"),
    "offline_pin_required": Reason(DECLINED, None, "1A"),
    "online_or_offline_pin_required": Reason(DECLINED, None, "70"),
    "testmode_decline": Reason(DECLINED, None, None),
}

# The decline codes Stripe also uses as the error's own `code`; all others come as "card_declined":
# https://docs.stripe.com/error-codes.
OWN_CODES: Final = frozenset(
    {
        "authentication_required",
        "expired_card",
        "incorrect_cvc",
        "incorrect_number",
        "incorrect_zip",
        "incorrect_address",
        "invalid_cvc",
        "invalid_expiry_month",
        "invalid_expiry_year",
        "invalid_number",
        "processing_error",
    }
)

# After one of these Stripe's own schedule goes on, but is executed only once another payment method exists:
# https://docs.stripe.com/billing/revenue-recovery/smart-retries.
HARD: Final = frozenset(
    {
        "incorrect_number",
        "lost_card",
        "pickup_card",
        "stolen_card",
        "revocation_of_authorization",
        "revocation_of_all_authorizations",
        "authentication_required",
        "highest_risk_level",
        "transaction_not_allowed",
    }
)

# Stripe itself refuses, and no bank is asked: https://docs.stripe.com/declines. That these codes are of this kind is
# not confirmed.
# What Stripe's prevention of excessive retries answers: https://support.stripe.com/questions/payment-blocked-due-to-excessive-retries.
EXCESSIVE: Final = "previously_declined_do_not_retry"
BLOCKED: Final = frozenset({"merchant_blacklist", "highest_risk_level", EXCESSIVE, "rule"})


def declined(
    decline_code: str,
    *,
    advice_code: str | None = None,
    network_decline_code: str | None = None,
    network_advice_code: str | None = None,
) -> Verdict:
    """A bank's no with that decline code; advice and network code are the usual ones unless given."""
    reason = REASONS.get(decline_code, Reason(DECLINED))
    return Verdict(
        "declined",
        code=decline_code if decline_code in OWN_CODES else "card_declined",
        decline_code=decline_code,
        advice_code=advice_code or reason.advice_code,
        network_decline_code=network_decline_code or reason.network_code,
        network_advice_code=network_advice_code,
        reached_network=decline_code not in BLOCKED,
    )


def settling(at: int, later: Verdict) -> Verdict:
    """A bank debit: nobody knows before `at`."""
    return Verdict("processing", settles_at=at, later=replace(later))


def message(decline_code: str | None) -> str:
    """The English sentence of Stripe's error for a decline code."""
    return REASONS.get(decline_code or "", Reason(DECLINED)).message

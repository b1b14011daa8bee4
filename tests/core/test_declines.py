"""Every code a payment can fail with has a kind, words for the payer, and a way out."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tideover.core.declines import (
    CODES,
    CONFIRMABLE,
    HEALS,
    NOT_BY_ITSELF,
    VISA_NEVER,
    Decline,
    Family,
    Heals,
    family,
    for_merchant,
    for_payer,
    heals_refusal,
)

# https://docs.stripe.com/declines/codes as of 2026-07-14, in full
PUBLISHED = [
    "authentication_required",
    "authentication_not_handled",
    "approve_with_id",
    "call_issuer",
    "card_not_supported",
    "card_velocity_exceeded",
    "currency_not_supported",
    "do_not_honor",
    "do_not_try_again",
    "duplicate_transaction",
    "expired_card",
    "fraudulent",
    "generic_decline",
    "incorrect_address",
    "incorrect_cvc",
    "incorrect_number",
    "incorrect_pin",
    "incorrect_zip",
    "insufficient_funds",
    "invalid_account",
    "invalid_amount",
    "invalid_cvc",
    "invalid_expiry_month",
    "invalid_expiry_year",
    "invalid_number",
    "invalid_pin",
    "issuer_not_available",
    "lost_card",
    "merchant_blacklist",
    "new_account_information_available",
    "no_action_taken",
    "not_permitted",
    "offline_pin_required",
    "online_or_offline_pin_required",
    "pickup_card",
    "pin_try_exceeded",
    "processing_error",
    "reenter_transaction",
    "restricted_card",
    "revocation_of_all_authorizations",
    "revocation_of_authorization",
    "security_violation",
    "service_not_allowed",
    "stolen_card",
    "stop_payment_order",
    "testmode_decline",
    "transaction_not_allowed",
    "try_again_later",
    "withdrawal_count_limit_exceeded",
    "mobile_device_authentication_required",
]
SECRETS = re.compile(r"lost|stolen|fraud|thief|theft|block|blacklist|risk|revok|suspicio", re.IGNORECASE)


@pytest.mark.parametrize("code", PUBLISHED)
def test_every_published_decline_code_has_a_kind(code):
    assert code in CODES
    assert family(Decline(code)) == CODES[code] != Family.OTHER


def test_the_table_knows_no_code_twice():
    assert len(PUBLISHED) == len(set(PUBLISHED)) == 50


def test_every_error_code_of_the_installed_client_says_what_heals_it():
    spec = find_spec("stripe")
    assert spec
    assert spec.origin
    source = Path(spec.origin).with_name("_payment_intent.py").read_text()
    listed = set(re.findall(r'"(\w+)"', source[source.index("class LastPaymentError") :].split("decline_code:")[0]))
    assert {"card_declined", "expired_card", "insufficient_funds", "amount_too_small"} <= listed
    assert len(listed) > 200
    assert listed - set(CODES) == set()


def test_only_a_payment_whose_bank_asks_for_the_customer_waits_to_be_confirmed():
    assert {CODES[code] for code in CONFIRMABLE} == {Family.AUTHENTICATION}


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("insufficient_funds", Family.NO_FUNDS),
        ("generic_decline", Family.REFUSED),
        ("do_not_honor", Family.REFUSED),
        ("processing_error", Family.TECHNICAL),
        ("expired_card", Family.EXPIRED),
        ("lost_card", Family.CARD_DEAD),
        ("fraudulent", Family.CARD_DEAD),
        ("authentication_required", Family.AUTHENTICATION),
        ("revocation_of_authorization", Family.REVOKED),
        ("stop_payment_order", Family.REVOKED),
        ("incorrect_cvc", Family.WRONG_DATA),
        ("rule", Family.BLOCKED),
        ("highest_risk_level", Family.BLOCKED),
        ("low_probability_of_authorization", Family.BLOCKED),
        ("previously_declined_do_not_retry", Family.BLOCKED),
        ("live_mode_test_card", Family.CARD_DEAD),
        ("payment_intent_mandate_invalid", Family.REVOKED),
        ("amount_too_small", Family.UNCHARGEABLE),
        ("a_code_of_tomorrow", Family.OTHER),
        (None, Family.OTHER),
        ("", Family.OTHER),
    ],
)
def test_what_a_code_means(code, kind):
    assert family(Decline(code)) == kind


@pytest.mark.parametrize(
    ("decline", "kind"),
    [
        (Decline("insufficient_funds", "do_not_try_again"), Family.CARD_DEAD),
        (Decline("generic_decline", "confirm_card_data"), Family.WRONG_DATA),
        (Decline("a_code_of_tomorrow", "try_again_later"), Family.REFUSED),
        (Decline("generic_decline", None, None, "03", "mastercard"), Family.CARD_DEAD),
        (Decline("generic_decline", None, None, "21", "mastercard"), Family.REVOKED),
        (Decline("insufficient_funds", "try_again_later", None, "21", "mastercard"), Family.REVOKED),
        (Decline("generic_decline", None, None, "01", "mastercard"), Family.WRONG_DATA),
        (Decline("generic_decline", None, "41", None, "visa"), Family.CARD_DEAD),
        (Decline("generic_decline", None, "R1", None, "visa"), Family.REVOKED),
    ],
)
def test_what_the_network_forbids_goes_before_the_code(decline, kind):
    assert family(decline) == kind


@pytest.mark.parametrize(
    ("decline", "kind"),
    [
        (Decline("expired_card", "confirm_card_data", "54", None, "visa"), Family.EXPIRED),
        (Decline("lost_card", "try_again_later"), Family.CARD_DEAD),
        (Decline("revocation_of_authorization", "do_not_try_again", "R1", None, "visa"), Family.REVOKED),
        (Decline("authentication_required", "try_again_later", "1A", None, "visa"), Family.AUTHENTICATION),
    ],
)
def test_an_advice_never_softens_what_the_code_says(decline, kind):
    assert family(decline) == kind


@pytest.mark.parametrize("code", ["a_reason_of_tomorrow", "generic_decline", "insufficient_funds", None])
def test_what_stripe_itself_stopped_is_blocked_whatever_reason_it_gives(code):
    assert family(Decline(code, blocked=True)) == Family.BLOCKED


def test_a_block_never_softens_what_the_code_says():
    assert family(Decline("lost_card", blocked=True)) == Family.CARD_DEAD


@pytest.mark.parametrize(
    ("code", "heals"),
    [
        ("amount_too_small", Heals.MERCHANT),
        ("mandate_invalid", Heals.NEW_METHOD),
        ("resource_missing", Heals.NEW_METHOD),
        ("invoice_payment_intent_requires_action", Heals.CUSTOMER),
        ("lock_timeout", Heals.TIME),
        ("a_code_of_tomorrow", Heals.MERCHANT),
        ("", Heals.MERCHANT),
    ],
)
def test_what_heals_a_try_that_stripe_refused(code, heals):
    assert heals_refusal(code) == heals


def test_a_visa_code_forbids_nothing_on_another_network():
    assert "14" in VISA_NEVER
    assert family(Decline("generic_decline", None, "14", None, "mastercard")) == Family.REFUSED
    assert family(Decline("generic_decline", None, None, "03", "visa")) == Family.REFUSED


def test_a_reason_the_bank_hides_is_read_from_the_networks_code():
    assert family(Decline("generic_decline", "try_again_later", "51", None, "visa")) == Family.NO_FUNDS
    assert family(Decline("generic_decline", None, "91", None, "mastercard")) == Family.TECHNICAL


@settings(max_examples=60, deadline=None)
@given(
    st.none() | st.sampled_from(sorted(CODES)) | st.text(max_size=8),
    st.sampled_from([None, "do_not_try_again", "confirm_card_data", "try_again_later", "news"]),
    st.none() | st.sampled_from(sorted(VISA_NEVER)) | st.text(max_size=2),
    st.none() | st.integers(0, 99).map("{:02}".format),
    st.sampled_from([None, "visa", "mastercard", "amex"]),
)
def test_no_payer_reads_that_the_card_was_lost_stolen_or_suspected(code, advice, response, network_advice, brand):
    decline = Decline(code, advice, response, network_advice, brand)
    assert family(decline) in Family
    assert not SECRETS.search(for_payer(decline))


def test_lost_reads_for_the_payer_like_any_decline():
    for code in ("lost_card", "stolen_card", "pickup_card", "fraudulent", "merchant_blacklist"):
        assert for_payer(Decline(code)) == for_payer(Decline("generic_decline"))


@pytest.mark.parametrize("kind", Family)
def test_every_kind_has_a_name_for_merchants_and_a_way_out(kind):
    assert for_merchant(kind)[0].isupper()
    assert (kind in NOT_BY_ITSELF) <= (HEALS[kind] != Heals.TIME)

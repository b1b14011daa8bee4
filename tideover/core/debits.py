"""Why a bank sent a debit back: the clearing's own return codes, by Stripe's names for the same.

Where Stripe hands on a return code beside a vaguer name, the code tells what the name hides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# https://docs.stripe.com/declines/network-codes (ACH), read 2026-11
_ACH: Final = {
    "insufficient_funds": "R01 R09",
    "bank_account_closed": "R02",
    "bank_account_invalid_details": "R03 R04",
    "debit_not_authorized": "R05 R07 R08 R10 R11 R29 R31",
    "recipient_deceased": "R15",
    "bank_account_frozen": "R16",
    "bank_account_restricted": "R20",
}
# EPC173-14, guidance on reason codes of SEPA direct debit, as https://support.slimpay.com and
# https://docs.adyen.com/risk-management/chargeback-guidelines/sepa-chargebacks/ give it, read 2026-11.
# MS03 gives no reason: where the law forbids a bank to tell more, want of funds hides behind it.
_SEPA: Final = {
    "insufficient_funds": "AM04 AM06",
    "bank_account_closed": "AC04 AC07",
    "bank_account_invalid_details": "AC01 RC01 BE05",
    "bank_account_frozen": "AC06",
    "bank_account_restricted": "AG01 AC13 SL01",
    "debit_not_authorized": "MD01 MD02 MD06 MS02",
    "recipient_deceased": "MD07",
    "bank_account_declined": "MS03",
}
# Reason codes of unpaid direct debits (ARUDD), https://support.slimpay.com (Bacs payment error codes), read 2026-11.
# 0, "refer to payer", gives no reason and is most often want of funds.
_BACS: Final = {
    "bank_account_declined": "0",
    "debit_not_authorized": "1 4 6 7 8 9 A",
    "recipient_deceased": "2",
    "bank_account_closed": "3 B",
    "bank_account_invalid_details": "5",
}


def _by_code(names: Mapping[str, str]) -> Mapping[str, str]:
    return {code: name for name, codes in names.items() for code in codes.split()}


RETURNS: Final[Mapping[str, Mapping[str, str]]] = {
    "us_bank_account": _by_code(_ACH),
    "sepa_debit": _by_code(_SEPA),
    "bacs_debit": _by_code(_BACS),
}


def name_of_return(method: str | None, code: str | None) -> str | None:
    """Stripe's name for a return code of this kind of debit; None for a code or a method without a list here."""
    return RETURNS.get(method or "", {}).get((code or "").upper())

"""Bank accounts that may be debited, as payment methods: what each kind is made of, and what Stripe shows of it.

Sources: https://docs.stripe.com/api/payment_methods/object, https://docs.stripe.com/testing#sepa-direct-debit (accounts
of which no payment method can be made). With which codes they are refused, and how banks and branches of IBANs other
than German ones are told, is not confirmed.
"""

from __future__ import annotations

from tideover.simulator.account import debits
from tideover.simulator.account.cards import fingerprint_of
from tideover.simulator.account.store import Json
from tideover.simulator.wire.changes import refuse_unless
from tideover.simulator.wire.forms import one_of, shape, text

SUCCESS = "000123456789"
# What each is made of: the parameters of POST /v1/payment_methods.
MADE_OF = {
    "us_bank_account": shape(
        {
            "account_number": text,
            "routing_number": text,
            "account_holder_type": one_of("individual", "company"),
            "account_type": one_of("checking", "savings"),
            "financial_connections_account": text,
        }
    ),
    "sepa_debit": shape({"iban": text}, needs=("iban",)),
    "bacs_debit": shape({"account_number": text, "sort_code": text}),
}


def number_in(kind: str, details: Json) -> str:
    """The account's number in a request, or Stripe's refusal of one that cannot be debited."""
    number = str(details.get("iban" if kind == "sepa_debit" else "account_number") or SUCCESS).replace(" ", "").upper()
    if kind == "sepa_debit":
        param = "sepa_debit[iban]"
        refuse_unless(debits.is_iban(number), "The IBAN you provided is invalid.", "account_number_invalid", param)
        able = number not in debits.NOT_DEBITABLE
        refuse_unless(able, "The bank does not support SEPA Direct Debit.", "sepa_unsupported_account", param)
    known = number not in debits.NO_SUCH_ACCOUNT
    refuse_unless(known, "The account number is invalid.", "account_number_invalid", f"{kind}[account_number]")
    return number


def shown(kind: str, number: str, details: Json) -> Json:
    """What Stripe shows of an account; its number is not kept."""
    face = {"fingerprint": fingerprint_of(number), "last4": number[-4:]}
    if kind == "sepa_debit":
        made_from = {"charge": None, "setup_attempt": None}
        return face | {
            "bank_code": number[4:12],
            "branch_code": "",
            "country": number[:2],
            "generated_from": made_from,
        }
    if kind == "bacs_debit":
        return face | {"sort_code": details.get("sort_code", "108800").replace("-", "")}
    return face | {
        "account_holder_type": details.get("account_holder_type", "individual"),
        "account_type": details.get("account_type", "checking"),
        "bank_name": "STRIPE TEST BANK",
        "financial_connections_account": details.get("financial_connections_account"),
        "networks": {"preferred": "ach", "supported": ["ach"]},
        "routing_number": details.get("routing_number", "110000000"),
        "status_details": {},
    }

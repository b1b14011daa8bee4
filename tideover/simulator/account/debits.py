"""Test bank accounts: Stripe's published numbers and tokens, our own `pm_sim_return_*`, and how each debit ends.

Sources: https://docs.stripe.com/testing#sepa-direct-debit, https://docs.stripe.com/payments/ach-direct-debit,
https://docs.stripe.com/payments/bacs-debit/accept-a-payment (numbers, tokens, three business days),
https://docs.stripe.com/declines/network-codes. SEPA's five days, the names for SEPA's and Bacs' codes, and the
code of an error that has such a name beside it, are not confirmed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from tideover.simulator.account.cards import DAY, GOOD, Behavior
from tideover.simulator.account.issuer import Verdict


@dataclass(frozen=True, slots=True)
class Clearing:
    """A clearing of bank debits: business days until an answer is known, and Stripe's names for its return codes."""

    currency: str
    days: int
    returns: Mapping[str, str]


CLEARINGS: Final[Mapping[str, Clearing]] = {
    "us_bank_account": Clearing(
        "usd",
        4,
        {
            "R01": "insufficient_funds",
            "R02": "account_closed",
            "R03": "no_account",
            "R08": "debit_not_authorized",
            "R10": "debit_not_authorized",
            "R16": "bank_account_restricted",
        },
    ),
    "sepa_debit": Clearing(
        "eur",
        5,
        {
            "AC01": "no_account",
            "AC04": "account_closed",
            "AC06": "bank_account_restricted",
            "AM04": "insufficient_funds",
            "MD01": "debit_not_authorized",
            "MD06": "debit_not_authorized",
            "MS02": "refer_to_customer",
            "MS03": "bank_account_declined",
        },
    ),
    "bacs_debit": Clearing(
        "gbp",
        3,
        {
            "0": "refer_to_customer",
            "1": "debit_not_authorized",
            "5": "no_account",
            "6": "debit_not_authorized",
            "B": "account_closed",
        },
    ),
}


def failed(name: str, code: str | None = None) -> Verdict:
    """A debit that does not go through, by Stripe's name for the reason and the clearing's own code."""
    return Verdict("declined", "payment_intent_payment_attempt_failed", name, network_decline_code=code)


def sent_back(kind: str, code: str) -> Verdict:
    """The bank returns a debit with a code of its clearing."""
    return failed(CLEARINGS[kind].returns[code], code)


@dataclass(frozen=True, slots=True)
class TestAccount:
    """A published test account: an IBAN, or the number beside a routing number or sort code. `refused`: no mandate."""

    kind: str
    number: str
    token: str
    behavior: Behavior = field(default_factory=Behavior)
    refused: bool = False


def _us(number: str, word: str, behavior: Behavior = GOOD) -> TestAccount:
    return TestAccount("us_bank_account", number, f"pm_usBankAccount_{word}", behavior)


def _german(check: str, number: str, word: str, behavior: Behavior = GOOD) -> TestAccount:
    return TestAccount("sepa_debit", f"DE{check}37040044{number}", f"pm_sepaDebit_{word}_de", behavior)


def _uk(number: str, word: str, behavior: Behavior = GOOD, *, refused: bool = False) -> TestAccount:
    return TestAccount("bacs_debit", number, f"pm_bacsDebit_{word}", behavior, refused)


def _returned(kind: str, code: str) -> Behavior:
    return Behavior(charge=sent_back(kind, code))


LIMIT: Final = Behavior(charge=failed("charge_exceeds_source_limit"))
WEEK: Final = Behavior(charge=failed("charge_exceeds_weekly_limit"))
NO_FUNDS: Final = Behavior(charge=failed("insufficient_funds", "0"))  # Bacs tells no more
DISPUTED: Final = Behavior(disputed="debit_not_authorized")
# What Stripe delays by three minutes in its sandbox takes days here, like every debit.
TEST_ACCOUNTS: Final[tuple[TestAccount, ...]] = (
    _us("000123456789", "success"),
    _us("000111111113", "accountClosed", _returned("us_bank_account", "R02")),
    _us("000111111116", "noAccount", _returned("us_bank_account", "R03")),
    _us("000222222227", "insufficientFunds", _returned("us_bank_account", "R01")),
    _us("000333333335", "debitNotAuthorized", _returned("us_bank_account", "R10")),
    _us("000555555559", "dispute", DISPUTED),
    _us("000777777771", "weeklyLimitExceeded", WEEK),
    _german("89", "0532013000", "success"),
    _german("08", "0532013003", "successDelayed"),
    _german("62", "0532013001", "failed", _returned("sepa_debit", "MS03")),
    _german("78", "0532013004", "failedDelayed", _returned("sepa_debit", "MS03")),
    _german("35", "0532013002", "disputed", DISPUTED),
    _german("65", "0000343434", "exceedsWeeklyVolumeLimit", LIMIT),
    _german("27", "0000121212", "exceedsWeeklyTransactionLimit", WEEK),
    _german("65", "0002222227", "insufficientFunds", _returned("sepa_debit", "AM04")),
    _uk("00012345", "success"),
    _uk("90012345", "successDelayed"),
    _uk("33333335", "debitNotAuthorized", _returned("bacs_debit", "1")),
    _uk("93333335", "debitNotAuthorizedDelayed", _returned("bacs_debit", "1")),
    _uk("22222227", "insufficientFunds", NO_FUNDS),
    _uk("92222227", "insufficientFundsDelayed", NO_FUNDS),
    _uk("55555559", "dispute", DISPUTED),
    _uk("00033333", "mandateRefused", refused=True),
)
BY_NUMBER: Final = {(account.kind, account.number): account for account in TEST_ACCOUNTS}
# Not as at Stripe, where R03 comes of it: for as long as this simulator lives its number has bounced for want of funds,
# and journeys count on that. R03 has its token, and pm_sim_return_us_bank_account_R03.
BY_NUMBER["us_bank_account", "000111111116"] = TestAccount(
    "us_bank_account", "000111111116", "pm_usBankAccount_insufficientFunds", _returned("us_bank_account", "R01")
)
BY_TOKEN: Final = {account.token: account for account in TEST_ACCOUNTS}
# Nobody can debit these: no payment method is made of them.
NOT_DEBITABLE: Final = frozenset({"DE91370400440000055555", "DE18370400440000066666"})
NO_SUCH_ACCOUNT: Final = frozenset({"00044444"})

SCRIPTED: Final = re.compile(
    rf"pm_sim_return_(?P<kind>{'|'.join(CLEARINGS)})_(?P<code>[A-Z0-9]+)"
    r"(?:_late_(?P<late>\d+)d|(?:_then_ok_after_(?P<days>\d+)d)?(?:_n(?P<first>\d+))?)"
)


def account_of(kind: str, number: str) -> TestAccount:
    """The test account of a number; an unknown number is a good account."""
    return BY_NUMBER.get((kind, number)) or TestAccount(kind, number, "")


def named(token: str) -> TestAccount | None:
    """The account a token names, None when it names none.

    `pm_sim_return_sepa_debit_AM04` comes back each time, `…_n2` for the first two debits, `…_then_ok_after_5d` for five
    days; `…_late_20d` is paid, and taken back twenty days later.
    """
    if token in BY_TOKEN:
        return BY_TOKEN[token]
    match = SCRIPTED.fullmatch(token)
    if match is None or match["code"] not in CLEARINGS[match["kind"]].returns:
        return None
    verdict = sent_back(match["kind"], match["code"])
    if match["late"]:
        behavior = Behavior(disputed=reason_of(verdict), disputed_after=int(match["late"]) * DAY)
    else:
        days, first = match["days"], match["first"]
        behavior = Behavior(verdict, ok_after=int(days) * DAY if days else None, first=int(first) if first else None)
    return TestAccount(match["kind"], _made_up(match["kind"], token), token, behavior)


def reason_of(verdict: Verdict) -> str:
    """What a dispute calls the reason for which a debit was taken back: https://docs.stripe.com/disputes/categories."""
    return _REASONS.get(verdict.decline_code or "", "bank_cannot_process")


_REASONS: Final = {
    "account_closed": "incorrect_account_details",
    "debit_not_authorized": "debit_not_authorized",
    "insufficient_funds": "insufficient_funds",
    "no_account": "incorrect_account_details",
}


def _made_up(kind: str, token: str) -> str:
    """A stable number for a scripted token, so that its account has a fingerprint of its own."""
    digits = str(sum(ord(letter) * 31**place for place, letter in enumerate(token)))[-10:]
    return iban("DE", f"37040044{digits:0>10}") if kind == "sepa_debit" else digits[-8:]


def iban(country: str, account: str) -> str:
    """The IBAN of a national account number, with its check digits: ISO 13616."""
    return f"{country}{98 - _remainder(f'{country}00{account}'):02d}{account}"


def is_iban(number: str) -> bool:
    """Whether it is long enough, made of letters and digits, and its check digits fit."""
    return re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", number) is not None and _remainder(number) == 1


def _remainder(number: str) -> int:
    turned = number[4:] + number[:4]
    return int("".join(str(int(letter, 36)) for letter in turned)) % 97

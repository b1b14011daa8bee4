"""How often a bank debit that came back may be presented again: each scheme's rules as dated data. Everybody's count.

A returned debit is presented again for the same invoice. The next invoice's debit is a first one, and another account
has tries of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tideover.core.declines import Family, family
from tideover.core.outcomes import FAILED_TRIES, Tried
from tideover.core.timing import business_days_after, local_day
from tideover.core.tries import Attempt, Budget, Sure


@dataclass(frozen=True)
class Scheme:
    """The rules of one clearing. again: presentments after the first, all within `window` of it.

    after: the kinds of return after which it may be presented again at all. clears: business days until the money is
    there, as a rule. answers: within this time the bank has sent it back, as a rule. since: as far as the source tells,
    empty where it does not. All were read on READ_ON.
    """

    id: str
    name: str
    again: int
    window: timedelta
    after: frozenset[Family]
    clears: int
    answers: timedelta
    text: str
    since: str
    source: str
    sure: Sure


READ_ON: Final = date(2026, 11, 28)

# A return for want of funds, or one that tells no reason; and a failure before any bank was asked.
_NO_FUNDS: Final = frozenset({Family.NO_FUNDS, Family.TECHNICAL})
_MAY_PASS: Final = _NO_FUNDS | {Family.REFUSED, Family.OTHER}

# Figures change: each scheme is one entry here and nowhere else. How long each takes to clear is told by
# Stripe's page of each (https://docs.stripe.com/payments/bank-debits); of the last three it is not confirmed.
SCHEMES: Final[Mapping[str, Scheme]] = {
    "us_bank_account": Scheme(
        "ach.again", "ACH (Nacha)", 2, timedelta(days=180), _NO_FUNDS, 4, timedelta(days=5),
        "a debit returned for R01 or R09 may be presented twice more within 180 days; after any other return never",
        "2015-09-18", "https://www.epcor.org/nycu-stories/january-april2021/the-rules-behind-reinitiated-entries.html",
        Sure.PUBLISHED,
    ),
    # The EPC's rulebook names no number that we know of. Adyen's rescue keeps to two tries in 42 days, for AM04 and
    # MS03 only.
    "sepa_debit": Scheme(
        "sepa.again", "SEPA Direct Debit", 2, timedelta(days=42), _MAY_PASS, 5, timedelta(days=14),
        "no published figure of the scheme's: a large processor's two in 42 days are kept",
        "", "https://docs.adyen.com/online-payments/auto-rescue/sepa", Sure.CAUTION,
    ),
    # The scheme sets no number within its month; two are what most service users make.
    "bacs_debit": Scheme(
        "bacs.again", "Bacs Direct Debit", 2, timedelta(days=28), _MAY_PASS, 3, timedelta(days=7),
        "only after 'refer to payer', within one month of the first; we present twice more at most",
        "", "https://cleardirectdebit.co.uk/unpaid-direct-debits/", Sure.PUBLISHED,
    ),
    "acss_debit": Scheme(
        "pad.again", "Pre-authorized debit (Canada)", 1, timedelta(days=30), _NO_FUNDS, 5, timedelta(days=7),
        "rule H1, as it is commonly told: once more within 30 days, for the same amount, where funds were missing",
        "", "https://www.payments.ca/resources/payment-guides/business-guides/pre-authorized-debit", Sure.CAUTION,
    ),
    "au_becs_debit": Scheme(
        "becs-au.again", "BECS Direct Debit (Australia)", 2, timedelta(days=30), _MAY_PASS, 3, timedelta(days=7),
        "no published figure: twice more in 30 days",
        "", "https://docs.stripe.com/payments/au-becs-debit", Sure.CAUTION,
    ),
    # A retry within five business days needs no new notice to the payer; a number is not published.
    "nz_bank_account": Scheme(
        "becs-nz.again", "BECS Direct Debit (New Zealand)", 2, timedelta(days=30), _MAY_PASS, 3, timedelta(days=7),
        "no published figure: twice more in 30 days",
        "", "https://stripe.com/nz/legal/becs-dd-service-agreement", Sure.CAUTION,
    ),
}  # fmt: skip

# After these the account is of no use, whatever it is asked for.
_ENDS: Final[Mapping[Family, str]] = {
    Family.CARD_DEAD: "the account is closed, frozen or does not take debits",
    Family.REVOKED: "the debit is not authorized, or no longer",
    Family.WRONG_DATA: "the account's details are wrong",
    Family.EXPIRED: "the permission to debit it has expired",
}


def left(method: str, attempts: Sequence[Attempt], now: datetime) -> Budget:
    """What the scheme leaves for one more presentment of the invoice's debit at `now`.

    attempts: everybody's on this invoice, and elsewhere on this account, oldest first. What lies ahead of `now` is
    announced: others will present it then, and that counts already.
    """
    scheme = SCHEMES[method]
    same = [attempt for attempt in attempts if attempt.method in {None, method}]
    over = _ended(same) or _not_again(scheme, same) or _used_up(scheme, same, now)
    if over:
        return Budget(False, None, 0, over, scheme.id)
    more = 1 + scheme.again - len(_presented(same))
    return Budget(True, now, more, f"{scheme.name}: {more} more presentments are allowed.", scheme.id)


def under_way(attempts: Sequence[Attempt]) -> Attempt | None:
    """The invoice's debit that the bank has not answered yet, where there is one."""
    latest = next((each for each in reversed(attempts) if not each.elsewhere), None)
    return latest if latest and latest.outcome == Tried.PROCESSING else None


def expected_on(method: str | None, presented_at: datetime, zone: ZoneInfo) -> date | None:
    """The payer's day by which a debit presented then has come, as a rule; None for what is no debit."""
    scheme = SCHEMES.get(method or "")
    return business_days_after(local_day(presented_at, zone), scheme.clears) if scheme else None


def _ended(attempts: Sequence[Attempt]) -> str:
    """Why the account is of no use any more; a payment that went through afterwards lifts it."""
    for attempt in reversed(attempts):
        if attempt.outcome == Tried.PAID:
            return ""
        why = _ENDS.get(_kind(attempt) or Family.OTHER)
        if why:
            return f"The bank answered {_code(attempt)}: {why}. This account is not tried again."
    return ""


def _not_again(scheme: Scheme, attempts: Sequence[Attempt]) -> str:
    """Whether this invoice's debit came back for a reason after which it may not be presented again."""
    for attempt in _presented(attempts):
        kind = _kind(attempt)
        if kind is not None and kind not in scheme.after:
            return f"{scheme.name}: {scheme.text}. The bank answered {_code(attempt)}."
    return ""


def _kind(attempt: Attempt) -> Family | None:
    """Why it failed; None where it did not, or nobody knows."""
    return family(attempt.decline) if attempt.decline and attempt.outcome in FAILED_TRIES else None


def _code(attempt: Attempt) -> str:
    return (attempt.decline.code if attempt.decline else None) or "no"


def _presented(attempts: Sequence[Attempt]) -> list[Attempt]:
    """The presentments of this invoice's debit: what was stopped before the clearing is none."""
    return [attempt for attempt in attempts if attempt.counts and not attempt.elsewhere]


def _used_up(scheme: Scheme, attempts: Sequence[Attempt], now: datetime) -> str:
    made = _presented(attempts)
    if made and now > made[0].at + scheme.window:
        return f"{scheme.name}: {scheme.text}. The first was more than {scheme.window.days} days ago."
    if len(made) > scheme.again:
        ahead = sum(attempt.at > now for attempt in made)
        others = ", and Stripe itself will present it again" if ahead else ""
        return f"{scheme.name}: {scheme.text}. It was presented {len(made) - ahead} times{others}."
    return ""

"""The card networks' rules about trying again, as dated data, and the budget they leave. Everybody's tries count.

Bank debits have rules of their own (core.presentment); who asks for a budget asks here for either.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from tideover.core import presentment
from tideover.core.declines import VISA_NEVER, Decline, Family, family
from tideover.core.methods import NAMES, Means, is_debit, means_of
from tideover.core.money import Money
from tideover.core.outcomes import Tried
from tideover.core.tries import Attempt, Budget, By, Sure, on

__all__ = ["READ_ON", "RULES", "Attempt", "Budget", "By", "Kind", "NetworkRule", "Sure", "budget", "rules_for"]


class Kind(StrEnum):
    NEVER = "never"
    WAIT = "wait"
    CAP = "cap"


@dataclass(frozen=True)
class NetworkRule:
    """A rule of one network ("*" for all). `limit` tries per `window`, on one card and, where said, one amount.

    since: as far as the source tells, "2021" or "2025-05-25"; empty where it does not. All were read on READ_ON.
    """

    id: str
    network: str
    kind: Kind
    text: str
    since: str
    source: str
    sure: Sure
    codes: frozenset[str] = frozenset()
    limit: int = 0
    window: timedelta = timedelta()
    same_amount: bool = False


_MONTH: Final = timedelta(days=30)
_CHECKOUT: Final = "https://www.checkout.com/merchant-communications/manage-your-decline-response-codes"
_TABAPAY: Final = "https://developers.tabapay.com/docs/excessive-retry-rules"
_CYBERSOURCE: Final = "https://developer.cybersource.com"
_RAPYD: Final = "https://docs.rapyd.net"


def _waiting(code: str, hours: int, text: str) -> NetworkRule:
    return NetworkRule(
        id=f"mastercard.wait.{code}",
        network="mastercard",
        kind=Kind.WAIT,
        text=f"advice code {code}: try again after {text}",
        since="",
        source=_RAPYD,
        sure=Sure.PUBLISHED,
        codes=frozenset({code}),
        window=timedelta(hours=hours),
    )


READ_ON: Final = date(2026, 11, 20)

# Figures change: each is one line here and nowhere else.
RULES: Final[tuple[NetworkRule, ...]] = (
    NetworkRule(
        "visa.never", "visa", Kind.NEVER, "category 1: the issuer will never approve, no further try",
        "2021", _CHECKOUT, Sure.DISPUTED, codes=VISA_NEVER,
    ),
    NetworkRule(
        "mastercard.never", "mastercard", Kind.NEVER, "advice code 03 or 21: do not try again",
        "", _CYBERSOURCE, Sure.PUBLISHED, codes=frozenset({"03", "21"}),
    ),
    NetworkRule(
        "card.never", "*", Kind.NEVER, "lost, stolen, closed, blocked or revoked: no further try on this card",
        "2026-07-14", "https://docs.stripe.com/declines/codes", Sure.PUBLISHED,
    ),
    _waiting("24", 1, "1 hour"),
    _waiting("25", 24, "24 hours"),
    _waiting("26", 48, "2 days"),
    _waiting("27", 96, "4 days"),
    _waiting("28", 144, "6 days"),
    _waiting("29", 192, "8 days"),
    _waiting("30", 240, "10 days"),
    # Visa allows 20 since 2025-05-25 (Core Rules of 2026-04-18, table 7-2), yet large processors still publish 15.
    # Fifteen is safe under both readings, and under both ways of counting the first try.
    NetworkRule(
        "visa.month", "visa", Kind.CAP, "at most 15 tries of one amount on one card in 30 days",
        "2021", _TABAPAY, Sure.DISPUTED, limit=15, window=_MONTH, same_amount=True,
    ),
    NetworkRule(
        "mastercard.day", "mastercard", Kind.CAP, "at most 10 tries on one card in 24 hours",
        "", _TABAPAY, Sure.PUBLISHED, limit=10, window=timedelta(hours=24),
    ),
    NetworkRule(
        "mastercard.month", "mastercard", Kind.CAP, "at most 35 tries of one amount on one card in 30 days",
        "", _TABAPAY, Sure.PUBLISHED, limit=35, window=_MONTH, same_amount=True,
    ),
    NetworkRule(
        "amex.month", "amex", Kind.CAP, "no published figure: Visa's 15 in 30 days is kept",
        "", _TABAPAY, Sure.CAUTION, limit=15, window=_MONTH, same_amount=True,
    ),
    NetworkRule(
        "discover.month", "discover", Kind.CAP, "no published figure: Visa's 15 in 30 days is kept",
        "", _TABAPAY, Sure.CAUTION, limit=15, window=_MONTH, same_amount=True,
    ),
    NetworkRule(
        "other.month", "other", Kind.CAP, "no card and no published figure: Visa's 15 in 30 days is kept",
        "", _TABAPAY, Sure.CAUTION, limit=15, window=_MONTH, same_amount=True,
    ),
)  # fmt: skip

_KNOWN: Final = frozenset(rule.network for rule in RULES) - {"*"}
_NO_CARDS: Final = frozenset(Means) - {Means.CARD, Means.BANK_ACCOUNT, Means.OTHER, Means.NONE}


def rules_for(brand: str | None) -> tuple[NetworkRule, ...]:
    """The rules for a card of this brand, or a wallet. For an unknown network all hold: the strictest decides."""
    if means_of(brand) in _NO_CARDS:
        brand = "other"
    if brand in _KNOWN:
        return tuple(rule for rule in RULES if rule.network in {brand, "*"})
    return RULES


def budget(
    brand: str | None,
    amount: Money,
    attempts: Iterable[Attempt],
    now: datetime,
    *,
    fingerprint: str | None = None,
) -> Budget:
    """What the rules leave for one more try of `amount` on the card or bank account `fingerprint` at `now`.

    brand: of the card, or the kind of another method: a bank debit has its scheme's rules. Where nobody said, they hold
    if the latest try was a debit. attempts: everybody's, of the last 30 days and more. Those on other cards are left
    out where the fingerprint is known; without one, or for a try whose card is unknown, all count: rather one too few.
    """
    same = on(fingerprint, attempts)
    tried = brand or next((attempt.method for attempt in reversed(same) if attempt.method), None)
    if tried and is_debit(tried):
        return presentment.left(tried, same, now)
    same = [attempt for attempt in same if attempt.at <= now and _may_be(brand, attempt.method)]
    rules = rules_for(brand)
    return _never(rules, same) or _not_yet(rules, amount, same, now) or _free(rules, amount, same, now)


def _may_be(method: str | None, tried: str | None) -> bool:
    """Whether a try of this may have been one of the method: no wallet is a card, and no card a bank account."""
    return tried is None or method is None or _is_card(tried) == _is_card(method)


def _is_card(method: str) -> bool:
    return means_of(method) in {Means.CARD, Means.OTHER}


def _never(rules: Sequence[NetworkRule], attempts: Sequence[Attempt]) -> Budget | None:
    """The refusal after a "never again" on this card; a payment that went through afterwards lifts it."""
    for attempt in reversed(attempts):
        if attempt.outcome == Tried.PAID:
            return None
        if attempt.decline is None:
            continue
        for rule in rules:
            if rule.kind == Kind.NEVER and _forbids(rule, attempt.decline, attempt.brand):
                return Budget(False, None, 0, _never_why(rule, attempt), rule.id)
    return None


def _forbids(rule: NetworkRule, decline: Decline, brand: str | None) -> bool:
    brand = decline.brand or brand
    if rule.network == "*":
        return family(decline) in {Family.CARD_DEAD, Family.REVOKED}
    code = decline.network_decline_code if rule.network == "visa" else decline.network_advice_code
    return brand == rule.network and code in rule.codes


_REPORTED: Final = {
    "lost_card": "The card was reported lost: the networks forbid another try on it.",
    "stolen_card": "The card was reported stolen: the networks forbid another try on it.",
}


def _never_why(rule: NetworkRule, attempt: Attempt) -> str:
    decline = attempt.decline
    assert decline is not None
    if decline.code in _REPORTED:
        return _REPORTED[decline.code]
    if rule.network == "visa":
        return f"Visa answered {decline.network_decline_code} (category 1): no further try is allowed on this card."
    if rule.network == "mastercard":
        return f"Mastercard advised {decline.network_advice_code}: no further try is allowed on this card."
    method = NAMES[means_of(attempt.method)] if attempt.method else "card"
    return f"The bank answered {decline.code or 'never again'}: another try on this {method} is forbidden or useless."


def _not_yet(rules: Sequence[NetworkRule], amount: Money, attempts: Sequence[Attempt], now: datetime) -> Budget | None:
    """The refusal that lifts last, or None where nothing stands in the way."""
    refusals = [
        Budget(False, until, 0, f"{rule.network.capitalize()}: {rule.text}.", rule.id)
        for rule in rules
        if (until := _until(rule, amount, attempts, now)) is not None and until > now
    ]
    return max(refusals, key=lambda refusal: refusal.earliest_at or now, default=None)


def _until(rule: NetworkRule, amount: Money, attempts: Sequence[Attempt], now: datetime) -> datetime | None:
    if rule.kind == Kind.WAIT:
        return _wait_ends(rule, attempts)
    if rule.kind == Kind.CAP:
        times = _counted(rule, amount, attempts, now)
        return times[-rule.limit] + rule.window if len(times) >= rule.limit else None
    return None


def _wait_ends(rule: NetworkRule, attempts: Sequence[Attempt]) -> datetime | None:
    ends = [
        attempt.at + rule.window
        for attempt in attempts
        if attempt.decline and attempt.decline.network_advice_code in rule.codes
    ]
    return max(ends, default=None)


def _counted(rule: NetworkRule, amount: Money, attempts: Sequence[Attempt], now: datetime) -> list[datetime]:
    """When the tries were made that this cap counts at `now`, oldest first."""
    return [
        attempt.at
        for attempt in attempts
        if attempt.counts and attempt.at > now - rule.window and (not rule.same_amount or attempt.amount == amount)
    ]


def _free(rules: Sequence[NetworkRule], amount: Money, attempts: Sequence[Attempt], now: datetime) -> Budget:
    left = {rule.id: rule.limit - len(_counted(rule, amount, attempts, now)) for rule in rules if rule.kind == Kind.CAP}
    tightest = min(left, key=lambda rule_id: left[rule_id])
    return Budget(True, now, left[tightest], f"{left[tightest]} more tries are allowed by {tightest}.", tightest)

"""The ledger of attempts: every try to charge an invoice, by anyone, once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from django.db.models import Q

from tideover.core import networks
from tideover.core.declines import Decline
from tideover.core.money import Money
from tideover.core.networks import By
from tideover.core.outcomes import FAILED_TRIES, Tried
from tideover.gateways.answers import ChargeRead
from tideover.recovery.models import Action, Attempt, Case

_READ_AGAIN: Final = (
    "amount", "currency", "outcome", "code", "advice_code", "network_decline_code", "network_advice_code",
    "returned_at", "counts",
)  # fmt: skip
COUNTED_FOR = timedelta(days=31)  # the networks' longest window is 30 days


def row(case: Case, charge: ChargeRead, *, by: By, action: Action | None) -> Attempt:
    """The ledger row of a charge read at Stripe."""
    card = charge.card
    return Attempt(
        organization_id=case.organization_id,
        connection_id=case.connection_id,
        case=case,
        action=action,
        charge_id=charge.id,
        payment_intent_id=charge.payment_intent_id,
        at=charge.at,
        by=by,
        currency=charge.currency,
        amount=charge.amount,
        card_brand=card.brand if card else "",
        card_last4=card.last4 if card else "",
        card_fingerprint=card.fingerprint if card else "",
        **_came_to(charge),
    )


def _came_to(charge: ChargeRead) -> dict[str, Any]:
    """What became of it, by the names of the columns. Of a debit it is known days later."""
    decline = charge.decline
    return {
        "outcome": charge.outcome,
        "code": ((decline.code if decline else None) or "")[:64],
        "advice_code": ((decline.advice_code if decline else None) or "")[:40],
        "network_decline_code": ((decline.network_decline_code if decline else None) or "")[:10],
        "network_advice_code": ((decline.network_advice_code if decline else None) or "")[:10],
        "returned_at": charge.failed_at,
        # What an answer alone has told may turn out to have been stopped before any network saw it.
        "counts": charge.reached_network,
    }


def decline_of(attempt: Attempt) -> Decline | None:
    """Why the attempt failed; None where it did not."""
    if attempt.outcome not in FAILED_TRIES:
        return None
    return Decline(
        code=attempt.code or None,
        advice_code=attempt.advice_code or None,
        network_decline_code=attempt.network_decline_code or None,
        network_advice_code=attempt.network_advice_code or None,
        brand=attempt.card_brand or None,
        blocked=attempt.outcome == Tried.BLOCKED,
    )


def as_core(attempt: Attempt, *, elsewhere: bool = False) -> networks.Attempt:
    """The row as the rules see it; `elsewhere`: it was for another invoice, with the same card."""
    return networks.Attempt(
        at=attempt.at,
        by=By(attempt.by),
        amount=Money(attempt.amount, attempt.currency),
        outcome=Tried(attempt.outcome),
        decline=decline_of(attempt),
        fingerprint=attempt.card_fingerprint or None,
        brand=attempt.card_brand or None,
        counts=attempt.counts,
        elsewhere=elsewhere,
        returned_at=attempt.returned_at,
    )


def attempts_around(cases: Sequence[Case], now: datetime) -> list[Attempt]:
    """Everybody's tries on the invoices of these cases, and on their cards wherever in the account as long as a network
    may count them; oldest first.
    """
    cards = defaultdict[UUID, set[str]](set)
    for case in cases:
        if case.card_fingerprint:
            cards[case.connection_id].add(case.card_fingerprint)
    where = Q(case_id__in=[case.pk for case in cases if case.is_stored])
    for connection_id, fingerprints in cards.items():
        on_card = Q(connection_id=connection_id, card_fingerprint__in=fingerprints)
        where |= on_card & Q(at__gte=now - COUNTED_FOR)
    return list(Attempt.objects.filter(where).order_by("at", "id"))


def that_count(case: Case, attempts: Iterable[Attempt], now: datetime) -> tuple[networks.Attempt, ...]:
    """Of those around it the tries that count for this case, as the rules see them."""
    return tuple(_that_count(case, attempts, now - COUNTED_FOR))


def _that_count(case: Case, attempts: Iterable[Attempt], since: datetime) -> Iterator[networks.Attempt]:
    card = (case.connection_id, case.card_fingerprint) if case.card_fingerprint else None
    for attempt in attempts:
        if attempt.case_id == case.pk:
            yield as_core(attempt)
        elif attempt.at >= since and (attempt.connection_id, attempt.card_fingerprint) == card:
            yield as_core(attempt, elsewhere=True)


def known_charges(attempts: Iterable[Attempt]) -> frozenset[str]:
    """The charges that need not be read again: what they came to does not change any more."""
    return frozenset(attempt.charge_id for attempt in attempts if attempt.outcome != Tried.PROCESSING)


def in_order(attempts: Iterable[Attempt]) -> list[Attempt]:
    """Oldest first, as the database gives them."""
    return sorted(attempts, key=attrgetter("at", "id"))


def says_more(charge: ChargeRead, attempt: Attempt) -> bool:
    """Whether the charge, as it was read, tells what the row does not: what became of a debit that was under way; or
    what was asked for and by whom it was stopped, where the row was written by an answer that did not tell.
    """
    was_under_way, is_under_way = attempt.outcome == Tried.PROCESSING, charge.outcome == Tried.PROCESSING
    if is_under_way and not was_under_way:
        return False  # it was read before the bank answered
    asked = (charge.amount, charge.currency) != (attempt.amount, attempt.currency)
    stopped = charge.outcome == Tried.BLOCKED and attempt.outcome != Tried.BLOCKED
    return asked or stopped or was_under_way != is_under_way or attempt.counts != charge.reached_network


def put_right(told: Iterable[tuple[Attempt, ChargeRead]]) -> None:
    """Write what the charges tell; whose try it was stays as it is."""
    rows = []
    for attempt, charge in told:
        attempt.amount, attempt.currency = charge.amount, charge.currency
        for column, value in _came_to(charge).items():
            setattr(attempt, column, value)
        rows.append(attempt)
    Attempt.objects.bulk_update(rows, _READ_AGAIN)


def add(rows: Iterable[Attempt]) -> None:
    """Insert what is not known yet; a charge is one attempt however often it is read."""
    # In one order for all, so that no two workers who read the same wait for each other.
    fresh = sorted(rows, key=attrgetter("connection_id", "charge_id"))
    Attempt.objects.bulk_create(fresh, ignore_conflicts=True)

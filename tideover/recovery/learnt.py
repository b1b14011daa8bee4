"""Facts as rows and rows as facts; and what events told of money before anybody knew to which case it belongs."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from tideover.core.facts import Fact, Learnt, fact
from tideover.core.outcomes import Tried
from tideover.gateways.shape import Odd
from tideover.inbox.models import StripeEvent
from tideover.inbox.translate import MONEY_MOVES, ChargeNews, news_of
from tideover.recovery import reading
from tideover.recovery.attribution import CLOCKS_DIFFER_BY
from tideover.recovery.models import Attempt, Case, LearntFact


def as_row(case: Case, learnt: Fact, now: datetime) -> LearntFact:
    """The fact as a row of this case, learnt now."""
    return LearntFact(
        organization_id=case.organization_id,
        case=case,
        kind=learnt.kind,
        key=learnt.key,
        at=learnt.at,
        learnt_at=now,
        detail=dict(learnt.detail),
        sealed=learnt.kind != Learnt.CARD_REPLACED,
    )


def as_fact(row: LearntFact) -> Fact:
    """The row as the rules see it."""
    return Fact(Learnt(row.kind), row.at, row.key, row.detail)


def facts_of(cases: Iterable[Case]) -> defaultdict[UUID, list[Fact]]:
    """All facts of each of the cases, by its id."""
    facts = defaultdict[UUID, list[Fact]](list)
    for row in LearntFact.objects.filter(case_id__in=[case.pk for case in cases if case.is_stored]):
        facts[row.case_id].append(as_fact(row))
    return facts


# ── money that went back, or came again after that ──


def money_moved(news: ChargeNews) -> Fact:
    """What the news is to the case of the charge."""
    if news.kind == Learnt.REFUNDED:
        return reading.refunded(news.charge_id, news.amount, news.at)
    about = "refund" if news.kind == Learnt.REFUND_FAILED else "dispute"
    moved = {about: news.about, "charge": news.charge_id, "amount": news.amount}
    return fact(news.kind, news.at, news.about, **moved)


def apart(moved: Fact) -> Fact:
    """The fact under a key of its own: for a refund that brings a charge once more to the sum that an earlier one did.

    That happens where the earlier one failed in between, which may be heard of later. A reading can never tell so: it
    knows a sum and no refund.
    """
    return replace(moved, key=f"{moved.key}:{int(moved.at.timestamp())}")


# ── what was told too early ──


def unheard(fresh: Iterable[Attempt], known: Iterable[Attempt]) -> list[Attempt]:
    """Those of the new tries that brought money, and of which news could not find its case by an earlier try."""
    intents = {attempt.payment_intent_id for attempt in known} - {""}
    paid = [attempt for attempt in fresh if attempt.outcome == Tried.PAID]
    return [attempt for attempt in paid if attempt.payment_intent_id not in intents]


def told_before(charges: Sequence[Attempt]) -> Mapping[UUID, Sequence[Fact]]:
    """By case: what events said of these charges when nobody here knew yet whose they are. One question for all."""
    facts = defaultdict[UUID, list[Fact]](list)
    if not charges:
        return facts
    cases = {(charge.connection_id, charge.charge_id): charge.case_id for charge in charges}
    for connection_id, news in _news_since_the_first(charges):
        case_id = cases.get((connection_id, news.charge_id))
        if case_id is not None:
            facts[case_id].append(_among(facts[case_id], money_moved(news)))
    return facts


def _news_since_the_first(charges: Sequence[Attempt]) -> Iterator[tuple[UUID, ChargeNews]]:
    """What was told of money since the first of them, as it happened. What was refused is no news of the account."""
    told = StripeEvent.objects.filter(
        connection_id__in={charge.connection_id for charge in charges},
        type__in=MONEY_MOVES,
        happened_at__gte=min(map(_asked_at, charges)) - CLOCKS_DIFFER_BY,
    ).exclude(state=StripeEvent.State.REFUSED)
    for event in told.order_by("happened_at", "id"):
        try:
            news = news_of(json.loads(bytes(event.body)))
        except (Odd, ValueError, RecursionError):
            continue  # it was set aside, and waits for a person
        if isinstance(news, ChargeNews):
            yield event.connection_id, news


def _asked_at(charge: Attempt) -> datetime:
    """When the bank was asked. What an answer told of a try of ours is dated by the answer, maybe hours later."""
    began = charge.action.started_at if charge.action else None
    return min(charge.at, began or charge.at)


def _among(earlier: Sequence[Fact], moved: Fact) -> Fact:
    """The fact, apart from one of `earlier` that brought the charge to the same sum."""
    same = any(other.key == moved.key and other.at < moved.at for other in earlier)
    return apart(moved) if moved.kind == Learnt.REFUNDED and same else moved

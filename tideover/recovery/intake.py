"""Take in what was learnt: open the case, add the facts, decide its state, and plan again. All or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from tideover.core.case import State, ended_at, state_of
from tideover.core.facts import Fact, Learnt
from tideover.core.networks import By
from tideover.failpoints import failpoint
from tideover.gateways.answers import ChargeRead, InvoiceRead
from tideover.recovery import ledger, reading
from tideover.recovery.learnt import as_fact, as_row
from tideover.recovery.models import Action, Attempt, Case, LearntFact
from tideover.recovery.places import zone_name
from tideover.recovery.planning import replan
from tideover.recovery.rulesets import current_ruleset
from tideover.tenants.models import Connection


def take_reading(connection: Connection, read: InvoiceRead, now: datetime, *, known: bool = True) -> Case | None:
    """Bring the invoice's case up to what was read at Stripe. None where it is no failed payment of ours.

    `known` false: the caller has just looked, and there was no case of this invoice yet.
    """
    try:
        return _take(connection, read, now, known=known)
    except IntegrityError:  # another worker opened the same case at the same moment: now it is there to be taken
        return _take(connection, read, now, known=True)


def _take(connection: Connection, read: InvoiceRead, now: datetime, *, known: bool) -> Case | None:
    with transaction.atomic():
        case = _locked(connection, read.id) if known else None
        new = case is None
        if case is None:
            if not reading.is_a_failure(read) or not connection.project.recovery_enabled:
                return None
            case = _opened(connection, read, now)
        _describe(case, read, now)
        _count_attempts(case, read, new=new)
        learn(case, reading.facts_of(read, now), now, new=new)
        failpoint("case.before_commit")
    return case


def _locked(connection: Connection, invoice_id: str) -> Case | None:
    cases = Case.objects.select_for_update().filter(connection=connection, invoice_id=invoice_id)
    case = next(iter(cases), None)
    if case is not None:  # whoever asks for news of an account has it in hand, and a paid case needs no rules
        case.connection, case.project = connection, connection.project
    return case


def lock(case: Case) -> Case:
    """The case's row again, held until the transaction ends. One lock order: the case, then its actions."""
    cases = Case.objects.select_for_update(of=("self",)).select_related("ruleset", "connection", "project")
    return cases.get(pk=case.pk)


def _opened(connection: Connection, read: InvoiceRead, now: datetime) -> Case:
    """The new case, not yet saved: `learn` does it. Foreign keys are checked at the end of the transaction."""
    family = reading.family_of(read)
    return Case(
        organization_id=connection.organization_id,
        project=connection.project,
        connection=connection,
        ruleset=current_ruleset(connection.project, now),
        invoice_id=read.id,
        customer_id=read.customer_id,
        currency=read.currency,
        amount_due=read.amount_remaining or read.amount_due,
        opened_at=reading.first_failure_at(read),
        family=family,
        first_family=family,
        read_at=now,
    )


def _describe(case: Case, read: InvoiceRead, now: datetime) -> None:
    """Copy what Stripe says about people, plan, card and its own next try. A newer reading wins."""
    case.invoice_number, case.customer_name, case.customer_email = read.number, read.customer_name, read.customer_email
    case.subscription_id, case.description, case.hosted_url = read.subscription_id, read.description, read.hosted_url
    case.locale, case.test_clock = read.locale[:12], read.test_clock
    case.time_zone = zone_name(read.country, read.region, case.project.time_zone)
    case.stripe_next_attempt_at, case.read_at = read.next_attempt_at, now
    case.payment_method_from, case.processing = read.payment_method_from, read.processing
    if reading.failed_attempts(read) or read.requires_action:
        decline = reading.latest_decline(read)
        case.family, case.decline_code = reading.family_of(read), (decline.code or "")[:64]
    card = read.card
    if card:
        case.payment_method_id, case.card_brand, case.card_last4 = card.payment_method_id, card.brand, card.last4
        case.card_fingerprint = card.fingerprint


def _count_attempts(case: Case, read: InvoiceRead, *, new: bool) -> None:
    known = {} if new else {attempt.charge_id: attempt for attempt in Attempt.objects.filter(case=case)}
    fresh = [charge for charge in read.attempts if charge.id not in known]
    if not fresh:
        return
    started = Action.objects.filter(
        case=case, do=Action.Do.CHARGE, state=Action.State.CLAIMED, started_at__isnull=False
    )
    under_way = None if new else started.first()
    failed = {attempt.card_fingerprint for attempt in known.values() if attempt.outcome != "paid"}
    failed |= {charge.card.fingerprint for charge in reading.failed_attempts(read) if charge.card}
    ledger.add(_attributed(case, charge, under_way, failed) for charge in fresh)


def _attributed(case: Case, charge: ChargeRead, under_way: Action | None, failed: set[str]) -> Attempt:
    """Whose try it was: ours while a charge of ours is out, the customer's if it went through on a card that never
    failed here, else Stripe's.
    """
    if under_way is not None and under_way.started_at and charge.at >= under_way.started_at.replace(microsecond=0):
        return ledger.row(case, charge, by=By.US, action=under_way)
    brought = charge.outcome == "paid" and charge.card is not None and charge.card.fingerprint not in failed
    return ledger.row(case, charge, by=By.CUSTOMER if brought else By.STRIPE, action=None)


def learn(case: Case, facts: Iterable[Fact], now: datetime, *, via: Case.Via | None = None, new: bool = False) -> None:
    """Add facts to a case whose row the caller holds, decide its state, plan again, and save it.

    `new`: the caller has just made the case, so that nothing of it is stored; two workers may, and the database lets
    one row live. Then IntegrityError is raised.
    """
    known = {} if new else {row.key: row for row in LearntFact.objects.filter(case=case)}
    fresh = [as_row(case, fact, now) for fact in facts if fact.key not in known]
    fresh = list({row.key: row for row in fresh}.values())
    LearntFact.objects.bulk_create(fresh, ignore_conflicts=True)
    everything = [as_fact(row) for row in [*known.values(), *fresh]]
    _settle_state(case, everything, via)
    replan(case, everything, now, new=new)
    case.version += 1
    case.save(force_insert=new)


def _settle_state(case: Case, facts: Sequence[Fact], via: Case.Via | None) -> None:
    state = state_of(facts)
    if state == State.RECOVERED and case.state != Case.State.RECOVERED:
        case.via = via or _what_brought_it(case)
        paid = next(fact for fact in facts if fact.kind == Learnt.PAID)
        case.amount_recovered = int(paid.detail.get("amount") or case.amount_due)
    case.state, case.ended_at = Case.State(state), ended_at(facts)
    if state != State.FAILING:
        case.attention, case.processing = Case.Attention.NONE, False
    if state not in {State.FAILING, State.RECOVERED}:  # after a recovery the link still says thank you
        case.links.filter(revoked_at__isnull=True).update(revoked_at=case.ended_at)


def _what_brought_it(case: Case) -> Case.Via:
    """By whose attempt the money came, where nobody said: the ledger knows."""
    paid = Attempt.objects.filter(case=case, outcome="paid").order_by("-at").values_list("by", "action_id").first()
    by, action_id = paid or (By.CUSTOMER, None)
    if by == By.CUSTOMER:
        return Case.Via.CUSTOMER
    if by == By.STRIPE:
        return Case.Via.STRIPE
    return via_of(Action.objects.filter(pk=action_id).first() if action_id else None)


def via_of(action: Action | None) -> Case.Via:
    """What a charge of ours that went through counts as: a retry, or the customer's new card."""
    if action is None or not action.request.get("link"):
        return Case.Via.RETRY
    return Case.Via.EMAIL if action.request.get("message") else Case.Via.CARD_PAGE


def refresh(case: Case, read: InvoiceRead | None, now: datetime) -> Case:
    """Bring a known case up to a reading; None means that the invoice exists no more."""
    if read is not None:
        refreshed = take_reading(case.connection, read, now)
        assert refreshed is not None
        return refreshed
    with transaction.atomic():
        case = lock(case)
        learn(case, [Fact(Learnt.INVOICE_DELETED, now, "deleted", {})], now)
    return case

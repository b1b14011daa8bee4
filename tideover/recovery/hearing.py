"""News that is not about an invoice: which cases does it concern, and what fact is it to them?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from tideover.core.declines import Heals
from tideover.core.facts import Fact, Learnt, fact
from tideover.gateways.answers import InvoiceRead
from tideover.inbox.translate import (
    ChargeNews,
    ClockNews,
    CustomerDeleted,
    Disconnected,
    InvoiceNews,
    MethodNews,
    News,
    ReadAgain,
    SubscriptionEnded,
)
from tideover.messages.erased import anything_erased, pseudonym
from tideover.recovery import reading
from tideover.recovery.intake import Lesson, learn, refresh, teach
from tideover.recovery.known import Known, known_of, lock
from tideover.recovery.learnt import apart, money_moved
from tideover.recovery.models import Attempt, Case, Clock, LearntFact
from tideover.recovery.planning import situation_of
from tideover.recovery.test_clocks.rows import now_by
from tideover.recovery.ways.contesting import disputed
from tideover.tenants import audit
from tideover.tenants.models import Connection

MOST_READ_AGAIN = 20  # invoices of one customer that one event lets be read; a last look comes to all of them anyway


def known_invoices(invoice_ids: Iterable[str]) -> set[tuple[UUID, str]]:
    """Which of the invoices have a case: pairs of connection and invoice."""
    wanted = list(invoice_ids)
    if not wanted:
        return set()
    return set(Case.objects.filter(invoice_id__in=wanted).values_list("connection_id", "invoice_id"))


def invoice_is_gone(connection: Connection, invoice_id: str, now: datetime) -> bool:
    """Stripe knows the invoice no more: whatever case it had is over."""
    return _teach(
        Case.objects.filter(connection=connection, invoice_id=invoice_id),
        reading.invoice_deleted(now),
        now,
    )


def clock_is_gone(clock: Clock, now: datetime) -> bool:
    """Stripe deletes a test clock's customers with it: whatever case they have is over."""
    failing = Case.objects.filter(clock=clock, state=Case.State.FAILING)
    return _teach(failing, fact(Learnt.CUSTOMER_DELETED, clock.shows), now)


def hear(connection: Connection, news: News, now: datetime) -> bool:
    """Teach the cases concerned; False where there are none."""
    cases = Case.objects.filter(connection=connection)
    match news:
        case SubscriptionEnded(subscription_id, at, reason):
            ended = fact(Learnt.SUBSCRIPTION_ENDED, at, reason=reason)
            return _teach(cases.filter(subscription_id=subscription_id), ended, now)
        case CustomerDeleted(customer_id, at):
            return _teach(_of_customer(cases, customer_id), fact(Learnt.CUSTOMER_DELETED, at), now)
        case MethodNews():
            return _new_method(cases, news, now)
        case ChargeNews():
            return _money_moved(connection, news, now)
        case Disconnected(at, account_id):
            return account_id == connection.account_id and _disconnect(connection, at, now)
        case InvoiceNews() | ReadAgain() | ClockNews():
            raise TypeError("an invoice is read, and a test clock, not heard of")


def _teach(cases: QuerySet[Case], learnt: Fact, now: datetime) -> bool:
    """An event may be dated by real time also of what lives by a test clock: there it is of the present."""
    found = list(cases)
    for case in found:
        with transaction.atomic():
            held = lock(case)
            learn(held, [replace(learnt, at=now_by(held.clock, learnt.at))], now)
    return bool(found)


def _new_method(cases: QuerySet[Case], news: MethodNews, now: datetime) -> bool:
    """A card that was attached, or renewed by the network: a reason to try again, if the rules say so."""
    concerned = _open(cases, news)
    for case in concerned:
        with transaction.atomic():
            held = lock(case)
            _brought(held, replace(news, at=now_by(held.clock, news.at)), now_by(held.clock, now))
    return bool(concerned)


def _brought(held: Case, news: MethodNews, now: datetime) -> None:
    [known] = known_of([held], now)
    if _is_heard_of(known, news):
        return
    if not _is_before_the_failure(known, news) and not _answers_no_bank(known, news):
        # Stripe's clock may be ahead of ours: what we try now must not look as if it came before.
        held.new_method, held.customer_acted_at = news.payment_method_id, min(news.at, now)
    kind = Learnt.CARD_RENEWED if news.renewed else Learnt.METHOD_ATTACHED
    card = {"payment_method": news.payment_method_id, "brand": news.brand, "fingerprint": news.fingerprint}
    teach([Lesson(known, [fact(kind, news.at, news.event_id, **card)])], now)


def _is_heard_of(known: Known, news: MethodNews) -> bool:
    """Whether it came through our own card page, which charges at once by itself; or a reading told of it already.

    What was chosen there may be renewed by the network later: that is news.
    """
    for learnt in known.facts:
        if learnt.detail.get("payment_method") != news.payment_method_id:
            continue
        if learnt.kind == Learnt.CARD_REPLACED and not (news.renewed and learnt.at < news.at):
            return True
        if learnt.kind == Learnt.METHOD_CHANGED and learnt.at >= news.at:
            return True
    return False


def _is_before_the_failure(known: Known, news: MethodNews) -> bool:
    """Whether the invoice failed since: then it is no repair, and causes no charge."""
    tells = {Learnt.PAYMENT_FAILED, Learnt.ACTION_REQUIRED}
    failed = max([known.case.opened_at, *(learnt.at for learnt in known.facts if learnt.kind in tells)])
    return news.at < failed or (news.at == failed and known.case.payment_method_id == news.payment_method_id)


def _answers_no_bank(known: Known, news: MethodNews) -> bool:
    """Whether the bank asks for the customer, and the same card was only renewed: that confirms nothing."""
    same = not news.fingerprint or news.fingerprint == known.case.card_fingerprint
    return news.renewed and same and situation_of(known, news.at).heals == Heals.CUSTOMER


def take_again(connection: Connection, told: Sequence[tuple[str, InvoiceRead | None]], now: datetime) -> None:
    """Bring the cases of these invoices up to what was read."""
    for invoice_id, read in told:
        for case in Case.objects.filter(connection=connection, invoice_id=invoice_id):
            refresh(case, read, now)


def invoices_to_read_again(connection: Connection, news: ReadAgain) -> list[str]:
    """The invoices that still fail of whom the news is about."""
    whose = Q(subscription_id=news.subscription_id) if news.subscription_id else Q(customer_id=news.customer_id)
    failing = Case.objects.filter(whose, connection=connection, state=Case.State.FAILING).order_by("opened_at", "id")
    return list(failing.values_list("invoice_id", flat=True)[:MOST_READ_AGAIN])


def _open(cases: QuerySet[Case], news: MethodNews) -> Iterable[Case]:
    whose = _of_customer(cases, news.customer_id).filter(state=Case.State.FAILING)
    failing = list(whose.order_by("opened_at", "id"))  # what has been owed for longest is charged first
    # A renewal is of one card; it concerns only what that card failed to pay.
    return [case for case in failing if not news.renewed or case.payment_method_id == news.payment_method_id]


def _of_customer(cases: QuerySet[Case], customer_id: str) -> QuerySet[Case]:
    """A customer's cases. Invoices without a customer have nobody in common."""
    return cases.filter(customer_id=customer_id).exclude(customer_id="")


def _money_moved(connection: Connection, news: ChargeNews, now: datetime) -> bool:
    """Of a charge in the ledger; or of one not read yet, whose payment was tried before."""
    return _teach_charged(connection, news, now) or (
        bool(anything_erased([connection.organization_id]))
        and _teach_charged(connection, _unnamed(connection, news), now)
    )


def _unnamed(connection: Connection, news: ChargeNews) -> ChargeNews:
    """The books of whom nobody knows any more still add up: their charges are found by their pseudonyms."""
    called = partial(pseudonym, connection.organization_id)
    return replace(
        news,
        charge_id=called(news.charge_id),
        payment_intent_id=called(news.payment_intent_id),
        about=called(news.about),
    )


def _teach_charged(connection: Connection, news: ChargeNews, now: datetime) -> bool:
    tried = Q(charge_id=news.charge_id)
    if news.payment_intent_id:
        tried |= Q(payment_intent_id=news.payment_intent_id)
    concerned = Attempt.objects.filter(tried, connection=connection).values("case_id")
    cases = Case.objects.filter(pk__in=concerned)
    taught = _teach(cases, _apart(money_moved(news), cases), now)
    if news.kind == Learnt.DISPUTED:
        disputed(connection, news, now)
    return taught


def _apart(told: Fact, cases: QuerySet[Case]) -> Fact:
    """The fact, apart from an earlier one that brought the charge to the same sum."""
    earlier = LearntFact.objects.filter(case__in=cases, key=told.key, at__lt=told.at)
    return apart(told) if told.kind == Learnt.REFUNDED and earlier.exists() else told


def _disconnect(connection: Connection, at: datetime, now: datetime) -> bool:
    """Everything of this account stops at once; its key is of no use any more and is forgotten."""
    connection.state, connection.disconnected_at = Connection.State.DISCONNECTED, at
    connection.api_key, connection.refresh_token, connection.rolls = "", "", connection.rolls + 1
    connection.save(update_fields=["state", "disconnected_at", "api_key", "refresh_token", "rolls"])
    deed = audit.Deed(
        "stripe", "disconnected", str(connection.pk), subject=f"disconnected:{connection.pk}:{at.isoformat()}"
    )
    audit.write(connection.organization_id, deed, now)
    account_is_gone(connection, at, now)
    return True


def account_is_gone(connection: Connection, at: datetime, now: datetime) -> None:
    """Nothing is recovered in the account any more: whatever case it has is over."""
    failing = Case.objects.filter(connection=connection, state=Case.State.FAILING)
    _teach(failing, fact(Learnt.DISCONNECTED, at), now)

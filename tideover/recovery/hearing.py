"""News that is not about an invoice: which cases does it concern, and what fact is it to them?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from tideover.core.facts import Fact, Learnt, fact
from tideover.inbox.translate import (
    ChargeNews,
    CustomerDeleted,
    Disconnected,
    InvoiceNews,
    MethodNews,
    News,
    SubscriptionEnded,
)
from tideover.recovery import reading
from tideover.recovery.intake import learn
from tideover.recovery.known import lock
from tideover.recovery.models import Attempt, Case
from tideover.tenants import audit
from tideover.tenants.models import Connection


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
        case Disconnected(at):
            return _disconnect(connection, at, now)
        case InvoiceNews():
            raise TypeError("an invoice is read, not heard of")


def _teach(cases: QuerySet[Case], learnt: Fact, now: datetime) -> bool:
    found = list(cases)
    for case in found:
        with transaction.atomic():
            learn(lock(case), [learnt], now)
    return bool(found)


def _new_method(cases: QuerySet[Case], news: MethodNews, now: datetime) -> bool:
    """A card that was attached, or renewed by the network: a reason to try again, if the rules say so."""
    kind = Learnt.CARD_RENEWED if news.renewed else Learnt.METHOD_ATTACHED
    card = {"payment_method": news.payment_method_id, "brand": news.brand, "fingerprint": news.fingerprint}
    brought = fact(kind, news.at, news.event_id, **card)
    concerned = _open(cases, news)
    for case in concerned:
        with transaction.atomic():
            held = lock(case)
            if held.facts.filter(detail__payment_method=news.payment_method_id, kind=Learnt.CARD_REPLACED).exists():
                continue  # it came through our own card page, which charges at once by itself
            held.new_method, held.customer_acted_at = news.payment_method_id, news.at
            learn(held, [brought], now)
    return bool(concerned)


def _open(cases: QuerySet[Case], news: MethodNews) -> Iterable[Case]:
    failing = list(_of_customer(cases, news.customer_id).filter(state=Case.State.FAILING))
    # A renewal is of one card; it concerns only what that card failed to pay.
    return [case for case in failing if not news.renewed or case.payment_method_id == news.payment_method_id]


def _of_customer(cases: QuerySet[Case], customer_id: str) -> QuerySet[Case]:
    """A customer's cases. Invoices without a customer have nobody in common."""
    return cases.filter(customer_id=customer_id).exclude(customer_id="")


def _money_moved(connection: Connection, news: ChargeNews, now: datetime) -> bool:
    """Of a charge in the ledger; or of one not read yet, whose payment was tried before."""
    tried = Q(charge_id=news.charge_id)
    if news.payment_intent_id:
        tried |= Q(payment_intent_id=news.payment_intent_id)
    concerned = Attempt.objects.filter(tried, connection=connection).values("case_id")
    return _teach(Case.objects.filter(pk__in=concerned), _moved(news), now)


def _moved(news: ChargeNews) -> Fact:
    if news.kind == Learnt.REFUNDED:
        return reading.refunded(news.charge_id, news.amount, news.at)
    about = "refund" if news.kind == Learnt.REFUND_FAILED else "dispute"
    moved = {about: news.about, "charge": news.charge_id, "amount": news.amount}
    return fact(news.kind, news.at, news.about, **moved)


def _disconnect(connection: Connection, at: datetime, now: datetime) -> bool:
    """Everything of this account stops at once; its key is of no use any more and is forgotten."""
    connection.state, connection.disconnected_at, connection.api_key = Connection.State.DISCONNECTED, at, ""
    connection.save(update_fields=["state", "disconnected_at", "api_key"])
    deed = audit.Deed(
        "stripe", "disconnected", str(connection.pk), subject=f"disconnected:{connection.pk}:{at.isoformat()}"
    )
    audit.write(connection.organization_id, deed, now)
    failing = Case.objects.filter(connection=connection, state=Case.State.FAILING)
    _teach(failing, fact(Learnt.DISCONNECTED, at), now)
    return True

"""What the payer brings: kept, made the default where the old one failed, and held against its network."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tideover.core import networks
from tideover.core.facts import Learnt, fact
from tideover.core.steps import CHARGES
from tideover.core.ways.doors import left_for_again
from tideover.gateways.answers import Card, IntentRead, InvoiceRead
from tideover.gateways.stripe import Stripe
from tideover.recovery import ledger
from tideover.recovery.intake import learn
from tideover.recovery.known import lock
from tideover.recovery.models import Action, Attempt, Case, Link
from tideover.recovery.paying.till import Finished, State
from tideover.recovery.telling.said import Said, Sentence


def keep(link: Link, looked: InvoiceRead, intent: IntentRead, stripe: Stripe, now: datetime) -> None:
    """Remember it, and let Stripe charge it by default from now on."""
    remember(link, link.case, intent, now)
    # Of this very intent: another method may have been chosen since, and an earlier key would set nothing again.
    key = f"default_{link.case_id}_{intent.id}_{intent.payment_method_id}"
    stripe.set_default_method(looked, intent.payment_method_id, key=key)


def remember(link: Link, case: Case, intent: IntentRead, now: datetime) -> None:
    """The fact first, so that a crash after it leaves a trace. Nothing is planned by it: the default is not set yet.

    What was on file as they came (`case` as it was then), and was chosen, is no new method.
    """
    method, card = intent.payment_method_id, intent.card or Card(intent.payment_method_id)
    if case.payment_method_id == method:
        return
    detail = {"payment_method": method, "brand": card.brand, "last4": card.last4}
    detail |= {"fingerprint": card.fingerprint, "link": str(link.pk)}
    with transaction.atomic():
        case = lock(case)
        learn(case, [fact(Learnt.CARD_REPLACED, now, method, **detail)], now)


def forbidden(case: Case, intent: IntentRead, now: datetime) -> Finished | None:
    """Whether the card's network forbids a try on it. Everybody's tries on this card in this account count."""
    card = intent.card
    if card is None or not card.fingerprint:
        return None
    since = now - ledger.COUNTED_FOR
    rows = Attempt.objects.filter(connection_id=case.connection_id, card_fingerprint=card.fingerprint, at__gte=since)
    attempts = [ledger.as_core(row, elsewhere=row.case_id != case.pk) for row in rows.order_by("at", "id")]
    # What was typed in anew may be tried right away: its number or its code was wrong.
    left = left_for_again if _chosen_before(case, intent) else networks.budget
    budget = left(card.brand or None, case.owed, attempts, now, fingerprint=card.fingerprint)
    return (
        None if budget.allowed else Finished(State.DECLINED, Said(Sentence.FORBIDDEN, earliest_at=budget.earliest_at))
    )


def _chosen_before(case: Case, intent: IntentRead) -> bool:
    charged = Action.objects.filter(case=case, do__in=CHARGES, request__payment_method=intent.payment_method_id)
    return charged.filter(started_at__isnull=False).exists()

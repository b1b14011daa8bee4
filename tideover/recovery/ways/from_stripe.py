"""Readers whom a customer's metadata at Stripe names: what changes there changes here, but for what a person wrote."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog
from django.db.models import F

from tideover.core.ways.reader_metadata import read_readers
from tideover.core.ways.readers import Source
from tideover.flow.alone import alone
from tideover.flow.stripe import never
from tideover.messages.keyed import address_hash
from tideover.mirror.models import Customer
from tideover.recovery.commands import Refusal
from tideover.recovery.ways import recipients
from tideover.recovery.ways.rows import Recipient

STRIPE: Final = "Stripe's metadata"
TOGETHER: Final = 200  # customers that are read at once

log = structlog.get_logger("recovery")


def follow_all(now: datetime, ended: Callable[[], bool] = never) -> int:
    """Of customers whose metadata names others than before; how many there were. One's trouble holds up no other."""
    changed = Customer.objects.exclude(readers=F("readers_followed")).select_related("connection__project")
    met, waiting = 0, list(changed.order_by("pk")[:TOGETHER])
    while waiting:
        for customer in waiting:
            if ended():
                return met
            met += 1
            with alone("readers.broke", customer=customer.public_id):
                follow(customer, now)
        waiting = list(changed.filter(pk__gt=waiting[-1].pk).order_by("pk")[:TOGETHER])
    return met


def follow(customer: Customer, now: datetime) -> None:
    """Add and change whom it names now, and take away whom it named before. Of who was erased nothing is followed."""
    told = read_readers(customer.stripe_id, "" if customer.gone or customer.erased_at else customer.readers)
    wanted = {address_hash(wish.address): wish for wish in told.wishes}
    theirs = Recipient.objects.filter(connection=customer.connection, customer_id=customer.stripe_id)
    passed_over = len(told.odd)
    for row in theirs.filter(source=Source.STRIPE).exclude(address_hash__in=wanted).select_related("connection"):
        recipients.remove(row, by=STRIPE, now=now)
    others = set(theirs.exclude(source=Source.STRIPE).values_list("address_hash", flat=True))
    for hashed, wish in wanted.items():
        if hashed not in others:  # a person's, or the payer's: as they wrote it
            answer = recipients.add(customer.project, wish, by=STRIPE, source=Source.STRIPE, now=now)
            passed_over += isinstance(answer, Refusal)
    if passed_over:
        log.warning("readers.passed_over", customer=customer.public_id, entries=passed_over)
    Customer.objects.filter(pk=customer.pk).update(readers_followed=customer.readers)


def odd_of(customer: Customer) -> list[str]:
    """What of their metadata is not followed, each in a sentence, for who may see the customer."""
    told = read_readers(customer.stripe_id, customer.readers)
    wrong = [*map(str, told.odd), *(why for wish in told.wishes if (why := recipients.undeliverable(wish)))]
    if len(told.wishes) > recipients.MOST:
        wrong.append(f"{len(told.wishes)} people are named, and {recipients.MOST} at most are written to.")
    return wrong

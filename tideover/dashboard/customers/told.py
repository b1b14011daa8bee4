"""What many rows tell of one customer, in short lists that are asked of the database at once."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

from django.db.models.fields.json import KT

from tideover.core.case import PROMISES
from tideover.core.facts import Learnt
from tideover.core.signals.signs import Who
from tideover.dashboard.customers.listing import theirs
from tideover.messages.keyed import address_hash
from tideover.messages.models import Message, MessageEvent, Suppression
from tideover.mirror.models import Customer, Method
from tideover.recovery.models import Case, LearntFact
from tideover.tenants.at_once import Line, Question, line, lines

READ = (MessageEvent.Kind.OPENED, MessageEvent.Kind.CLICKED)


class Of(StrEnum):
    """Which list a line is of."""

    SENT = "sent"  # the address, its hash, the channel
    READ = "read"  # of a message, by its id: that a person has opened it
    KEPT_OUT = "kept out"  # the hash of the address, the reason, the channel
    METHOD = "method"  # its id at Stripe, brand, last digits; then: when it expires
    DETACHED = "detached"  # the same of one that was taken off the customer
    PROMISE = "promise"  # of a case: what became of it, its day, the one it took the place of
    ACCESS = "access"  # of a case: until when


def told_of(customer: Customer, cases: Sequence[Case], address: str) -> list[Line]:
    """All lists of this customer; `address`: the one that is written to now, if any."""
    ids = [case.pk for case in cases]
    return lines([*_conversation(customer, ids, address), *_methods(customer), *_agreed(ids)])


def _conversation(customer: Customer, ids: Sequence[UUID], address: str) -> Sequence[Question]:
    organization = customer.organization_id
    sent = Message.objects.filter(organization=organization, about__in=ids, state=Message.State.SENT)
    read = MessageEvent.objects.filter(organization=organization, message__in=sent, kind__in=READ, by=Who.PERSON)
    kept_out = Suppression.objects.filter(organization=organization)
    written_to = kept_out.filter(address_hash__in=sent.values("to_hash"))
    now = kept_out.filter(address_hash=address_hash(address)) if address.strip() else kept_out.none()
    return (
        line(Of.SENT, sent, "pk", "sent_at", "to_address", "to_hash", "channel"),
        line(Of.READ, read, "message_id", "at"),
        line(Of.KEPT_OUT, written_to | now, "pk", "at", "address_hash", "reason", "channel"),
    )


def _methods(customer: Customer) -> Sequence[Question]:
    every = Method.objects.filter(theirs([customer]))
    return [
        line(of, every.filter(gone=gone), "pk", "told_at", "stripe_id", "brand", "last4", then="expires_on")
        for of, gone in ((Of.METHOD, False), (Of.DETACHED, True))
    ]


def _agreed(ids: Sequence[UUID]) -> Sequence[Question]:
    facts = LearntFact.objects.filter(case_id__in=ids)
    promises, access = facts.filter(kind__in=PROMISES), facts.filter(kind=Learnt.ACCESS_PROMISED)
    return (
        line(Of.PROMISE, promises, "case_id", "learnt_at", "kind", KT("detail__day"), KT("detail__instead_of")),
        line(Of.ACCESS, access, "case_id", "learnt_at", KT("detail__until")),
    )

"""The payer has the payment link sent to somebody else, by an address that they type on the pay page.

What goes there is one message in fixed words. Who it went to is a row; that it was asked for is a fact of the case,
from which the plan has the message.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction

from tideover.core.case import State
from tideover.core.catalogue import Channel
from tideover.core.facts import Learnt, fact
from tideover.core.ways.forwarding import MOST
from tideover.core.ways.reader_file import Wish
from tideover.core.ways.readers import Source
from tideover.messages.channels import WAYS
from tideover.messages.erased import erased_among
from tideover.messages.keyed import address_hash
from tideover.recovery.intake import Lesson, teach
from tideover.recovery.known import known_of, lock
from tideover.recovery.models import Case, Link
from tideover.recovery.test_clocks.rows import now_by
from tideover.recovery.ways import recipients
from tideover.recovery.ways.rows import Forward, Recipient

THE_CUSTOMER: Final = "the customer, on the pay page"


def may_forward(case: Case) -> bool:
    """Whether the page offers it: something is to be paid, and an address may be kept until its message has left."""
    is_owed = case.state == State.FAILING and not case.processing
    return is_owed and case.project.recovery_enabled and not case.project.minimal


def is_address(typed: str) -> bool:
    """Whether it is one address that mail can be sent to."""
    return WAYS[Channel.EMAIL].deliverable(typed)


def forward(link: Link, address: str, now: datetime, *, from_now_on: bool = False) -> None:
    """Have the link sent there once; whoever was named before, or is the customer, gets nothing more by it.

    from_now_on: they are written to from now on, besides the customer.
    """
    if not _asked(link, address, now) or not from_now_on:
        return
    case, known = link.case, {"connection": link.case.connection_id, "customer_id": link.case.customer_id}
    if not Recipient.objects.filter(**known, address_hash=address_hash(address)).exists():  # as a person chose it
        wish = Wish(case.customer_id, address)
        recipients.add(case.project, wish, by=THE_CUSTOMER, source=Source.PAYER, now=now)


def _asked(link: Link, address: str, now: datetime) -> bool:
    """Note it: the plan has the message from then on, and a worker sends it."""
    with transaction.atomic():
        case = lock(link.case)
        here, hashed = now_by(case.clock, now), address_hash(address)
        [known] = known_of([case], here)
        number = 1 + sum(learnt.kind == Learnt.FORWARDED for learnt in known.facts)
        if not may_forward(case) or number > MOST or _is_known(case, address):
            return False
        whose = {"organization_id": case.organization_id, "case": case}
        Forward.objects.create(**whose, number=number, address=address.strip(), address_hash=hashed, asked_at=here)
        teach([Lesson(known, [fact(Learnt.FORWARDED, here, str(number), link=str(link.pk))])], here)
    return True


def _is_known(case: Case, address: str) -> bool:
    """Whether they have it already, or never get anything."""
    hashed = address_hash(address)
    theirs = bool(case.customer_email) and hashed == address_hash(case.customer_email)
    erased = bool(erased_among(case.organization_id, [address]))
    return theirs or erased or Forward.objects.filter(case=case, address_hash=hashed).exists()

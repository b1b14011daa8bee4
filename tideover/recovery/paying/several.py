"""All open invoices of one customer paid at once: each a charge of its own, the oldest first, and none but the chosen.

The first that is not paid ends it: what is left is as open as before, and the answer names both.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from copy import copy
from dataclasses import replace

from tideover.gateways.answers import InvoiceRead
from tideover.recovery.conversing import OPEN, alike
from tideover.recovery.models import Case, Link
from tideover.recovery.paying.till import Finished, State
from tideover.recovery.telling.said import Bill, Said, Sentence


def open_too(case: Case) -> tuple[Case, ...]:
    """The customer's other invoices of the same sort that wait to be paid, oldest first: no card pays what was sent."""
    if not case.customer_id:  # who has no id in common with anybody has no other invoices
        return ()
    same = Case.objects.filter(alike(case), connection_id=case.connection_id, customer_id=case.customer_id)
    waiting = same.filter(OPEN)
    return tuple(
        waiting.exclude(pk=case.pk).select_related("project", "connection__organization").order_by("opened_at")
    )


def together(case: Case) -> tuple[Case, ...]:
    """Those of them that can be paid along with it: in its currency alone, as one sum is named."""
    return tuple(other for other in open_too(case) if other.currency == case.currency and not case.is_overdue)


def chosen(link: Link, public_ids: Collection[str]) -> tuple[Link, ...]:
    """The ways in to the invoice of the link and to those of the others that are named and still open, oldest first."""
    offered = together(link.case) if public_ids else ()
    others = [_beside(link, other) for other in offered if other.public_id in public_ids]
    return tuple(sorted([link, *others], key=lambda each: (each.case.opened_at, each.case.pk)))


def _beside(link: Link, other: Case) -> Link:
    """The same way in, to another invoice of the same customer; it is no row."""
    beside = copy(link)
    beside.case = other
    return beside


Looked = InvoiceRead | Finished


def pay_in_turn(
    links: Sequence[Link], look: Callable[[Link], Looked], pay: Callable[[Link, Looked], Finished]
) -> Finished:
    """Look at all, then pay each. Where one is not what the payer agreed to, none is paid.

    Safe to ask again: what is paid by now is passed over, and what was asked before is told.
    """
    looks = [look(link) for link in links]
    changed = next((each for each in looks if isinstance(each, Finished) and each.has_changed), None)
    if changed:
        return changed
    bills = tuple(Bill(link.case.invoice_number or link.case.description, link.case.owed) for link in links)
    for place, link in enumerate(links):
        finished = pay(link, look(link) if place else looks[0])
        if finished.state != State.PAID:
            alone = len(links) == 1 or finished.state == State.AUTHENTICATE
            said = finished.said if alone else replace(finished.said, paid=bills[:place], left=bills[place:])
            return replace(finished, said=said)
    return Finished(State.PAID, Said(Sentence.THANKS))

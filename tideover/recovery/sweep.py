"""What no event told: open invoices without a case, and cases that nobody has held against Stripe for a day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from tideover.gateways.stripe import Stripe
from tideover.recovery.intake import refresh, take_reading
from tideover.recovery.models import Case
from tideover.recovery.one_by_one import Silences, Work, one_by_one
from tideover.recovery.returned import collecting
from tideover.recovery.rulesets import newest, rules_of
from tideover.recovery.ways.returning import is_open_again
from tideover.tenants.models import Connection

EVERY = timedelta(days=1)
STALE = timedelta(days=1)
# An invoice may have been made long before its first try failed.
MADE_BEFORE = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Swept:
    """How many open invoices Stripe has, and for how many of them a case was opened."""

    open: int = 0
    opened: int = 0


def sweep(connection: Connection, stripe: Stripe, now: datetime) -> Swept:
    """Open the cases that no webhook opened. Raises Busy, Unreachable or LockedOut as Stripe does.

    An invoice that cannot be read or taken in is passed over until the next sweep.
    """
    swept, silences = Swept(), Silences()
    work = Work[str](str, lambda invoice_id: _open(connection, stripe, invoice_id, now))
    for page in _pages(connection, stripe, now):
        opened = one_by_one(without_case(connection, page), work, silences)
        swept = Swept(swept.open + len(page), swept.opened + opened)
    Connection.objects.filter(pk=connection.pk).update(swept_at=now)
    connection.swept_at = now
    return swept


def _pages(connection: Connection, stripe: Stripe, now: datetime) -> Iterator[list[str]]:
    """What is open of all that failed; and what is overdue, where the rules chase that."""
    since = connection.since - MADE_BEFORE
    yield from stripe.list_open_invoices(since)
    rules = rules_of(newest(connection.project))
    if rules.chase_overdue:  # not what is due for longer than they write: it opens no case, and would be read daily
        yield from stripe.list_overdue_invoices(max(since, now - timedelta(days=rules.window_days)), now)


def is_due(connection: Connection, now: datetime) -> bool:
    """Whether the last sweep is a day ago."""
    return connection.swept_at is None or not now - EVERY < connection.swept_at <= now


def without_case(connection: Connection, invoice_ids: Sequence[str]) -> list[str]:
    """Those of the invoices that have no case."""
    known = set(
        Case.objects.filter(connection=connection, invoice_id__in=invoice_ids).values_list("invoice_id", flat=True)
    )
    return [invoice_id for invoice_id in invoice_ids if invoice_id not in known]


def _open(connection: Connection, stripe: Stripe, invoice_id: str, now: datetime) -> bool:
    read = stripe.read_invoice(invoice_id)
    return read is not None and take_reading(connection, read, now) is not None


def reread_stale(connection: Connection, stripe: Stripe, now: datetime, *, limit: int = 100) -> int:
    """Hold failing cases that were not read for a day against Stripe, the longest unread first; returns how many.

    Where a customer hangs on a test clock nothing happens before that is advanced, and then Stripe is read.
    """
    unread = Case.objects.filter(connection=connection, clock=None, read_at__lt=now - STALE)
    return reread(unread, stripe, now, limit=limit)


def reread(cases: QuerySet[Case], stripe: Stripe, now: datetime, *, limit: int) -> int:
    """Bring those of `cases` that still fail up to what Stripe says now; returns how many were read.

    One that cannot be read or taken in counts as asked about, so that it does not stand before all others for ever.
    """
    failing = cases.filter(state=Case.State.FAILING).select_related("connection", "project").order_by("read_at", "id")
    work = Work[Case](
        invoice=lambda case: case.invoice_id,
        do=lambda case: _reread(case, stripe, now),
        aside=lambda case: Case.objects.filter(pk=case.pk).update(read_at=now),
    )
    return one_by_one(failing[:limit], work, Silences())


def _reread(case: Case, stripe: Stripe, now: datetime) -> bool:
    case = refresh(case, stripe.read_invoice(case.invoice_id), now)
    if is_open_again(case):  # its invoice says nothing of the payment by which that is made up for
        collecting.look(case, stripe, now)
    return True

"""Read an account's open invoices once, page by page, and open the cases of what failed not too long ago."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import structlog
from django.db.models import F, QuerySet

from tideover.flow.alone import alone
from tideover.flow.stripe import never
from tideover.gateways.answers import NotHere, NotNow, Unknown, Unpaid
from tideover.gateways.stripe import Stripe
from tideover.recovery import reading
from tideover.recovery.intake import EVER, take_reading
from tideover.recovery.one_by_one import Silences, Work, one_by_one
from tideover.recovery.sweep import MADE_BEFORE, without_case
from tideover.tenants.kept_apart import Backlog
from tideover.tenants.models import Connection

PAGES_A_ROUND: Final = 10  # so that the other accounts have their turn
StripeFor = Callable[[Connection], Stripe]

log = structlog.get_logger("recovery")


def unread() -> QuerySet[Backlog]:
    """Those that are not read to their end, of accounts that are connected."""
    mine = Backlog.objects.filter(read_at=None, left_at=None, connection__state=Connection.State.ACTIVE)
    return mine.filter(connection__quarantined_at=None)


def is_unread(connection: Connection) -> bool:
    """Whether its open invoices are looked through at this time."""
    return unread().filter(connection=connection).exists()


def read_all(stripe_for: StripeFor, now: datetime, ended: Callable[[], bool] = never) -> None:
    """One round over all accounts, so many pages of each. One account's trouble holds up no other."""
    for backlog in unread().select_related("connection__organization", "connection__project").order_by("since", "pk"):
        if ended():
            break
        told = {"organization": str(backlog.organization_id), "connection": str(backlog.connection_id)}
        with structlog.contextvars.bound_contextvars(**told), alone("backlog.broke"):
            try:
                read(backlog, stripe_for(backlog.connection), now)
            except (NotNow, NotHere, Unknown) as silent:
                log.warning("backlog.put_off", reason=str(silent))


def read(backlog: Backlog, stripe: Stripe, now: datetime) -> None:
    """Go on where it was left. Raises Busy, Unreachable or LockedOut as Stripe does: the page is read again then."""
    for _ in range(PAGES_A_ROUND):
        page, last = stripe.unpaid_invoices(backlog.read_to)
        older = _take_in(backlog, stripe, page, now)
        _keep(backlog, page, last, older, None if last else now)
        if not last:
            log.info("backlog.read", older=backlog.older)
            return


def _take_in(backlog: Backlog, stripe: Stripe, page: Sequence[Unpaid], now: datetime) -> int:
    """Open the cases of a page; returns how many of its invoices failed too long ago."""
    ancient = [invoice for invoice in page if invoice.made_at < backlog.since - MADE_BEFORE]
    younger = [invoice.id for invoice in page if invoice not in ancient]
    work = Work[str](str, lambda invoice_id: _is_older(backlog, stripe, invoice_id, now))
    return len(ancient) + one_by_one(without_case(backlog.connection, younger), work, Silences())


def _is_older(backlog: Backlog, stripe: Stripe, invoice_id: str, now: datetime) -> bool:
    """Take the invoice in; whether it failed too long ago for that."""
    found = stripe.read_invoice(invoice_id)
    if found is None or take_reading(backlog.connection, found, now) is not None or not reading.is_a_failure(found):
        return False
    first = reading.beginning(reading.dated(found, now), EVER)
    return first is not None and first.at < backlog.since


def _keep(backlog: Backlog, page: Sequence[Unpaid], last: str, older: int, read_at: datetime | None) -> None:
    """How far it is now, with what was counted on the way: a page that is read again counts once."""
    back_to = min((invoice.made_at for invoice in page), default=backlog.read_back_to)
    here = Backlog.objects.filter(pk=backlog.pk, read_to=backlog.read_to, read_at=None)
    if here.update(read_to=last, read_back_to=back_to, older=F("older") + older, read_at=read_at):
        backlog.read_to, backlog.read_back_to, backlog.read_at = last, back_to, read_at
        backlog.older += older

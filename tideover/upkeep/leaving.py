"""What is done once for an account that was disconnected: cases end, Stripe gets its invoices back, keys are forgotten.

Nothing is charged or sent any more from the moment of disconnecting. Here it is settled what was under way then, each
invoice whose collecting we had taken over is collected by Stripe again, our webhook endpoint is taken away, and last
the key is forgotten. What cannot be done is told in sentences: then only the merchant can.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet

from tideover.core.outcomes import Outcome, Word
from tideover.core.steps import CHARGES, Do
from tideover.gateways import consent
from tideover.gateways.answers import LockedOut, NotNow, NotPossible, ReadOnly, Unknown
from tideover.gateways.kinds import CAPABILITIES, Kind
from tideover.gateways.stripe import Stripe
from tideover.recovery import claims
from tideover.recovery.effects import Effects
from tideover.recovery.hearing import account_is_gone
from tideover.recovery.kinds.charge import settle_by_reading
from tideover.recovery.kinds.hold import GIVEN_BACK, TAKEN
from tideover.recovery.kinds.table import performer_of
from tideover.recovery.models import Action, Case
from tideover.tenants.connecting import has_webhook_secret, key_end
from tideover.tenants.disconnecting import is_leaving, leave
from tideover.tenants.models import Connection

GIVES_UP_AFTER: Final = timedelta(days=1)  # of Stripe's silence
TAKES_OVER: Final = (*CHARGES, Do.HOLD)
WHY: Final = "the account was disconnected"
NO_KEY: Final = "There was no key any more with which anything could be given back"
NAMED: Final = 5  # invoices that are told by their ids
OWN_ENDPOINT: Final = "The webhook endpoint at Stripe still sends its events here, where nobody takes them: delete it."


def wind_up(connection: Connection, stripe: Stripe, now: datetime) -> bool:
    """One round; True once nothing is left to do. What is done is kept, whatever ends the round.

    Raises NotNow or Unknown where Stripe is to be asked again later.
    """
    since = connection.disconnected_at or now
    account_is_gone(connection, since, now)
    if _a_worker_holds_some(connection, now):
        return False
    try:
        undone = (
            _with_stripe(connection, stripe, now) if key_end(connection) else _without_stripe(connection, NO_KEY, now)
        )
    except ReadOnly:
        return not is_leaving(connection)  # it was connected again
    except LockedOut as refused:
        undone = _without_stripe(connection, f"Stripe refuses the key: {refused}", now)
    except (NotNow, Unknown) as silent:
        if now - since < GIVES_UP_AFTER:
            raise
        undone = _without_stripe(connection, f"Stripe did not answer for a day: {silent}", now)
    leave(connection, undone, now)
    return True


def held(connection: Connection) -> QuerySet[Action]:
    """The charges and holds with which we took an invoice over that Stripe does not collect by itself again."""
    taken = Action.objects.filter(connection=connection, do__in=TAKES_OVER, **{f"request__{TAKEN}": True})
    taken = taken.filter(case__erased_at=None)  # of whom nobody knows any more which invoice it was
    return taken.exclude(request__has_key=GIVEN_BACK).exclude(case__state=Case.State.RECOVERED)


def invoices_held(connection: Connection) -> list[str]:
    """The invoices of these."""
    return sorted(set(held(connection).values_list("case__invoice_id", flat=True)))


def _a_worker_holds_some(connection: Connection, now: datetime) -> bool:
    claimed = Action.objects.filter(connection=connection, state=Action.State.CLAIMED)
    return claimed.filter(lease_until__gt=now, lease_until__lte=now + claims.LONGEST_LEASE).exists()


def _with_stripe(connection: Connection, stripe: Stripe, now: datetime) -> list[str]:
    """What could not be done although Stripe answers."""
    for action in _in_doubt(connection, now):
        _settle(action, stripe, now)
    kept = _give_back(connection, stripe)
    return [*_not_collected(kept), *_endpoint_left(connection, stripe), *_access_left(connection)]


def _without_stripe(connection: Connection, why: str, now: datetime) -> list[str]:
    """The same where it does not: what is in doubt goes to a person."""
    for action in _in_doubt(connection, now):
        if not _never_left(action, now):
            claims.bury(action, now, WHY)
    endpoint = [OWN_ENDPOINT] if has_webhook_secret(connection) else []
    return [f"{why.rstrip('.')}.", *_not_collected(invoices_held(connection)), *endpoint]


def _in_doubt(connection: Connection, now: datetime) -> Sequence[Action]:
    claimed = Action.objects.filter(connection=connection, state=Action.State.CLAIMED)
    return claims.overdue_of(connection, now, limit=claimed.count())


def _settle(action: Action, stripe: Stripe, now: datetime) -> None:
    if _never_left(action, now):
        return
    if action.do in CHARGES:
        settle_by_reading(action, stripe, now)
    else:
        performer_of(action).settle_doubt(action, Effects(lambda _: stripe, {}), now)


def _never_left(action: Action, now: datetime) -> bool:
    """What was not sent is dropped."""
    if performer_of(action).may_have_left(action):
        return False
    claims.settle(action, Outcome(Word.DROPPED, reason=WHY), now)
    return True


def _give_back(connection: Connection, stripe: Stripe) -> list[str]:
    """Let Stripe collect by itself what we had taken over; returns the invoices for which that was not possible."""
    if connection.mode != Connection.Mode.ACT:
        return invoices_held(connection)
    kept: dict[str, bool] = {}
    for action in held(connection).select_related("case").order_by("pk"):
        invoice_id = action.case.invoice_id
        if invoice_id not in kept:
            kept[invoice_id] = not _is_given_back(invoice_id, stripe, key=f"{action.key}_back")
        if not kept[invoice_id]:
            Action.objects.filter(pk=action.pk).update(request={**action.request, GIVEN_BACK: True})
            Case.objects.filter(pk=action.case_id).update(held=False)
    return [invoice_id for invoice_id, still in kept.items() if still]


def _is_given_back(invoice_id: str, stripe: Stripe, *, key: str) -> bool:
    """Whether Stripe does with the invoice what it likes; one that is not open is nobody's to collect."""
    if stripe.invoice_status(invoice_id) != "open":
        return True
    try:
        stripe.set_auto_advance(invoice_id, on=True, key=key)
    except NotPossible:
        return False
    return True


def _not_collected(invoices: Sequence[str]) -> list[str]:
    if not invoices:
        return []
    named, more = ", ".join(invoices[:NAMED]), len(invoices) - NAMED
    which = f"{named} and {more} more" if more > 0 else named
    return [f"Stripe does not collect these invoices by itself again, until you turn that on there: {which}."]


def _access_left(connection: Connection) -> list[str]:
    """End our access at Stripe, last of all; a key only its owner can end."""
    to, can = consent.platform(), CAPABILITIES[Kind(connection.kind)]
    left = can.left.replace("{end}", key_end(connection))
    if not can.ended_by_us or to is None:
        return [left]
    try:
        consent.end(to, connection.account_id)
    except NotPossible as refused:
        return [f"{left} It says: {refused}."]
    return []


def takes_endpoint_away(connection: Connection) -> bool:
    """Whether the endpoint is ours to delete; what the merchant made is the merchant's."""
    may = connection.mode == Connection.Mode.ACT or connection.own_endpoint
    return may and connection.can.makes_endpoint and bool(connection.webhook_endpoint_id)


def _endpoint_left(connection: Connection, stripe: Stripe) -> list[str]:
    if not takes_endpoint_away(connection):
        return [OWN_ENDPOINT] if has_webhook_secret(connection) else []
    with suppress(NotPossible):  # it is gone already
        stripe.delete_webhook_endpoint(connection.webhook_endpoint_id)
    return []

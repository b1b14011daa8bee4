"""The backlog's rows and their handling; imported only once Django is awake."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

from bench import machine
from bench.counting import counted
from bench.merchant import NOW, MemoryStripe
from tideover.inbox.models import StripeEvent
from tideover.recovery.models import Action, Case
from tideover.tenants.models import Connection
from tideover.worker.news import handle_stored


@dataclass(frozen=True, slots=True)
class Run:
    """One drain of the backlog."""

    seconds: float
    cpu_seconds: float  # of this process: what the rate would be bounded by on a machine of its own
    queries: int


def store(connection: Connection, kind: str, number: int) -> None:
    """`number` acknowledged events of this kind, each about an invoice of its own."""
    StripeEvent.objects.bulk_create(
        [_event(connection, kind, f"evt_{kind}_{index}", f"in_{index}") for index in range(number)], batch_size=500
    )


def _event(connection: Connection, kind: str, event_id: str, invoice_id: str) -> StripeEvent:
    body = {"id": event_id, "type": kind, "created": int(NOW.timestamp()), "data": {"object": {"id": invoice_id}}}
    return StripeEvent(
        organization_id=connection.organization_id,
        connection=connection,
        event_id=event_id,
        type=kind,
        object_id=invoice_id,
        happened_at=NOW,
        received_at=NOW,
        try_at=NOW,
        body=json.dumps(body).encode(),
    )


def handle_all(stripe: MemoryStripe) -> Run:
    """Handle until nothing is stored any more. Raises RuntimeError where an event was not understood."""
    cpu = time.process_time()
    with machine.stopwatch() as took, counted() as queries:
        while handle_stored(lambda _connection: stripe, NOW):  # type: ignore[arg-type,return-value]
            pass
    left = StripeEvent.objects.exclude(state=StripeEvent.State.HANDLED).count()
    if left or not Case.objects.exists() or not Action.objects.exists():
        raise RuntimeError(f"{left} events were not handled")
    return Run(took[0], time.process_time() - cpu, queries[0])

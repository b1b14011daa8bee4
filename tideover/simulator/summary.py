"""What failed and what came back: the figures a platform's own numbers are compared with."""

from __future__ import annotations

from collections import defaultdict

from tideover.simulator.account.ledger import Attempt
from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator


def summary(sim: Simulator) -> Json:
    """Every invoice that failed at least once, how much that was by currency, and how much of it was paid since."""
    failures, payers = _first_failures(sim.ledger.attempts), _payers(sim.ledger.attempts)
    invoices = sim.store.invoices
    rows = [_row(invoices[key], first, payers.get(key)) for key, first in failures.items() if key in invoices]
    back = [row for row in rows if row["status"] == "paid"]
    return {
        "failed": len(rows),
        "failed_amounts": _amounts(rows, "amount_due"),
        "recovered": len(back),
        "recovered_amounts": _amounts(back, "amount_paid"),
        "invoices": rows,
    }


def _first_failures(attempts: list[Attempt]) -> dict[str, Attempt]:
    first: dict[str, Attempt] = {}
    for attempt in attempts:
        if attempt.invoice and attempt.outcome in {"failed", "requires_action"}:
            first.setdefault(attempt.invoice, attempt)
    return first


def _row(invoice: Json, first: Attempt, payer: str | None) -> Json:
    return {
        "id": invoice["id"],
        "customer": invoice["customer"],
        "amount_due": invoice["amount_due"],
        "amount_paid": invoice["amount_paid"],
        "currency": invoice["currency"],
        "status": invoice["status"],
        "first_failed_at": first.at,
        "paid_at": invoice["status_transitions"]["paid_at"],
        "reason": first.decline_code or first.code or "authentication_required",
        # Money that did not come through Stripe has no attempt in the ledger.
        "paid_by": (payer or "elsewhere") if invoice["status"] == "paid" else None,
    }


def _payers(attempts: list[Attempt]) -> dict[str, str]:
    """Who triggered the attempt that paid each invoice."""
    return {attempt.invoice: attempt.by for attempt in attempts if attempt.invoice and attempt.outcome == "succeeded"}


def _amounts(rows: list[Json], name: str) -> dict[str, int]:
    total: dict[str, int] = defaultdict(int)
    for row in rows:
        total[row["currency"]] += row[name]
    return dict(total)

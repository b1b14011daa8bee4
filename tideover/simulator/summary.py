"""What failed and what came back: the figures a platform's own numbers are compared with."""

from __future__ import annotations

from collections import defaultdict

from tideover.simulator.account.ledger import Attempt
from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator


def summary(sim: Simulator) -> Json:
    """Every invoice that failed at least once, how much that was by currency, and what of it came and stayed."""
    failures, payers = _first_failures(sim.ledger.attempts), _payers(sim.ledger.attempts)
    invoices = sim.store.invoices
    rows = [_row(sim, invoices[key], first, payers.get(key)) for key, first in failures.items() if key in invoices]
    back = [row for row in rows if row["status"] == "paid" and row["amount_recovered"]]
    return {
        "failed": len(rows),
        "failed_amounts": _amounts(rows, "amount_due"),
        "recovered": len(back),
        "recovered_amounts": _amounts(rows, "amount_recovered"),
        "invoices": rows,
    }


def _first_failures(attempts: list[Attempt]) -> dict[str, Attempt]:
    first: dict[str, Attempt] = {}
    for attempt in attempts:
        if attempt.invoice and attempt.outcome in {"failed", "requires_action"}:
            first.setdefault(attempt.invoice, attempt)
    return first


def _row(sim: Simulator, invoice: Json, first: Attempt, payer: str | None) -> Json:
    came, returned = _came(sim, invoice, first), _returned(sim, invoice, first)
    return {
        "id": invoice["id"],
        "customer": invoice["customer"],
        "amount_due": invoice["amount_due"],
        "amount_paid": invoice["amount_paid"],
        "amount_came": came,
        "amount_remaining": invoice["amount_remaining"],
        "charge": _charge(sim, invoice),
        "amount_recovered": max(came - returned, 0),
        "currency": invoice["currency"],
        "status": invoice["status"],
        "auto_advance": invoice["auto_advance"],
        "metadata": invoice["metadata"],
        "first_failed_at": first.at,
        "paid_at": invoice["status_transitions"]["paid_at"],
        "reason": first.decline_code or first.code or "authentication_required",
        # Money that did not come through Stripe has no attempt in the ledger.
        "paid_by": (payer or "elsewhere") if invoice["status"] == "paid" else None,
    }


def _charge(sim: Simulator, invoice: Json) -> str | None:
    """The charge that brought the last of it."""
    intents = [sim.store.payment_intents[payment["payment"]["payment_intent"]] for payment in _payments(sim, invoice)]
    return intents[-1]["latest_charge"] if intents else None


def _came(sim: Simulator, invoice: Json, first: Attempt) -> int:
    """What came toward the invoice since it had failed, as far as it was asked for."""
    earlier = sum(payment["amount_paid"] for payment in _payments(sim, invoice) if not _is_later(payment, first))
    return int(min(invoice["amount_paid"] - earlier, first.amount))


def _returned(sim: Simulator, invoice: Json, first: Attempt) -> int:
    """What of that went back: refunds, and disputes that are not won. Of a charge never more than it was over."""
    intents = [payment["payment"]["payment_intent"] for payment in _payments(sim, invoice) if _is_later(payment, first)]
    charges = [sim.store.charges[sim.store.payment_intents[intent]["latest_charge"]] for intent in intents]
    return sum(min(charge["amount"], charge["amount_refunded"] + _disputed(sim, charge)) for charge in charges)


def _disputed(sim: Simulator, charge: Json) -> int:
    disputes = sim.store.disputes.of("charge", charge["id"])
    return sum(dispute["amount"] for dispute in disputes if dispute["status"] != "won")


def _payments(sim: Simulator, invoice: Json) -> list[Json]:
    return [row for row in sim.store.invoice_payments.of("invoice", invoice["id"]) if row["status"] == "paid"]


def _is_later(payment: Json, first: Attempt) -> bool:
    return bool(payment["status_transitions"]["paid_at"] >= first.at)


def _payers(attempts: list[Attempt]) -> dict[str, str]:
    """Who triggered the attempt that paid each invoice."""
    return {attempt.invoice: attempt.by for attempt in attempts if attempt.invoice and attempt.outcome == "succeeded"}


def _amounts(rows: list[Json], name: str) -> dict[str, int]:
    total: dict[str, int] = defaultdict(int)
    for row in rows:
        total[row["currency"]] += row[name]
    return dict(total)

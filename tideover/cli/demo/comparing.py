"""Ours beside Stripe alone, fairly: the same customers, the same first failure, the same thirty days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

DAYS = 30
_SECONDS = DAYS * 86_400

Invoice = Mapping[str, Any]


def side_by_side(ours: Iterable[Invoice], alone: Iterable[Invoice], ends_at: int) -> dict[str, int]:
    """How many of the payments that failed in both worlds were paid within 30 days, in each.

    Whole counts cannot be compared: what happens to a customer's first failure decides whether a second can happen. So
    only each customer's first one counts, if both worlds saw it at the same instant (`first_failed_at`, a unix second)
    and it had its thirty days before `ends_at`.
    """
    here, there = _first_failures(ours), _first_failures(alone)
    same = [customer for customer in here if customer in there and _same(here[customer], there[customer], ends_at)]
    return {
        "days": DAYS,
        "of": len(same),
        "ours": sum(_paid_in_time(here[customer]) for customer in same),
        "stripe_alone": sum(_paid_in_time(there[customer]) for customer in same),
    }


def _first_failures(invoices: Iterable[Invoice]) -> dict[str, Invoice]:
    first: dict[str, Invoice] = {}
    for invoice in sorted(invoices, key=lambda invoice: (invoice["first_failed_at"], invoice["id"])):
        first.setdefault(invoice["customer"], invoice)
    return first


def _same(one: Invoice, other: Invoice, ends_at: int) -> bool:
    failed_at = int(one["first_failed_at"])
    return failed_at == other["first_failed_at"] and failed_at <= ends_at - _SECONDS


def _paid_in_time(invoice: Invoice) -> bool:
    return bool(invoice["paid_at"]) and invoice["paid_at"] - invoice["first_failed_at"] <= _SECONDS

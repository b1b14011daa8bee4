"""Worlds beside each other, fairly: the same customers, the same first failures, the same thirty days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tideover.core.shares.intervals import Pairs, difference, share

DAYS = 30
_SECONDS = DAYS * 86_400

Invoice = Mapping[str, Any]
Failures = Mapping[str, Invoice]  # the first failure of each customer, by customer


@dataclass(frozen=True, slots=True)
class World:
    """One way to live through the days: its name, and every invoice that failed in it."""

    name: str
    invoices: tuple[Invoice, ...]


def side_by_side(worlds: Iterable[World], ends_at: int) -> dict[str, Any]:
    """Of the payments that failed in all of the worlds: how many each was paid within 30 days, with 95 % intervals.

    Whole counts cannot be compared: what happens to a customer's first failure decides whether a second can happen. So
    only each customer's first one counts, if every world saw it at the same instant (`first_failed_at`, a unix second)
    and it had its thirty days before `ends_at`. `ahead` is the first world less this one, in basis points.
    """
    firsts = {world.name: _first_failures(world.invoices) for world in worlds}
    [ours, *_] = firsts.values()
    same = [customer for customer in ours if _in_all(customer, firsts.values(), ends_at)]
    return {
        "days": DAYS,
        "of": len(same),
        "worlds": [{"name": name, **_told(ours, theirs, same)} for name, theirs in firsts.items()],
    }


def _told(ours: Failures, theirs: Failures, same: list[str]) -> dict[str, Any]:
    pairs = _pairs([(_paid_in_time(ours[customer]), _paid_in_time(theirs[customer])) for customer in same])
    paid = pairs.both + pairs.second_only
    sure, apart = share(paid, len(same)), difference(pairs)
    return {
        "paid": paid,
        "basis_points": paid * 10_000 // len(same) if same else None,
        "interval": [sure.low, sure.high],
        "ahead": {"basis_points": pairs.difference, "interval": [apart.low, apart.high]},
    }


def _pairs(ends: list[tuple[bool, bool]]) -> Pairs:
    count = {end: ends.count(end) for end in ((True, True), (True, False), (False, True), (False, False))}
    return Pairs(*count.values())


def _first_failures(invoices: Iterable[Invoice]) -> Failures:
    first: dict[str, Invoice] = {}
    for invoice in sorted(invoices, key=lambda invoice: (invoice["first_failed_at"], invoice["id"])):
        first.setdefault(invoice["customer"], invoice)
    return first


def _in_all(customer: str, worlds: Iterable[Failures], ends_at: int) -> bool:
    instants = {int(world[customer]["first_failed_at"]) if customer in world else None for world in worlds}
    [failed_at, *others] = instants
    return not others and failed_at is not None and failed_at <= ends_at - _SECONDS


def _paid_in_time(invoice: Invoice) -> bool:
    return bool(invoice["paid_at"]) and invoice["paid_at"] - invoice["first_failed_at"] <= _SECONDS

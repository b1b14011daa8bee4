"""Did what must hold hold? A pure function of what the simulated Stripe and the mailbox saw, and of our own rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

STOP_WITHIN = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class OurCase:
    """A case row, as far as it can be held against the outside."""

    id: str
    invoice: str
    state: str
    currency: str
    recovered: int


@dataclass(frozen=True, slots=True)
class OurMessage:
    """A message row: which case, which step, when it left."""

    case: str
    step: str
    sent_at: datetime
    message_id: str


@dataclass(frozen=True, slots=True)
class Artefacts:
    """Both sides' books. Instants aware, amounts in minor units."""

    attempts: tuple[Mapping[str, Any], ...]  # the simulator's ledger of every try to charge
    invoices: tuple[Mapping[str, Any], ...]  # every invoice that ever failed, by the simulator
    mails: tuple[str, ...]  # Message-ID of every mail that arrived
    cases: tuple[OurCase, ...]
    messages: tuple[OurMessage, ...]
    charge_keys: frozenset[str]  # the idempotency keys of our charge actions
    paid_at: Mapping[str, datetime]  # by invoice, by the simulator
    lost_deliveries: int


def violations(seen: Artefacts) -> list[str]:
    """Everything that must not be, in words; empty when all is well."""
    return [
        *_charged_twice(seen),
        *_paid_twice(seen),
        *_written_after_payment(seen),
        *_sent_twice(seen),
        *_books_differ(seen),
        *([f"{seen.lost_deliveries} webhooks were not acknowledged"] if seen.lost_deliveries else []),
    ]


def _charged_twice(seen: Artefacts) -> Iterator[str]:
    ours = Counter(str(a["idempotency_key"]) for a in seen.attempts if a["by"] == "api" and a.get("idempotency_key"))
    for key, count in ours.items():
        if key.startswith("pr_") and count > 1:
            yield f"action {key} was charged {count} times"
        if key.startswith("pr_") and key not in seen.charge_keys:
            yield f"a charge went out under {key}, which no action has"


def _paid_twice(seen: Artefacts) -> Iterator[str]:
    paid = Counter(str(a["invoice"]) for a in seen.attempts if a["outcome"] == "succeeded" and a.get("invoice"))
    yield from (f"invoice {invoice} was paid {count} times" for invoice, count in paid.items() if count > 1)


def _written_after_payment(seen: Artefacts) -> Iterator[str]:
    invoice_of = {case.id: case.invoice for case in seen.cases}
    for message in seen.messages:
        paid_at = seen.paid_at.get(invoice_of.get(message.case, ""))
        if paid_at is not None and message.sent_at > paid_at + STOP_WITHIN:
            yield f"case {message.case}: {message.step} was sent {message.sent_at - paid_at} after the payment"


def _sent_twice(seen: Artefacts) -> Iterator[str]:
    steps = Counter((message.case, message.step) for message in seen.messages)
    yield from (f"case {case}: {step} was sent {count} times" for (case, step), count in steps.items() if count > 1)
    arrived, known = Counter(seen.mails), {message.message_id for message in seen.messages}
    yield from (f"mail {mail} arrived {count} times" for mail, count in arrived.items() if count > 1)
    yield from (f"mail {mail} arrived, and no message row knows it" for mail in arrived if mail not in known)


def _books_differ(seen: Artefacts) -> Iterator[str]:
    cases = {case.invoice: case for case in seen.cases}
    theirs: dict[str, int] = defaultdict(int)
    for invoice in seen.invoices:
        case = cases.get(invoice["id"])
        if case is None:
            yield f"invoice {invoice['id']} failed and has no case"
            continue
        if (invoice["status"] == "paid" and invoice["amount_came"] > 0) != (case.state == "recovered"):
            yield f"invoice {invoice['id']} is {invoice['status']} and its case is {case.state}"
        theirs[invoice["currency"]] += int(invoice["amount_recovered"])
    ours = _sum(seen.cases)
    for currency in sorted({*ours, *theirs}):
        if ours.get(currency, 0) != theirs.get(currency, 0):
            yield f"recovered {currency}: we say {ours.get(currency, 0)}, Stripe says {theirs.get(currency, 0)}"


def _sum(cases: Iterable[OurCase]) -> dict[str, int]:
    total: dict[str, int] = defaultdict(int)
    for case in cases:
        total[case.currency] += case.recovered
    return dict(total)

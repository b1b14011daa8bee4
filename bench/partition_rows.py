"""The rows of the partition bench, its workers, and a Stripe whose ledger is a file that both write to."""

from __future__ import annotations

import fcntl
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Collection
from pathlib import Path

import django

django.setup()

from django.core.management import call_command  # noqa: E402 - Django is awake now

from bench.merchant import MemoryStripe, make_merchant  # noqa: E402
from tideover import clock  # noqa: E402
from tideover.gateways.answers import InvoiceRead, Paid  # noqa: E402
from tideover.recovery.effects import Effects  # noqa: E402
from tideover.recovery.intake import take_reading  # noqa: E402
from tideover.recovery.models import Action, Case  # noqa: E402
from tideover.worker.crew import work  # noqa: E402

CALL_SECONDS = 2.0
Line = tuple[str, str, str]  # who called, the invoice, the key


def prepare(charges: int) -> None:
    """Failing cases of two merchants, each with one charge that is due now."""
    call_command("migrate", verbosity=0, interactive=False)
    merchants = [make_merchant(number) for number in (1, 2)]
    for number in range(charges):
        now = clock.now()
        case = take_reading(merchants[number % 2], MemoryStripe().read_invoice(f"in_{number}"), now)
        assert case is not None
        Action.objects.filter(case=case).exclude(step=_first_charge(case).step).delete()
        Action.objects.filter(case=case).update(due_at=now, asked_by="the bench")


def _first_charge(case: Case) -> Action:
    return Action.objects.filter(case=case, do=Action.Do.CHARGE).order_by("due_at")[0]


class LedgerStripe(MemoryStripe):
    """Charges by a line in the shared ledger; the answer takes two seconds. The same key gets the same answer."""

    def __init__(self, who: str, ledger: Path) -> None:
        super().__init__()
        self.who, self.ledger = who, ledger

    def read_invoice(self, invoice_id: str, known: object = ()) -> InvoiceRead:
        """Paid as soon as it stands in the ledger."""
        self.paid = {invoice for _, invoice, _ in lines(self.ledger)}
        return super().read_invoice(invoice_id, known)

    def set_auto_advance(self, invoice_id: str, *, on: bool, key: str) -> None:
        """Nobody else collects here."""

    def pay_invoice(self, invoice_id: str, *, key: str, **_: object) -> Paid:
        """Booked at once; told two seconds later."""
        with self.ledger.open("a", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(f"{self.who} {invoice_id} {key}\n")
        time.sleep(CALL_SECONDS)
        return Paid(f"ch_paid_{invoice_id}")


def lines(ledger: Path) -> list[Line]:
    """All calls to pay, in their order."""
    if not ledger.exists():
        return []
    return [(who, invoice, key) for who, invoice, key in map(str.split, ledger.read_text("utf-8").splitlines())]


def begun_by(ledger: Path, who: str) -> int:
    """How many calls this worker made so far."""
    return sum(line[0] == who for line in lines(ledger))


def under_way_of(ledger: Path, who: str) -> set[str]:
    """The invoices that this worker has sent to Stripe and not settled."""
    return unsettled({invoice for caller, invoice, _ in lines(ledger) if caller == who})


def unsettled(invoices: Collection[str]) -> set[str]:
    """Those of the invoices whose charge has no outcome yet."""
    waiting = Action.objects.filter(case__invoice_id__in=invoices, state=Action.State.CLAIMED)
    return set(waiting.values_list("case__invoice_id", flat=True))


def left() -> int:
    """How many charges have no outcome yet."""
    return Action.objects.filter(state__in=[Action.State.PLANNED, Action.State.CLAIMED], do=Action.Do.CHARGE).count()


def verdict(ledger: Path) -> dict[str, int]:
    """What the ledger says in the end: invoices under two keys, invoices never paid, calls repeated under one key."""
    keys: dict[str, set[str]] = defaultdict(set)
    for _, invoice, key in lines(ledger):
        keys[invoice].add(key)
    return {
        "charges": Case.objects.count(),
        "charged_twice": sum(len(found) > 1 for found in keys.values()),
        "unpaid": Case.objects.exclude(state=Case.State.RECOVERED).count(),
        "repeated_under_one_key": len(lines(ledger)) - sum(len(found) for found in keys.values()),
    }


def main(who: str, ledger: str) -> None:
    """Work as `who` until killed."""
    stripe = LedgerStripe(who, Path(ledger))
    work(Effects(stripe_for=lambda _: stripe, transports={}), clock.now, threading.Event())  # type: ignore[arg-type,return-value]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])

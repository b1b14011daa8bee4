"""Reading an account and being killed at it, and the mirror beside the account; imported only once Django is awake."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from bench import databases, machine
from bench.merchant import make_merchant
from tideover.core.outcomes import Tried
from tideover.flow.rate_limit import BURST
from tideover.mirror.models import AnyRow, Customer, Method, Mirror, MirrorInvoice, Payment, Subscription
from tideover.simulator.account.store import Json, Store
from tideover.simulator.embedded import Running

LOOKS_EVERY: Final = 0.2  # seconds
Facts = Mapping[str, tuple[object, ...]]  # by id at Stripe


def connected(world: Running) -> None:
    """A merchant whose account this is."""
    connection = make_merchant()
    connection.api_base, connection.api_key = world.base_url, world.sim.keys.secret
    connection.save()


def allowed_in_a_second(rate: float) -> int:
    """What may come at once after a pause, and what is free meanwhile."""
    return int(rate * (BURST.total_seconds() + 1))


@dataclass(frozen=True, slots=True)
class Reading:
    """How much memory who reads had, when so much of everything was read."""

    seen: list[tuple[float, float]] = field(default_factory=list)

    def rss_at(self, percent: int) -> float:
        """In MB, when so much was read."""
        return min(self.seen, key=lambda each: abs(each[0] - percent / 100))[1]


def read(things: int, kills: int, rate: float) -> Reading:
    """Until the account is read to its end; killed so often on the way, each time at another place in a page."""
    reading, dice = Reading(), Random(7)  # noqa: S311 - the same places each time
    for number in range(kills):
        with _reader(rate) as process:
            _watch(process, reading, things, until=(number + 0.5) / (kills + 1))
            time.sleep(dice.random() / rate)
            _must(process.poll() is None, process)
            process.kill()
    with _reader(rate) as process:
        _watch(process, reading, things, until=2.0)
    _must(process.returncode == 0, process)
    return reading


def _must(true: bool, process: subprocess.Popen[bytes]) -> None:  # noqa: FBT001 - as assert has it
    if not true:
        raise RuntimeError(f"who reads has ended by itself: {process.returncode}")


def _reader(rate: float) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "bench.importing", "--reads", "--rate", str(rate)]
    return subprocess.Popen(command, cwd=databases.ROOT, stdout=subprocess.DEVNULL)


def _watch(process: subprocess.Popen[bytes], reading: Reading, things: int, until: float) -> None:
    """Until so much of everything is read, or the process has ended."""
    share = 0.0
    while process.poll() is None and share < until:
        time.sleep(LOOKS_EVERY)
        share = sum(sum(mirror.counts.values()) for mirror in Mirror.objects.all()) / things
        if rss := machine.rss_mb_of(process.pid):
            reading.seen.append((share, rss))


def compared(store: Store) -> dict[str, int]:
    """How many rows the mirror has, and how many are missing, too many, or not as the account has them."""
    found: Counter[str] = Counter()
    for model, (of_account, columns) in BESIDE.items():
        manager: Any = model._default_manager  # noqa: SLF001 - documented
        there, ours = of_account(store), list(manager.values_list("stripe_id", *columns))
        here = {key: tuple(values) for key, *values in ours}
        found["rows"] += len(ours)
        found["missing"] += len(there.keys() - here.keys())
        found["too_many"] += len(ours) - len(there.keys() & here.keys())
        found["differ"] += sum(there[key] != here[key] for key in there.keys() & here.keys())
    return {name: found[name] for name in ("rows", "missing", "too_many", "differ")}


def _customers(store: Store) -> Facts:
    return {each["id"]: (each["name"], each["email"], _default(each)) for each in store.customers}


def _default(customer: Json) -> str:
    return customer["invoice_settings"]["default_payment_method"] or ""


def _subscriptions(store: Store) -> Facts:
    return {each["id"]: (each["customer"], each["status"], each["currency"]) for each in store.subscriptions}


def _invoices(store: Store) -> Facts:
    amounts = ("amount_due", "amount_paid", "amount_remaining", "attempt_count")
    return {
        each["id"]: (each["customer"], each["number"], each["status"], *(each[name] for name in amounts))
        for each in store.invoices
    }


def _payments(store: Store) -> Facts:
    invoice_of = {each["payment"]["payment_intent"]: each["invoice"] for each in store.invoice_payments}
    outcomes = {"succeeded": Tried.PAID, "failed": Tried.DECLINED}
    return {
        each["id"]: (each["customer"], each["amount"], invoice_of[each["payment_intent"]], outcomes[each["status"]])
        for each in store.charges
    }


def _methods(store: Store) -> Facts:
    return {each["id"]: (each["customer"], each["card"]["last4"]) for each in store.payment_methods}


# What the account says of its things, and the columns in which the mirror says the same.
BESIDE: Final[Mapping[type[AnyRow], tuple[Callable[[Store], Facts], list[str]]]] = {
    Customer: (_customers, ["name", "email", "method_id"]),
    Subscription: (_subscriptions, ["customer_id", "status", "currency"]),
    MirrorInvoice: (
        _invoices, ["customer_id", "number", "status", "amount_due", "amount_paid", "amount_open", "tries"]
    ),
    Payment: (_payments, ["customer_id", "amount", "invoice_id", "outcome"]),
    Method: (_methods, ["customer_id", "last4"]),
}  # fmt: skip

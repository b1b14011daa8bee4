"""The cases of the messages bench and their writing; imported only once Django is awake."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from itertools import count
from typing import Final

from bench import machine
from bench.counting import counted
from bench.merchant import NOW, MemoryStripe, make_merchant
from tideover import clock
from tideover.core.catalogue import Channel
from tideover.core.outcomes import Word
from tideover.core.steps import Do
from tideover.gateways.transport import Accepted, at_will
from tideover.messages.channels.way import Composed
from tideover.messages.wording import Wording
from tideover.recovery import claims, writing
from tideover.recovery.effects import Effects
from tideover.recovery.intake import take_reading
from tideover.recovery.models import Action
from tideover.recovery.perform import attempt, settle_verdicts

BATCH: Final = 10  # as the worker's
WARM: Final = 50  # written before anything is measured: texts are parsed, statements planned
DUE: Final = NOW + timedelta(hours=2, minutes=1)  # the customers' morning


class Sink:
    """Takes every mail at once."""

    def send(
        self, sender: str, recipient: str, content: EmailMessage, leaving: Callable[[], None] = at_will, /
    ) -> Accepted:
        """Accepted."""
        del sender, recipient, content
        leaving()
        return Accepted()


@dataclass
class Watched:
    """The composer with a watch in its hand."""

    composed: Callable[[Wording], Composed]
    count: int = 0
    seconds: float = 0.0
    queries: int = 0

    def __call__(self, words: Wording) -> Composed:
        started = time.perf_counter()
        with counted() as asked:
            made = self.composed(words)
        self.seconds += time.perf_counter() - started
        self.count += 1
        self.queries += asked[0]
        return made


def written(number: int) -> dict[str, object]:
    """Open `number` cases of one merchant, and write the first message of each."""
    _open(number + WARM)
    stripe = MemoryStripe()
    effects = Effects(stripe_for=lambda _connection: stripe, transports={Channel.EMAIL: Sink()})  # type: ignore[arg-type,return-value]
    clock.travel_to(DUE)
    try:
        _write(effects, WARM)
        return _measured(effects, number)
    finally:
        clock.travel_to(None)


def _measured(effects: Effects, number: int) -> dict[str, object]:
    cpu = time.process_time()
    with _watched() as composer, machine.stopwatch() as took, counted() as asked:
        _write(effects, number)
    cpu = time.process_time() - cpu
    sent = Action.objects.filter(do=Do.MESSAGE, outcome=Word.SENT).count()
    if sent != number + WARM:
        raise RuntimeError(f"{sent} of {number + WARM} messages were sent")
    return {
        "messages_per_s": round(number / took[0]),
        "renderings_per_s": round(composer.count / composer.seconds),
        "rendering_share": round(composer.seconds / took[0], 2),
        "queries_per_message": round(asked[0] / number, 2),
        "queries_per_rendering": round(composer.queries / composer.count, 2),
        "cpu_ms_per_message": round(cpu * 1000 / number, 2),
    }


@contextmanager
def _watched() -> Iterator[Watched]:
    composer: Callable[[Wording], Composed] = vars(writing)["compose"]
    watched = vars(writing)["compose"] = Watched(composer)
    try:
        yield watched
    finally:
        vars(writing)["compose"] = composer


def _open(number: int) -> None:
    """Cases of which nothing is due but the first message."""
    connection, stripe = make_merchant(), MemoryStripe()
    for each in range(number):
        take_reading(connection, stripe.read_invoice(f"in_{each}"), NOW)
    Action.objects.filter(do=Do.HOLD).update(state=Action.State.DONE, outcome=Word.HELD, settled_at=NOW)


def _write(effects: Effects, number: int) -> None:
    """As the worker's round does it."""
    left = count(number, -BATCH)
    while (limit := min(BATCH, next(left))) > 0:
        claimed = claims.claim_due(DUE, limit=limit)
        settle_verdicts([attempt(action, effects, DUE) for action in claimed], DUE)

"""A merchant with one failed invoice, fakes at both ends, and a clock moved by hand."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from tests.factories import make_connection, make_ruleset
from tests.fakes import NOW, FakeMail, FakeStripe, FakeTexts, an_invoice, effects
from tideover import clock
from tideover.recovery import intake
from tideover.recovery.models import Action, Case
from tideover.tenants.models import Connection
from tideover.worker.loop import next_due, run_until_quiet


@dataclass
class World:
    """One connection, one invoice, and the days that pass."""

    connection: Connection
    stripe: FakeStripe = field(default_factory=FakeStripe)
    mail: FakeMail = field(default_factory=FakeMail)
    texts: FakeTexts = field(default_factory=FakeTexts)
    now: datetime = NOW

    is_live: bool = True  # whose mails are not marked as a test's

    def __post_init__(self) -> None:
        if self.is_live:
            self.connection.livemode = True
            self.connection.save(update_fields=["livemode"])
        self.stripe.clock = lambda: self.now
        self._at(self.now)

    def _at(self, now: datetime) -> None:
        self.now = now
        clock.travel_to(now)

    def payment_fails(self, code: str | None = "insufficient_funds", **values: object) -> Case:
        self.stripe.invoice = an_invoice(code, at=self.now, **values)
        case = intake.take_reading(self.connection, self.stripe.invoice, self.now)
        assert case is not None
        return case

    def day(self, number: float) -> World:
        """Live until that many days after the start; everything due on the way happens at its own time."""
        until = NOW + timedelta(days=number)
        while (due := next_due(self.now)) is not None and due <= until:
            self._at(max(due, self.now))
            run_until_quiet(effects(self.stripe, self.mail, self.texts), self.now)
            if due == next_due(self.now):
                raise AssertionError(f"nothing moves at {due}")
        self._at(max(until, self.now))
        return self

    def change(self, **values: object) -> World:
        """Something else happens to the invoice at Stripe."""
        assert self.stripe.invoice is not None
        self.stripe.invoice = replace(self.stripe.invoice, **values)  # type: ignore[arg-type]
        return self

    @property
    def case(self) -> Case:
        return Case.objects.get()

    def story(self) -> list[str]:
        done = Action.objects.filter(state=Action.State.DONE).order_by("settled_at", "id")
        return [
            f"day {(a.settled_at - NOW).days}  {a.do} {a.template or ''}: {a.outcome}".replace(" :", ":") for a in done
        ]


@pytest.fixture
def world(db):
    connection = make_connection()
    make_ruleset(connection.project, "revguard")
    yield World(connection)
    clock.travel_to(None)

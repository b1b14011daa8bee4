"""A customer on a test clock whose renewal failed: the clock shows another time than the world, and moves by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from tests.fakes import NOW, effects
from tests.rooms.recovery.conftest import World
from tideover.gateways.answers import ClockRead
from tideover.recovery.models import Action, Case, Clock
from tideover.recovery.test_clocks.moving import take_clock
from tideover.worker.loop import run_until_quiet

DAY = timedelta(days=1)
THEN = datetime(2024, 3, 5, 15, 0, tzinfo=NOW.tzinfo)  # what the clock shows: years behind the world


@dataclass
class Rehearsal:
    """The world with its customer on a clock."""

    world: World

    def fails(self, code: str = "insufficient_funds", **values: object) -> Case:
        """Its invoice was finalized a moment ago by the clock; of its charge Stripe tells when that was in the world."""
        self.world.stripe.test_clock = ClockRead("clock_1", "ready", THEN, name="28 days")
        made = {"test_clock": "clock_1", "created_at": THEN, "clock": self.world.stripe.test_clock, **values}
        return self.world.payment_fails(code, **made)

    @property
    def at_stripe(self) -> ClockRead:
        assert self.world.stripe.test_clock is not None
        return self.world.stripe.test_clock

    @property
    def shows(self) -> datetime:
        return Clock.objects.get(clock_id="clock_1").shows

    def works(self) -> None:
        """Whatever is due is done, at this moment of the world."""
        run_until_quiet(effects(self.world.stripe, self.world.mail), self.world.now)

    def moves(self, to: datetime) -> None:
        """Somebody advances the clock at Stripe, and we hear of it; what has come due is done."""
        at_stripe = replace(self.at_stripe, status="ready", shows=to, target=None)
        self.world.stripe.test_clock = at_stripe
        take_clock(self.world.connection, at_stripe, self.world.now)
        self.works()

    def passes(self, time: timedelta) -> None:
        """So much time passes in the world, and none on the clock."""
        self.world._at(self.world.now + time)
        self.works()

    @property
    def done(self) -> list[Action]:
        return list(Action.objects.filter(state=Action.State.DONE).order_by("settled_at", "id"))

    def next(self, do: str = "") -> Action:
        planned = Action.objects.filter(state=Action.State.PLANNED, **({"do": do} if do else {}))
        return planned.order_by("due_at", "id")[0]


@pytest.fixture
def rehearsal(world) -> Rehearsal:
    world.connection.livemode = False
    world.connection.save(update_fields=["livemode"])
    return Rehearsal(world)


def clock() -> Clock:
    """The only one there is."""
    return Clock.objects.get()


@pytest.fixture
def waiting(rehearsal) -> Rehearsal:
    """Whatever was due at once is done; the next step is days away."""
    rehearsal.fails()
    rehearsal.works()
    return rehearsal

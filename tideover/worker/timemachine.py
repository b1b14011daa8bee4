"""Two clocks that move together: the simulated world's and ours. Between two instants both sides do what is due."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tideover import clock
from tideover.gateways.simulated import SimulatedWorld
from tideover.recovery.effects import Effects
from tideover.worker.loop import Round, next_due, run_until_quiet

LONGEST_STEP = timedelta(hours=1)


@dataclass
class TimeMachine:
    """Moves a simulated world and this process through time, never past something that is due."""

    world: SimulatedWorld
    effects: Effects
    now: datetime
    world_next_at: datetime | None = None
    visit_next_at: datetime | None = None
    ours_next_at: datetime | None = None
    done: Round = field(default_factory=Round)
    failed_deliveries: int = 0
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def move(self, to: datetime, told: Callable[[datetime], None] = lambda _: None) -> None:
        """Live until `to`; `told` hears of each instant that was reached. One move at a time."""
        with self._one_at_a_time:
            self._exchange(self.now)
            while self.now < to:
                if self._exchange(self._next(to)).actions:
                    self._exchange(self.now)  # what we did has its answers in the world at once
                told(self.now)

    def _next(self, to: datetime) -> datetime:
        """The end of a stretch with nothing of ours and no visitor in it; its webhooks come up to an hour late."""
        target = self.now + LONGEST_STEP
        if self.world_next_at is not None:
            target = max(target, self.world_next_at)
        soonest = self.now + timedelta(seconds=1)
        stops = [max(at, soonest) for at in (self.ours_next_at, self.visit_next_at) if at is not None]
        return min([to, target, *stops])

    def _exchange(self, target: datetime) -> Round:
        """Both sides at `target`: the world lives up to it and tells us, then we do what is due."""
        clock.travel_to(target)
        moved = self.world.advance(target)
        self.now, self.world_next_at, self.visit_next_at = target, moved.next_at, moved.next_visit_at
        self.failed_deliveries += moved.failed_deliveries
        done, self.ours_next_at = Round(), next_due(target)
        if self.ours_next_at is not None and self.ours_next_at <= target:
            done = run_until_quiet(self.effects, target)
            self.ours_next_at = next_due(target)
        self.done += done
        return done


_installed: TimeMachine | None = None


def install(machine: TimeMachine | None) -> None:
    """Let the demo's pages move time with this machine."""
    global _installed  # noqa: PLW0603 - one demo per process
    _installed = machine


def installed() -> TimeMachine | None:
    """The demo's machine, where this process serves a demo."""
    return _installed

"""Two clocks that move together: the simulated world's and ours. Between two instants both sides do what is due."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tideover import clock
from tideover.gateways.simulated import SimulatedWorld
from tideover.recovery.perform import Effects
from tideover.worker.loop import Round, next_due, run_until_quiet

LONGEST_STEP = timedelta(hours=1)


@dataclass
class TimeMachine:
    """Moves a simulated world and this process through time, never past something that is due."""

    world: SimulatedWorld
    effects: Effects
    now: datetime
    world_next_at: datetime | None = None
    done: Round = field(default_factory=Round)
    failed_deliveries: int = 0
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def move(self, to: datetime, told: Callable[[datetime], None] = lambda _: None) -> None:
        """Live until `to`; `told` hears of each instant that was reached. One move at a time."""
        with self._one_at_a_time:
            while self.now < to:
                self._step(to)
                told(self.now)

    def _step(self, to: datetime) -> None:
        """One stretch without anything of ours in it. Webhooks in it reach us up to an hour late, as in life."""
        ours = next_due(self.now)
        target = min(to, self.now + LONGEST_STEP)
        if self.world_next_at is not None and self.world_next_at > target:
            target = min(to, self.world_next_at)
        if ours is not None:
            target = min(target, max(ours, self.now + timedelta(seconds=1)))
        clock.travel_to(target)
        moved = self.world.advance(target)
        self.now, self.world_next_at = target, moved.next_at
        self.failed_deliveries += moved.failed_deliveries
        done = run_until_quiet(self.effects, target)
        if done.actions:
            self.world_next_at = None  # what we sent may have given its people something to do
        self.done += done


_installed: TimeMachine | None = None


def install(machine: TimeMachine | None) -> None:
    """Let the demo's pages move time with this machine."""
    global _installed  # noqa: PLW0603 - one demo per process
    _installed = machine


def installed() -> TimeMachine | None:
    """The demo's machine, where this process serves a demo."""
    return _installed

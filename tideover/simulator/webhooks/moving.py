"""Moving time: acts run in order, and webhooks are delivered at the end of each instant."""

from __future__ import annotations

import asyncio
import inspect
from dataclasses import dataclass

from tideover.simulator.account.events import NOBODY
from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.webhooks.courier import Courier

CHUNK = 200  # acts between two pauses in which requests are served


@dataclass(slots=True)
class Mover:
    """Moves one simulator through time; only one move at a time."""

    sim: Simulator
    courier: Courier
    _lock: asyncio.Lock

    @classmethod
    def of(cls, sim: Simulator, courier: Courier) -> Mover:
        """A mover for a simulator."""
        return cls(sim, courier, asyncio.Lock())

    async def advance(self, to: int) -> Json:
        """Run everything due up to `to` (unix seconds), deliver what it caused, and stop there."""
        async with self._lock:
            before = (self.courier.delivered, self.courier.failures, self.sim.events.recorded)
            self.courier.reader_lives_at = to
            await self.courier.drain()
            while (at := self.sim.timeline.next_at()) is not None and at <= to:
                self.sim.clock.move(at)
                await self._instant()
            self.sim.clock.move(to)
            self.courier.reader_lives_at = None
            self.sim.events.forget_old()
            return self.state() | {
                "delivered": self.courier.delivered - before[0],
                "failed_deliveries": self.courier.failures - before[1],
                "events": self.sim.events.recorded - before[2],
            }

    async def _instant(self) -> None:
        """Everything of the present instant, also what it causes at the same instant."""
        now, done = self.sim.clock.now(), 0
        while (entry := self.sim.timeline.pop_due(now)) is not None:
            self.sim.events.cause = NOBODY
            result = entry.act()
            if inspect.isawaitable(result):
                await result
            done += 1
            if done % CHUNK == 0:
                await asyncio.sleep(0)
            if self.courier.undelivered and self._instant_is_over(now):
                await self.courier.drain()

    def _instant_is_over(self, now: int) -> bool:
        following = self.sim.timeline.next_at()
        return following is None or following > now

    async def follow_the_wall(self) -> None:
        """Run what is due as real time goes by, forever."""
        while True:
            await self.advance(self.sim.clock.now())
            following = self.sim.timeline.next_at()
            pause = 1.0 if following is None else min(max(following - self.sim.clock.now(), 0), 1)
            await asyncio.sleep(max(pause, 0.05))

    def state(self) -> Json:
        """Where time stands."""
        sim = self.sim
        return {
            "now": sim.clock.now(),
            "next_at": sim.timeline.next_at(),
            "next_visit_at": sim.timeline.next_visit_at(),
            "undelivered": self.courier.undelivered,
            "seed": sim.seed,
        }

"""One run from its seed: time moves, people act, faults rain, processes die; then calm, until nothing is left to do."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Coroutine

from chaos.database import database_errors
from chaos.disasters import Disasters
from chaos.family import Child
from chaos.scene import Scene
from chaos.stripe_proxy import replies_lost
from chaos.world import DAY, HOUR

CALM_PATIENCE = 12.0
HELD_BY_THE_DEAD = 0.4  # seconds after which a claim is believed to be
STOPS = (8.3, 10.7, 13.1, 15.6)
VISITED_EVERY = 2  # moves of the clock: pages cost more than all else here
RESTORE_IS = 3  # the fourth of the disasters
NAPS = 4  # so often it is tried to find no worker in a transaction
SOME = 8  # of the only kinds of fault that a short run has
BOTH_VERSIONS_FOR = 0.6  # of the time given
EXTRA_SHARE, EXTRA_SECONDS = 0.33, 300.0  # of the time given, and on top of it, for what has not come yet


class Play:
    """Drives a scene."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.family, self.evidence = scene, scene.family, scene.evidence
        self._disasters = Disasters(self)
        self.acts: list[str] = []
        self._requests_until_kill = 60
        self._stormy = False
        self._due_disasters: list[str] = []
        self.steps = 0
        self.took: dict[str, float] = {}  # seconds, by part

    async def perform(self) -> None:
        """The whole run."""
        scene = self.scene
        names = scene.failpoints() if scene.options.failpoints else {}
        for role in ("web", "worker"):
            self.family.failpoints[role] = frozenset(name for name, who in names.items() if role in who)
        self._due_disasters = [kind for kind, times in scene.options.disasters.items() for _ in range(times)]
        scene.dice.shuffle(self._due_disasters)
        if "restore" in self._due_disasters:  # while there are few cases to be read again, and a life after it
            self._due_disasters.remove("restore")
            self._due_disasters.insert(RESTORE_IS, "restore")
        scene.webhook.seen = self._count_towards_a_kill
        for proxy in scene.proxies:
            proxy.seen = self._count_towards_a_kill
        watching = asyncio.create_task(self._look_after())
        try:
            await self._timed("storm", self._storm())
            await self._timed("calm", self._calm())
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching

    async def _timed(self, name: str, part: Coroutine[None, None, None]) -> None:
        began = time.monotonic()
        await part
        self.took[name] = round(time.monotonic() - began, 1)

    async def _look_after(self) -> None:
        """Replace the dead."""
        while True:
            await self.family.look_after()
            await asyncio.sleep(0.05)

    def _count_towards_a_kill(self) -> None:
        self._requests_until_kill -= 1
        if self._requests_until_kill > 0 or not self._stormy:
            return
        low, high = self.scene.options.kill_every
        self._requests_until_kill = self.scene.dice.randint(low, high)
        role = self.scene.dice.choice(self.scene.options.victims)
        victims = self.family.of(role)
        if victims:
            self.family.kill(self.scene.dice.choice(victims))

    # ── the storm ──

    async def _storm(self) -> None:
        began, seconds = time.monotonic(), self.scene.options.seconds
        self._stormy = True
        for dice in self.scene.all_dice:
            dice.calm = False
        disasters = len(self._due_disasters)
        while True:
            passed = time.monotonic() - began
            owed = disasters - int(disasters * passed / seconds)
            if len(self._due_disasters) > max(owed - 1, 0):
                kind = self._due_disasters.pop(0)
                if not await self._disasters.strike(kind):
                    self._due_disasters.append(kind)  # not now: later
            if passed > seconds * BOTH_VERSIONS_FOR:
                await self.scene.upgraded()
            over = passed > seconds and not self._due_disasters and not self._unstruck() and self._enough()
            if over or passed > seconds * (1 + EXTRA_SHARE) + EXTRA_SECONDS:
                break
            self._note_progress(passed)
            await self.people()
            await asyncio.gather(self._rules_change(), self._payers())
            if self.steps % VISITED_EVERY == 0:
                await self._visitors()
            newcomers = self.scene.options.newcomers
            await asyncio.gather(*(world.gather_crowd(newcomers, 20) for world in self.scene.acting))
            await self.jump(self.until_the_next_stop())
            await self.idle(self.scene.options.patience, wholly=True)
        self._stormy = False

    def _note_progress(self, passed: float) -> None:
        if not self._unstruck():
            self.took.setdefault("every failpoint", round(passed, 1))
        if self._enough():
            self.took.setdefault("enough faults", round(passed, 1))

    def _unstruck(self) -> bool:
        return any(self.family.unstruck(role) for role in self.family.failpoints)

    def _enough(self) -> bool:
        """Whether enough has been done, and of every kind of fault."""
        if not self.scene.options.failpoints:
            return all(self.evidence.faults[kind] >= SOME for kind in self.scene.options.mail_faults)  # a short run
        options, faults = self.scene.options, self.evidence.faults
        return (
            sum(faults.values()) >= options.faults
            and self.evidence.kills >= options.kills
            and self.evidence.sends >= options.sends
            and replies_lost(faults) >= options.replies_lost
            and not (options.payers and self.scene.payers.missed)
            and all(faults[kind] >= count for kind, count in options.must_have.items())
        )

    def until_the_next_stop(self) -> float:
        """Hours to go: four stops a day while people may be written to, none at night."""
        hour = self.evidence.product_time() % DAY / HOUR
        following = next((stop for stop in STOPS if stop > hour + 0.2), STOPS[0] + 24)
        return following - hour + self.scene.dice.uniform(0, 0.3)

    async def people(self) -> None:
        acts = self.scene.options.acts
        for _ in range(int(acts) + (self.scene.dice.random() < acts % 1)):
            did = await self.scene.dice.choice(self.scene.acting).somebody_acts()
            if did:
                self.acts.append(did)

    async def _payers(self) -> None:
        count = self.scene.options.payers
        if some := int(count) + (self.scene.dice.random() < count % 1):
            await self.scene.payers_come(some, f"{self.scene.options.seed} {self.steps}")

    async def _rules_change(self) -> None:
        ends = self.scene.options.ends
        if ends:
            await self.scene.other_rules(ends[self.steps % len(ends)])

    async def _visitors(self) -> None:
        """Odd events come, members look in, and now and then one of these is put out."""
        scene, visitors = self.scene, self.scene.visitors
        acting = scene.merchants[: len(scene.acting)]
        count = scene.options.odd_events
        await asyncio.gather(*(scene.odd_events.knock(scene.webhook.url, merchant, count) for merchant in acting))
        await visitors.look_in()
        if self.steps and visitors.still_in and not await scene.have_done("out", how=visitors.still_in[0]):
            self.evidence.out(visitors.still_in.pop(0))

    # ── time ──

    async def jump(self, hours: float, asleep: list[Child] | None = None) -> None:
        """Move all worlds and the product by so many hours; workers feel it as a sleep they do not know of."""
        await self.family.pause_births("worker")  # a newborn would see our clock moved, and Stripe's not yet
        workers = [child for child in self.family.of("worker") if child not in (asleep or [])]
        await self.put_to_sleep(workers)
        await asyncio.sleep(0.01)
        # No network keeps a request for hours.
        while any(proxy.on_the_way for proxy in self.scene.proxies):  # noqa: ASYNC110 - many places set it
            await asyncio.sleep(0.005)
        to = int(self.evidence.product_time() + hours * HOUR)
        self.scene.set_offset(to - time.time())
        await asyncio.gather(*(world.pull("advance", to=to) for world in self.scene.worlds))
        moved = await asyncio.gather(*(world.look("state") for world in self.scene.worlds))
        to = max(state["now"] for state in moved)
        await asyncio.gather(*(world.pull("advance", to=to) for world in self.scene.worlds))
        self.scene.set_offset(to - time.time() - 0.5)
        self.family.freeze(workers, on=False)
        self.family.barren = frozenset()
        self.steps += 1

    async def put_to_sleep(self, workers: list[Child]) -> None:
        """Freeze them in the middle of anything but a transaction: on SQLite one sleeper would block the whole house.

        So its lock is taken from everybody for that moment. On PostgreSQL a sleeper blocks at most a row or two, and
        nobody need look for long.
        """
        if self.scene.database.kind == "sqlite":
            lock = await asyncio.to_thread(self.scene.database.its_lock)
            self.family.freeze(workers, on=True)
            await self.family.fall_asleep(workers)
            lock.close()
            return
        for _ in range(NAPS):
            self.family.freeze(workers, on=True)
            await asyncio.sleep(0.003)
            if not await self._locked():
                return
            self.family.freeze(workers, on=False)
            await asyncio.sleep(0.003)
        self.family.freeze(workers, on=True)

    async def _locked(self) -> bool:
        try:
            return await asyncio.to_thread(self.scene.database.somebody_holds_it)
        except database_errors():
            return False

    async def waiting(self) -> tuple[int, int, int, int]:
        try:
            return await asyncio.to_thread(self.scene.database.waiting, self.evidence.product_time())
        except database_errors():
            return (1, 1, 1, 0)  # the database is away: surely there is something to do

    async def idle(self, patience: float, *, wholly: bool = False) -> bool:
        """Wait until nothing is due, or patience ends; `wholly`: nothing is held by anybody either."""
        rested, until = time.monotonic(), time.monotonic() + patience
        while time.monotonic() < until:
            events, due, claimed, _ = await self.waiting()
            if not events and not due and not (wholly and claimed):
                return True
            if not self._stormy or events or due or self.scene.mail.on_the_way:
                rested = time.monotonic()
            elif time.monotonic() > rested + HELD_BY_THE_DEAD:
                return True
            await asyncio.sleep(0.05)
        return False

    # ── the calm ──

    async def _calm(self) -> None:
        """The networks tell the truth again and nobody dies: what is left over must find its end by itself."""
        self.family.armed = False
        for dice in self.scene.all_dice:
            dice.calm = True
        for child in [child for child in self.family.children if child.armed]:
            self.family.kill(child, ", armed, at the end of the storm")
        await self.idle(CALM_PATIENCE)
        for hours in self.scene.options.calm_hours:
            await self.jump(hours)
            await self.idle(CALM_PATIENCE)
            await self.scene.visitors.look_in()
        for _ in range(6):
            if (
                await self.idle(CALM_PATIENCE, wholly=True)
                and await self._all_delivered()
                and not self.scene.database.news_left()
            ):
                return
            await self.jump(0.3)

    async def _all_delivered(self) -> bool:
        states = await asyncio.gather(*(world.look("state") for world in self.scene.worlds))
        return not any(state["undelivered"] for state in states)

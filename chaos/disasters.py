"""What befalls everybody at once in a run: deaths, sleeps, wrong clocks, and whatever can happen to a database."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING

from chaos.database import database_errors
from chaos.disk import limited
from chaos.world import DAY, HOUR

if TYPE_CHECKING:
    from chaos.play import Play

BAD_DAY = 2  # of a hundred requests meet a fault
MAIL_HAS_COME, LEAVERS = 20, 4  # moves of the clock after which the disk gets full anyway; and who opts out then
WRONG_BY, WRONG_FOR = 3 * DAY, 4.0  # how many seconds a clock is off, and for how many seconds it matters


class Disasters:
    """Strikes the scene of a play."""

    def __init__(self, play: Play) -> None:
        self._play = play
        self.scene, self.family, self.evidence = play.scene, play.family, play.evidence

    async def strike(self, kind: str) -> bool:
        """Let it happen; false where that cannot be now."""
        doers: dict[str, Callable[[], Awaitable[bool]]] = {
            "everybody_dies": self._everybody_dies,
            "zombie": self._zombie,
            "clock_back": self._clock_back,
            "sleepover": self._sleepover,
            "database": self._database,
            "restore": self._restore,
            "wrong_clock": self._wrong_clock,
            "connected_again": self._connected_again,
            "full_disk": self._full_disk,
        }
        return await doers[kind]()

    async def _everybody_dies(self) -> bool:
        for child in list(self.family.children):
            self.family.kill(child, " with everybody")
        self.evidence.fault("everybody_dies")
        return True

    async def _zombie(self) -> bool:
        """A worker sleeps through its lease and wakes up believing that no time has passed."""
        sleepers = self.family.of("worker")[:1]
        if not sleepers:
            return False
        await self._play.put_to_sleep(sleepers)
        self.evidence.fault("zombie", pid=sleepers[0].pid)
        await self._play.jump(0.1, asleep=sleepers)
        await self._play.idle(self.scene.options.patience)
        await asyncio.sleep(0.6)
        self.family.freeze(sleepers, on=False)
        return True

    async def _clock_back(self) -> bool:
        """The machine's clock is set back an hour, and put right again a second later."""
        offset = float(self.scene.offset_file.read_text("ascii"))
        self.scene.set_offset(offset - HOUR)
        self.evidence.fault("clock_back")
        await self._play.idle(self.scene.options.patience)
        await asyncio.sleep(0.7)
        self.scene.set_offset(offset)
        return True

    async def _wrong_clock(self) -> bool:
        """One more worker, on a machine whose clock is three days ahead: what is planned for later is due for it."""
        child = await self.family.bear("worker", off_by=WRONG_BY)
        self.evidence.fault("wrong_clock", pid=child.pid)
        await asyncio.sleep(WRONG_FOR)
        self.family.kill(child, " whose clock was wrong")
        return True

    async def _connected_again(self) -> bool:
        """Somebody connects an account that is connected, for an organization of their own."""
        account = self.scene.dice.choice(self.scene.accounts())
        said = await self.scene.have_done("connect_again", merchant=account)
        self.evidence.fault("connected_again", said=said)
        return not said or said.startswith("ConnectedElsewhere")  # else the database was away: another time

    async def _sleepover(self) -> bool:
        """Every worker is gone for 25 hours while a charge is in doubt: Stripe has forgotten its key by then."""
        self.family.freeze(self.family.of("worker"), on=True)
        if (await self._play.waiting())[3] == 0:
            self.family.freeze(self.family.of("worker"), on=False)
            return False
        wanted, self.family.wanted["worker"] = self.family.wanted["worker"], 0
        for child in self.family.of("worker"):
            self.family.kill(child, " before a long night")
        self.evidence.fault("sleepover")
        await self._play.jump(25)
        self.family.wanted["worker"] = wanted
        await asyncio.sleep(0.5)
        return True

    async def _restore(self) -> bool:
        """A backup is taken, life goes on for some hours, then everybody dies and the backup is put back."""
        at, file = self.evidence.product_time(), str(self.scene.folder / "backup")
        said = await self.scene.have_done("back_up", file=file)
        if said:  # the database was away: another time
            return False
        for _ in range(2):
            await self._play.people()
            await self._play.jump(self._play.until_the_next_stop())
            await self._play.idle(self.scene.options.patience, wholly=True)
        await self.family.pause_births("web", "worker")  # whoever is just being born must be killed, too
        while self.family.children:
            for child in list(self.family.children):
                self.family.kill(child, " before a restore")
            await asyncio.sleep(0.05)
        notices = await asyncio.to_thread(self.scene.database.table, "notices")
        self.scene.database.let_go()
        said = await self.scene.have_done("restore", file=file)
        if said:
            raise RuntimeError(f"the backup could not be put back: {said}")
        self.evidence.restored(at, notices)
        self.evidence.fault("restore")
        self.family.barren = frozenset()
        with self._a_bad_day_only():
            for _ in range(20):  # a day passes in seconds here: so that quarantine does not last for weeks
                await self._play.jump(0.2)
                await self._play.idle(self.scene.options.patience / 2)  # what is due stays so in quarantine
                if not await self._quarantined():
                    break
        return True

    @contextlib.contextmanager
    def _a_bad_day_only(self) -> Iterator[None]:
        """Every case is read again before anything else may happen: in a storm nothing but that would be tested."""
        shares = {dice: dice.share for dice in self.scene.all_dice}
        for dice in shares:
            dice.share = min(dice.share, BAD_DAY)
        yield
        for dice, share in shares.items():
            dice.share = share

    async def _quarantined(self) -> bool:
        try:
            return await asyncio.to_thread(self.scene.database.quarantined)
        except database_errors():
            return True

    async def _database(self) -> bool:
        """PostgreSQL is torn down or throws everybody out; SQLite's disk is full for a while."""
        if self.scene.cluster is None:
            return await self._disk_full()
        if self.scene.dice.random() < 0.5:
            self.evidence.fault(
                "database_cut", connections=await asyncio.to_thread(self.scene.database.cut_connections)
            )
        else:
            self.evidence.fault("database_restart")
            await asyncio.to_thread(self.scene.cluster.restart)
        return True

    async def _disk_full(self) -> bool:
        """No file of a living process may grow beyond what nearly every write would."""
        touched = [child.pid for child in self.family.children]
        with limited(touched):
            self.evidence.fault("disk_full", processes=len(touched))
            await asyncio.sleep(0.8)
        return True

    async def _full_disk(self) -> bool:
        """The disk beneath the database has no room for some hours; customers opt out meanwhile, once."""
        disk, leavers = self.scene.disk, self.scene.leavers
        if disk is None:
            return True  # the report says why
        if not leavers and self._play.steps < MAIL_HAS_COME:
            return False
        await asyncio.to_thread(self.scene.database.write_out)
        await asyncio.to_thread(disk.fill)
        self.evidence.fault("full_disk")
        try:
            await self._play.people()
            await leavers.leave(LEAVERS)
            await self._play.jump(self._play.until_the_next_stop())
            await self._play.idle(self.scene.options.patience)
        finally:
            await asyncio.to_thread(disk.make_room)
        return True

"""The processes of the product in one run: born by a nursery, killed, stopped and replaced by the supervisor."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from chaos.evidence import Evidence
from chaos.midwife import Midwife

DO_NOTHING: Final = "TtZX"  # as the kernel calls the states of a thread: stopped, traced, dead


@dataclass(slots=True)
class Child:
    """A living process."""

    pid: int
    role: str
    midwife: Midwife
    armed: bool = False


@dataclass
class Family:
    """Keeps as many webs and workers alive as wanted, and arms each newborn with every failpoint not yet struck.

    While an upgrade is under way there is one more of each role, of the version `before` this one, and never armed.
    """

    evidence: Evidence
    wanted: dict[str, int]
    failpoints: dict[str, frozenset[str]] = field(default_factory=dict)  # by role: what is to be struck
    children: list[Child] = field(default_factory=list)
    exits: list[str] = field(default_factory=list)
    today: Midwife = field(default_factory=Midwife)
    before: Midwife | None = None
    armed: bool = True
    barren: frozenset[str] = frozenset()  # roles of which nobody is born for the moment

    async def bear(self, role: str, failpoints: Collection[str] = (), **order: Any) -> Child:  # noqa: ANN401 - a line of JSON
        """A new process of this version in this role."""
        words = {"role": role, "failpoints": ",".join(f"{name}=kill" for name in failpoints), **order}
        child = Child(await self.today.bear(words), role, self.today, armed=bool(failpoints))
        if role in self.wanted:
            self.children.append(child)
        return child

    async def _bear_of_before(self, midwife: Midwife, role: str) -> None:
        self.children.append(Child(await midwife.bear({"role": role}), role, midwife))

    async def look_after(self) -> None:
        """Count the dead and replace them."""
        for child in [child for child in self.children if not alive(child.pid)]:
            self._buried(child)
        for role, count in self.wanted.items():
            for _ in range(count - len(self._living(role, self.today))):
                if role not in self.barren:
                    await self.bear(role, self.unstruck(role) if self.armed else ())
            before = self.before  # it may be parted with while somebody is born
            if before and count and role not in self.barren and not self._living(role, before):
                await self._bear_of_before(before, role)

    def _living(self, role: str, midwife: Midwife) -> list[Child]:
        return [child for child in self.of(role) if child.midwife is midwife]

    async def pause_births(self, *roles: str) -> None:
        """Nobody of these roles is born until `barren` is empty again; who was just being born is there afterwards."""
        self.barren = frozenset(roles)
        for midwife in filter(None, (self.today, self.before)):
            await midwife.birth_ends()

    async def part_with_the_version_before(self) -> None:
        """The upgrade is done: its processes are told to end, and nobody of it is born any more."""
        midwife, self.before = self.before, None
        if midwife is None:
            return
        await midwife.birth_ends()
        old = [child for child in self.children if child.midwife is midwife]
        await _told_to_end(old)
        await midwife.end()

    def _buried(self, child: Child) -> None:
        self.children.remove(child)
        if child.pid in self._strikes():
            self.evidence.kill(f"{child.role} at {self._strikes()[child.pid]}", child.pid)

    def _strikes(self) -> dict[int, str]:
        """Which process was struck at which failpoint."""
        log = self.evidence.folder / "failpoints.log"
        lines = [line.split(" ") for line in log.read_text("ascii").splitlines()] if log.exists() else []
        return {int(pid): name for name, _action, pid in lines}

    def struck(self) -> set[str]:
        """The failpoints at which a process was killed."""
        return set(self._strikes().values())

    def unstruck(self, role: str) -> frozenset[str]:
        """The failpoints of this role that nobody has come to yet."""
        return self.failpoints.get(role, frozenset()) - self.struck()

    def of(self, role: str) -> list[Child]:
        return [child for child in self.children if child.role == role]

    def kill(self, child: Child, why: str = "") -> None:
        """SIGKILL: nothing is written, nothing is said."""
        if signalled(child.pid, signal.SIGKILL):
            self.evidence.kill(f"{child.role}{why}", child.pid)

    def freeze(self, children: list[Child], *, on: bool) -> None:
        """Let processes sleep without knowing it, or go on."""
        for child in children:
            signalled(child.pid, signal.SIGSTOP if on else signal.SIGCONT)

    @staticmethod
    async def fall_asleep(children: list[Child]) -> None:
        """Wait until they sleep: on a busy machine who is in the middle of a call may still be in it much later."""
        for _ in range(600):
            await asyncio.sleep(0.003)
            if all(_sleeps(child.pid) for child in children):
                return

    async def rest(self) -> None:
        """Ask everybody to end, and see that nobody is left."""
        self.wanted = {}
        self.freeze(self.children, on=False)
        await _told_to_end(self.children)
        self.exits += [f"{child.role} {child.pid}" for child in self.children if signalled(child.pid, signal.SIGKILL)]
        self.children.clear()

    async def end(self) -> None:
        """The end of everybody, and of the nurseries."""
        await self.rest()
        for midwife in filter(None, (self.today, self.before)):
            await midwife.end()


async def _told_to_end(children: Collection[Child]) -> None:
    """Ask them to end, and wait for it ten seconds at most."""
    for child in children:
        signalled(child.pid, signal.SIGTERM)
    for _ in range(200):
        if not any(alive(child.pid) for child in children):
            break
        await asyncio.sleep(0.05)


def _sleeps(pid: int) -> bool:
    """Whether each thread of the process is stopped, or it is dead; where nobody tells that, it is believed."""
    told = Path(f"/proc/{pid}/task").glob("*/stat")
    with suppress(OSError):  # it dies meanwhile
        return all(stat.read_text("ascii", "replace").rpartition(") ")[2][:1] in DO_NOTHING for stat in told)
    return True


def alive(pid: int) -> bool:
    """Whether the process is still there."""
    return signalled(pid, 0)


def signalled(pid: int, number: int) -> bool:
    """Send a signal; false where nobody is there to get it."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True

"""The processes of the product in one run: born by the nursery, killed, stopped and replaced by the supervisor."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chaos.evidence import Evidence


@dataclass(slots=True)
class Child:
    """A living process."""

    pid: int
    role: str
    armed: bool = False


@dataclass
class Family:
    """Keeps as many webs and workers alive as wanted, and arms each newborn with every failpoint not yet struck."""

    evidence: Evidence
    wanted: dict[str, int]
    failpoints: dict[str, frozenset[str]] = field(default_factory=dict)  # by role: what is to be struck
    children: list[Child] = field(default_factory=list)
    exits: list[str] = field(default_factory=list)
    port: int = 0
    product: str = ""
    _process: asyncio.subprocess.Process | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _reading: asyncio.Task[None] | None = None
    armed: bool = True
    barren: frozenset[str] = frozenset()  # roles of which nobody is born for the moment

    async def start(self, tree: Path, environment: dict[str, str], log: Path) -> None:
        """Start the nursery with the product's code of `tree`."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "chaos.nursery", cwd=tree, env={**environment, "PYTHONPATH": str(tree)},
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        self._reading = asyncio.create_task(self._drain(log))
        hello = await self._hear()
        self.port, self.product = hello["port"], hello["product"]

    async def _drain(self, log: Path) -> None:
        """The children's words go through a pipe, so that a full disk of theirs does not silence them."""
        assert self._process is not None
        assert self._process.stderr is not None
        with log.open("wb") as file:
            while piece := await self._process.stderr.read(65_536):
                file.write(piece)
                file.flush()

    async def _hear(self) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("the nursery has died; its last words are in product.log")
        said: dict[str, Any] = json.loads(line)
        return said

    async def bear(self, role: str, failpoints: Collection[str] = (), **order: Any) -> Child:  # noqa: ANN401 - a line of JSON
        """A new process of this role."""
        assert self._process is not None
        assert self._process.stdin is not None
        async with self._turn:
            words = {"role": role, "failpoints": ",".join(f"{name}=kill" for name in failpoints), **order}
            self._process.stdin.write(json.dumps(words).encode() + b"\n")
            await self._process.stdin.drain()
            pid = (await self._hear())["pid"]
        child = Child(pid, role, armed=bool(failpoints))
        if role in self.wanted:
            self.children.append(child)
        return child

    async def look_after(self) -> None:
        """Count the dead and replace them."""
        for child in [child for child in self.children if not alive(child.pid)]:
            self._buried(child)
        for role, count in self.wanted.items():
            for _ in range(count - sum(child.role == role for child in self.children)):
                if role not in self.barren:
                    await self.bear(role, self.unstruck(role) if self.armed else ())

    async def pause_births(self, *roles: str) -> None:
        """Nobody of these roles is born until `barren` is empty again; who was just being born is there afterwards."""
        self.barren = frozenset(roles)
        async with self._turn:
            pass

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

    async def rest(self) -> None:
        """Ask everybody to end, and see that nobody is left."""
        self.wanted = {}
        self.freeze(self.children, on=False)
        for child in self.children:
            signalled(child.pid, signal.SIGTERM)
        for _ in range(200):
            if not any(alive(child.pid) for child in self.children):
                break
            await asyncio.sleep(0.05)
        self.exits += [f"{child.role} {child.pid}" for child in self.children if signalled(child.pid, signal.SIGKILL)]
        self.children.clear()

    async def end(self) -> None:
        """The end of everybody, and of the nursery."""
        await self.rest()
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            await self._process.wait()
        if self._reading is not None:
            await self._reading


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

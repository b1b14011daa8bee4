"""Speaks with one nursery: what is born there, and what its children say."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any


class Midwife:
    """A nursery with the code of one tree. Raises RuntimeError where it is silent."""

    def __init__(self) -> None:
        self.port = 0  # where its webs listen
        self.product = ""
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._reading: asyncio.Task[None] | None = None

    async def start(self, tree: Path, environment: dict[str, str], log: Path) -> None:
        """Start the nursery with the product's and the harness's code of `tree`."""
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
            raise RuntimeError("a nursery has died; its last words are in its log")
        said: dict[str, Any] = json.loads(line)
        return said

    async def bear(self, order: dict[str, Any]) -> int:
        """A new process as ordered; its pid."""
        assert self._process is not None
        assert self._process.stdin is not None
        async with self._turn:
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            await self._process.stdin.drain()
            return int((await self._hear())["pid"])

    async def birth_ends(self) -> None:
        """Wait until nobody is just being born."""
        async with self._turn:
            pass

    async def end(self) -> None:
        """The end of the nursery and of whoever is left of its children."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            await self._process.wait()
        if self._reading is not None:
            await self._reading

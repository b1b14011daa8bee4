"""An event loop whose time is moved by hand: what waits in it waits for no clock, however slow the machine."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class MovedLoop(asyncio.SelectorEventLoop):
    """Its time stands still until `pass_time`."""

    now = 0.0

    def time(self) -> float:
        return self.now


def run_by_hand(told: Coroutine[Any, Any, Result]) -> Result:
    """As asyncio.run, in a loop whose time stands still."""
    with asyncio.Runner(loop_factory=MovedLoop) as runner:
        return runner.run(told)


async def pass_time(seconds: float) -> None:
    """Let that much time pass in this loop, and do what is due by then."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, MovedLoop)
    loop.now += seconds
    for _ in range(3):  # a timer that is due calls what awaits it in the next round
        await asyncio.sleep(0)


async def pass_time_until(ended: asyncio.Future[Any]) -> None:
    """Let second after second pass until this is over."""
    while not ended.done():
        await pass_time(1)

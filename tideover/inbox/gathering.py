"""Many callers, one trip: what is asked for while a thread is busy goes together on its next turn."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from typing import Generic, TypeVar

MOST_TOGETHER = 256
MOST_WAITING = 4_096

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Full(Exception):  # noqa: N818 - it names the state of the queue
    """So much is waiting that one more would only wait in vain."""


class Gathering(Generic[Item, Answer]):
    """Does `work` for many at once, in one thread of its own and in the order they came.

    `work` takes the items of a turn and returns an answer for each, in order; an exception as an answer is raised where
    that item was added, an exception of the whole turn for each of them. All methods belong to one event loop.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Item]], Sequence[Answer | Exception]],
        *,
        name: str,
        executor: Executor | None = None,
    ) -> None:
        self._work = work
        self._executor = executor or ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._waiting: deque[tuple[Item, asyncio.Future[Answer]]] = deque()
        self._turn: asyncio.Future[Sequence[Answer | Exception]] | None = None
        self._called = False

    def add(self, item: Item) -> asyncio.Future[Answer]:
        """The answer to come. Raises Full when 4,096 wait already."""
        if len(self._waiting) >= MOST_WAITING:
            raise Full
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((item, answer))
        if self._turn is None and not self._called:
            # Not at once: whoever is already at the door in this round of the loop comes along.
            self._called = True
            loop.call_soon(self._go)
        return answer

    def _go(self) -> None:
        self._called = False
        # Who has gone meanwhile is not worked for.
        together = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_TOGETHER))]
        together = [(item, answer) for item, answer in together if not answer.done()]
        if not together:
            return
        items = [item for item, _ in together]
        self._turn = asyncio.get_running_loop().run_in_executor(self._executor, self._work, items)
        self._turn.add_done_callback(partial(self._settle, [answer for _, answer in together]))

    def _settle(
        self, answers: Sequence[asyncio.Future[Answer]], turn: asyncio.Future[Sequence[Answer | Exception]]
    ) -> None:
        self._turn = None
        if self._waiting:
            self._go()
        failed = turn.exception()
        results = [failed] * len(answers) if failed else turn.result()
        for answer, result in zip(answers, results, strict=True):
            if answer.done():
                continue
            if isinstance(result, BaseException):
                answer.set_exception(result)
            else:
                answer.set_result(result)

    async def close(self) -> None:
        """Work for all who still wait, then end the thread."""
        while self._waiting or self._turn is not None:
            await asyncio.sleep(0.001) if self._turn is None else await asyncio.wait([self._turn])
        await asyncio.to_thread(self._executor.shutdown)

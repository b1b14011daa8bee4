"""Many callers, one trip: what is asked for while a thread is busy goes together on its next turn."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from itertools import chain
from typing import Generic, NamedTuple, TypeVar

MOST_TOGETHER = 256
MOST_WAITING = 4_096
ANSWERED_WITHIN_SECONDS = 5.0

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Full(Exception):  # noqa: N818 - it names the state of the queue
    """So much is waiting that one more would only wait in vain."""


class _Asked(NamedTuple, Generic[Item, Answer]):
    item: Item
    answer: asyncio.Future[Answer]
    until: float  # the loop's time at which nobody waits for it any more


class Batcher(Generic[Item, Answer]):
    """Does `work` for many at once, in one thread of its own and in the order they came.

    `work` takes the items of a turn and returns an answer for each, in order; an exception as an answer is raised where
    that item was added, an exception of the whole turn for each of them. Who has no answer after `within` seconds gets
    a TimeoutError, and the work may be done all the same. All methods belong to one event loop.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Item]], Sequence[Answer | Exception]],
        *,
        name: str,
        executor: Executor | None = None,
        within: float = ANSWERED_WITHIN_SECONDS,
    ) -> None:
        self._work = work
        self._executor = executor or ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._within = within
        self._waiting: deque[_Asked[Item, Answer]] = deque()
        self._under_way: list[_Asked[Item, Answer]] = []
        self._turn: asyncio.Future[Sequence[Answer | Exception]] | None = None
        self._called = False
        self._patience: asyncio.TimerHandle | None = None

    def add(self, item: Item) -> asyncio.Future[Answer]:
        """The answer to come. Raises Full when 4,096 wait already."""
        if len(self._waiting) >= MOST_WAITING:
            raise Full
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        until = loop.time() + self._within
        self._waiting.append(_Asked(item, answer, until))
        if self._patience is None:
            self._patience = loop.call_at(until, self._give_up)
        if self._turn is None and not self._called:
            # Not at once: whoever is already here in this round of the loop comes along.
            self._called = True
            loop.call_soon(self._go)
        return answer

    def _go(self) -> None:
        self._called = False
        while self._waiting and len(self._under_way) < MOST_TOGETHER:
            asked = self._waiting.popleft()
            if not asked.answer.done():  # who has gone meanwhile is not worked for
                self._under_way.append(asked)
        if not self._under_way:
            return
        items = [asked.item for asked in self._under_way]
        self._turn = asyncio.get_running_loop().run_in_executor(self._executor, self._work, items)
        self._turn.add_done_callback(self._settle)

    def _settle(self, turn: asyncio.Future[Sequence[Answer | Exception]]) -> None:
        done, self._under_way, self._turn = self._under_way, [], None
        if self._waiting:
            self._go()
        failed = turn.exception()
        results = [failed] * len(done) if failed else turn.result()
        for asked, result in zip(done, results, strict=True):
            if asked.answer.done():
                continue
            if isinstance(result, BaseException):
                asked.answer.set_exception(result)
            else:
                asked.answer.set_result(result)

    def _give_up(self) -> None:
        """One timer for all, as their ends come in the order they came: one for each costs as much as to parse it."""
        loop = asyncio.get_running_loop()
        self._patience = None
        for asked in chain(self._under_way, self._waiting):
            if asked.until > loop.time():
                self._patience = loop.call_at(asked.until, self._give_up)
                return
            if not asked.answer.done():
                asked.answer.set_exception(TimeoutError())

    async def close(self) -> None:
        """Work for all who still wait, then end the thread."""
        while self._waiting or self._turn is not None:
            await asyncio.sleep(0.001) if self._turn is None else await asyncio.wait([self._turn])
        await asyncio.to_thread(self._executor.shutdown)

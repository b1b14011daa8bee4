"""Batcher: who comes while the thread is busy goes together, in order, and each gets an answer of their own."""

import asyncio
import threading

import pytest

from tests.moved_time import pass_time, run_by_hand
from tideover.inbox import batching
from tideover.inbox.batching import Batcher, Full


def test_what_comes_together_is_done_together_and_in_order():
    turns = []

    def double(items):
        turns.append(list(items))
        return [2 * item for item in items]

    async def ask():
        together = Batcher(double, name="test")
        answers = await asyncio.gather(*(together.add(n) for n in range(600)))
        await together.close()
        return answers

    assert asyncio.run(ask()) == [2 * n for n in range(600)]
    assert [item for turn in turns for item in turn] == list(range(600))
    assert [len(turn) for turn in turns] == [256, 256, 88]


def test_who_comes_while_the_thread_is_busy_shares_the_next_turn():
    turns, begun, free = [], threading.Event(), threading.Event()

    def slow(items):
        turns.append(list(items))
        begun.set()
        free.wait(60)  # only a test that failed waits so long
        return items

    async def ask():
        together = Batcher(slow, name="test")
        first = together.add(0)
        await asyncio.to_thread(begun.wait)
        rest = [together.add(n) for n in (1, 2, 3)]
        free.set()
        await asyncio.gather(first, *rest)
        await together.close()

    asyncio.run(ask())
    assert turns == [[0], [1, 2, 3]]


def test_a_turn_that_fails_fails_for_each_and_the_next_goes_on():
    def odd(items):
        if 1 in items:
            raise ValueError("no ones")
        return items

    async def ask():
        together = Batcher(odd, name="test")
        failed = await asyncio.gather(*(together.add(n) for n in (0, 1)), return_exceptions=True)
        fine = await together.add(2)
        await together.close()
        return failed, fine

    failed, fine = asyncio.run(ask())
    assert [str(failure) for failure in failed] == ["no ones", "no ones"]
    assert fine == 2


def test_an_answer_may_be_a_failure_of_one():
    async def ask():
        together = Batcher(lambda items: [KeyError(n) if n == 1 else n for n in items], name="test")
        answers = await asyncio.gather(*(together.add(n) for n in (0, 1, 2)), return_exceptions=True)
        await together.close()
        return answers

    zero, one, two = asyncio.run(ask())
    assert (zero, two) == (0, 2)
    assert isinstance(one, KeyError)


def test_the_queue_has_an_end(monkeypatch):
    monkeypatch.setattr(batching, "MOST_WAITING", 5)

    async def ask():
        together = Batcher(list, name="test")
        waiting = [together.add(n) for n in range(5)]
        with pytest.raises(Full):
            together.add(5)
        assert await asyncio.gather(*waiting) == [0, 1, 2, 3, 4]
        assert await together.add(6) == 6
        await together.close()

    asyncio.run(ask())


def test_who_has_gone_is_not_worked_for():
    done = []

    async def ask():
        together = Batcher(lambda items: done.extend(items) or items, name="test")
        together.add(1).cancel()
        assert await together.add(2) == 2
        await together.close()

    asyncio.run(ask())
    assert done == [2]


def test_nobody_waits_longer_than_they_are_asked_to_and_work_that_comes_late_is_done_all_the_same():
    done, free = [], threading.Event()

    def hang(items):
        free.wait(60)
        done.extend(items)
        return items

    async def ask():
        together = Batcher(hang, name="test", within=5)
        first = together.add(1)
        await pass_time(3)
        crowd = [together.add(2) for _ in range(2 * batching.MOST_TOGETHER)]
        await pass_time(2)
        assert isinstance(first.exception(), TimeoutError)
        assert not any(answer.done() for answer in crowd)  # their own time is not over yet
        await pass_time(3)
        assert {type(answer.exception()) for answer in crowd} == {TimeoutError}
        last = together.add(3)
        free.set()
        answer = await last
        await together.close()
        return answer

    assert run_by_hand(ask()) == 3
    assert done == [1, 3]  # the crowd had gone before its turn


def test_closing_first_does_what_is_waiting():
    done = []

    async def ask():
        together = Batcher(lambda items: done.extend(items) or items, name="test")
        answers = [together.add(n) for n in range(300)]
        await together.close()
        assert [answer.result() for answer in answers] == list(range(300))

    asyncio.run(ask())
    assert len(done) == 300

"""The clock, what is planned on it, and billing periods."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from tideover.simulator.clock.clock import Clock
from tideover.simulator.clock.periods import end_of, step
from tideover.simulator.clock.timeline import Timeline

DAY = 86400


def test_a_simulated_clock_stands_still_and_never_runs_backwards():
    clock = Clock(100)
    clock.move(50)
    assert clock.now() == 100
    clock.move(150)
    assert clock.now() == 150


def test_a_wall_clock_that_was_moved_ahead_runs_on_from_there():
    machine = [70]
    clock = Clock(1_000, "wall", lambda: machine[0])
    assert clock.now() == 1_000
    machine[0] += 5
    assert clock.now() == 1_005
    clock.move(5_000)
    assert clock.now() == 5_000
    machine[0] += 2
    assert clock.now() == 5_002


@given(st.lists(st.integers(0, 20)))
def test_acts_happen_in_time_order_and_at_one_instant_as_they_were_planned(times: list[int]):
    timeline = Timeline()
    done: list[tuple[int, int]] = []
    for place, at in enumerate(times):
        timeline.at(at, partial(done.append, (at, place)))
    while entry := timeline.pop_due(100):
        entry.act()
    assert done == sorted(done)
    assert len(done) == len(times)


def test_a_dropped_act_does_not_happen_and_a_named_one_replaces_its_forerunner():
    timeline = Timeline()
    done: list[str] = []
    timeline.drop(timeline.at(1, lambda: done.append("dropped")))
    timeline.plan("retry", 2, lambda: done.append("old"))
    timeline.plan("retry", 3, lambda: done.append("new"))
    assert timeline.next_at() == 3
    while entry := timeline.pop_due(9):
        entry.act()
    assert done == ["new"]
    timeline.cancel("retry")
    assert timeline.next_at() is None


@given(st.sampled_from(["day", "week", "month", "year"]), st.integers(1, 3), st.integers(0, 2**31), st.integers(0, 40))
def test_periods_follow_each_other_without_gap(interval: str, count: int, anchor: int, passed: int):
    start = step(anchor, interval, count, passed)
    end = end_of(anchor, interval, count, start)
    assert end == step(anchor, interval, count, passed + 1)
    assert end > start
    assert end_of(anchor, interval, count, end - 1) == end


def test_the_31st_comes_back_after_a_short_month():
    anchor = int(datetime(2027, 1, 31, 9, tzinfo=UTC).timestamp())
    days = [datetime.fromtimestamp(step(anchor, "month", 1, n), UTC).strftime("%m-%d %H") for n in range(4)]
    assert days == ["01-31 09", "02-28 09", "03-31 09", "04-30 09"]


def test_a_leap_day_renews_on_the_28th():
    anchor = int(datetime(2028, 2, 29, tzinfo=UTC).timestamp())
    assert datetime.fromtimestamp(step(anchor, "year", 1, 1), UTC).strftime("%Y-%m-%d") == "2029-02-28"

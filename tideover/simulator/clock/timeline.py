"""What is going to happen: acts on a heap, in time order and, at the same instant, in the order they were planned."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass

Act = Callable[[], object]


@dataclass(slots=True, eq=False)
class Entry:
    """One act at one instant. `label` says what it is, for people who look at the timeline."""

    at: int
    act: Act
    label: str = ""
    dropped: bool = False
    over: bool = False


class Timeline:
    """Acts still to come. An act is a function without arguments; one that returns an awaitable is awaited."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Entry]] = []
        self._planned = 0
        self._named: dict[str, Entry] = {}
        self._visits: list[tuple[int, int, Entry]] = []

    def at(self, when: int, act: Act, label: str = "", *, visit: bool = False) -> Entry:
        """Plan `act` for the unix second `when`. An instant already past happens at the next opportunity.

        visit: a person looks at the app then, so whoever moves time may want to stop there.
        """
        entry = Entry(when, act, label)
        self._planned += 1
        heapq.heappush(self._heap, (when, self._planned, entry))
        if visit:
            heapq.heappush(self._visits, (when, self._planned, entry))
        return entry

    def plan(self, name: str, when: int, act: Act) -> Entry:
        """Plan an act that has a name; it replaces the act planned under that name before."""
        self.cancel(name)
        entry = self._named[name] = self.at(when, act, name)
        return entry

    def cancel(self, name: str) -> None:
        """Forget the act planned under that name, if any."""
        self.drop(self._named.pop(name, None))

    def drop(self, entry: Entry | None) -> None:
        """Forget a planned act; harmless when it has already happened or was never planned."""
        if entry is not None:
            entry.dropped = True

    def next_at(self) -> int | None:
        """The instant of the next act, or None when nothing is planned."""
        self._skip_dropped()
        return self._heap[0][0] if self._heap else None

    def next_visit_at(self) -> int | None:
        """The instant at which the next person looks at the app, or None."""
        while self._visits and (self._visits[0][2].dropped or self._visits[0][2].over):
            heapq.heappop(self._visits)
        return self._visits[0][0] if self._visits else None

    def pop_due(self, now: int) -> Entry | None:
        """Take the next act whose instant has come, or None."""
        self._skip_dropped()
        if self._heap and self._heap[0][0] <= now:
            entry = heapq.heappop(self._heap)[2]
            entry.over = True
            if self._named.get(entry.label) is entry:
                del self._named[entry.label]
            return entry
        return None

    def _skip_dropped(self) -> None:
        while self._heap and self._heap[0][2].dropped:
            heapq.heappop(self._heap)

"""Which fault comes next: drawn from the run's seed by the count of requests, never by the clock."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from random import Random

LONGEST_STREAK = 2  # an outage without end proves nothing but that nothing works without Stripe


class Dice:
    """Draws faults for one proxy. `share` is how many of a hundred requests meet one.

    The kinds come from a shuffled deck with as many cards of each as its weight, so that none stays away by chance.
    """

    def __init__(self, seed: str, share: int, weights: Mapping[str, int]) -> None:
        self._random = Random(seed)
        self.share, self._kinds = share, [kind for kind, weight in weights.items() for _ in range(weight)]
        self._deck: deque[str] = deque()
        self._streak: Counter[str] = Counter()
        self.calm = False

    def draw(self, about: str, share: int | None = None) -> str:
        """The fault for a request about `about`, or "" for none; never more than two in a row about one thing."""
        unlucky = self._random.randrange(100) < (self.share if share is None else share)
        if self.calm or not unlucky or self._streak[about] >= LONGEST_STREAK:
            self._streak[about] = 0
            return ""
        self._streak[about] += 1
        if not self._deck:
            self._deck.extend(self._random.sample(self._kinds, len(self._kinds)))
        return self._deck.popleft()

    def give_back(self, kind: str) -> None:
        """A fault that was drawn and befell nobody, as another was faster: it is the next one."""
        self._deck.appendleft(kind)

    def between(self, low: float, high: float) -> float:
        """A number of seconds."""
        return self._random.uniform(low, high)

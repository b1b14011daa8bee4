"""A worker for real time: many hands, because most of the work is waiting for Stripe and for mail servers.

One thread shares out the actions, one reads the news, one keeps the timetable; the hands do what they are handed. No
account has more than a few hands at a time, so that one whose calls hang takes nobody else's.
"""

from __future__ import annotations

import gc
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, close_old_connections, connections

from tideover.recovery import claims
from tideover.recovery.effects import Effects
from tideover.recovery.models import Action
from tideover.recovery.perform import Verdict, attempt, settle_verdicts
from tideover.recovery.reconcile import settle_doubt
from tideover.worker.news import handle_stored
from tideover.worker.timetable import Job, run_due

log = structlog.get_logger(__name__)
HANDS = 16
HANDS_PER_LANE = 4
READERS = 8
PAUSE_SECONDS = 0.5
AWAY_SECONDS = 5.0

Do = Callable[[Action], Verdict | None]


@dataclass
class Crew:
    """The hands of one process and what each is doing. Only the thread that calls `round` touches it."""

    effects: Effects
    now: Callable[[], datetime]
    hands: int = HANDS
    per_lane: int = HANDS_PER_LANE
    under_way: dict[Future[Verdict | None], UUID] = field(default_factory=dict)
    freed: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._pool = ThreadPoolExecutor(self.hands, thread_name_prefix="hand")

    def round(self) -> int:
        """Settle what came to nothing, then give every free hand something to do; returns how much was begun."""
        self.freed.clear()
        self._collect()
        free = self.hands - len(self.under_way)
        if free == 0:
            return 0
        doubts = claims.overdue(self.now(), limit=max(1, free // 2))
        self._hand_out(doubts, lambda action: settle_doubt(action, self.effects, self.now()))
        due = claims.claim_due(
            self.now(),
            limit=free - len(doubts),
            most_per_lane=self.per_lane,
            under_way=Counter(self.under_way.values()),
        )
        self._hand_out(due, lambda action: attempt(action, self.effects, self.now()))
        return len(doubts) + len(due)

    def finish(self) -> None:
        """Wait until every hand is empty, and settle what is left."""
        self._pool.shutdown(wait=True)
        self._collect()

    def _hand_out(self, actions: Sequence[Action], do: Do) -> None:
        for action in actions:
            future = self._pool.submit(_safely, do, action)
            self.under_way[future] = action.connection_id
            future.add_done_callback(lambda _: self.freed.set())

    def _collect(self) -> None:
        done = [future for future in self.under_way if future.done()]
        for future in done:
            del self.under_way[future]
        settle_verdicts([future.result() for future in done], self.now())


def _safely(do: Do, action: Action) -> Verdict | None:
    """One hand's work. What nobody foresaw leaves the action claimed: its lease ends, and its tries are counted."""
    close_old_connections()
    try:
        return do(action)
    except Exception:  # the edge of a thread: the others go on, and the log says what happened
        log.exception("action.broke", action=str(action.pk), step=action.step)
        return None


def _at_any_time() -> bool:
    return True


def work(
    effects: Effects,
    now: Callable[[], datetime],
    stop: threading.Event,
    jobs: Sequence[Job] = (),
    may_work: Callable[[], bool] = _at_any_time,
) -> None:
    """Work until `stop` is set, then finish what is under way. A database that is away is waited for.

    may_work: asked before each round of each thread; while it says no, nothing new is begun.
    """
    calm_memory()
    with ThreadPoolExecutor(READERS, thread_name_prefix="reader") as readers:
        read = partial(handle_stored, effects.stripe_for, side_by_side=readers.map)
        news = _thread("news", lambda: read(now()) if may_work() else 0, stop)
        timetables = [_timetable(hand, jobs, now, stop, may_work) for hand in sorted({job.hand for job in jobs})]
        crew = Crew(effects, now)
        _again_and_again(lambda: crew.round() if may_work() else 0, stop, crew.freed)
        crew.finish()
        news.join()
        for timetable in timetables:
            timetable.join()


def _timetable(
    hand: str, jobs: Sequence[Job], now: Callable[[], datetime], stop: threading.Event, may_work: Callable[[], bool]
) -> threading.Thread:
    """What is of this hand, in a thread of its own: a round that takes minutes holds up no other."""
    mine = [job for job in jobs if job.hand == hand]
    return _thread(hand, lambda: run_due(mine, now) if may_work() else 0, stop)


def calm_memory() -> None:
    """Let the garbage collector pass over what was loaded at the start, and look less often: up to a fifth of all."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _thread(name: str, once: Callable[[], int], stop: threading.Event) -> threading.Thread:
    def run() -> None:
        _again_and_again(once, stop)
        connections.close_all()

    thread = threading.Thread(target=run, name=name)
    thread.start()
    return thread


def _again_and_again(once: Callable[[], int], stop: threading.Event, sooner: threading.Event | None = None) -> None:
    """`once` after `once`, with a pause after one that found nothing; `sooner` ends the pause."""
    while not stop.is_set():
        close_old_connections()
        try:
            found = once()
        except (InterfaceError, OperationalError) as away:
            log.warning("worker.database_away", reason=str(away)[:200])
            stop.wait(AWAY_SECONDS)
            continue
        except Exception:  # what nobody foresaw must not end the thread: it is told, and the next round is another one
            log.exception("worker.broke")
            found = 0
        if found == 0:
            (sooner or stop).wait(PAUSE_SECONDS)

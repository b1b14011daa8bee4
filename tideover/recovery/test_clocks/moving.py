"""Test clocks are advanced, by whoever asks for a case's next step, and followed until they have arrived.

Stripe moves one by at most two billing intervals at once and takes its time. Nothing on it is done meanwhile; what has
come due then is claimed like everything else.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db.models import Count, Q

from tideover.clock import now as by_the_wall
from tideover.core.timing import spoken_time
from tideover.flow.alone import alone
from tideover.flow.stripe import never
from tideover.gateways.answers import ClockRead, Garbled, LockedOut, NotHere, NotNow, NotPossible, Unknown
from tideover.gateways.stripe import Stripe
from tideover.recovery.hearing import clock_is_gone
from tideover.recovery.models import Action, Case, Clock
from tideover.recovery.places import zone
from tideover.recovery.test_clocks.keeping import keep
from tideover.tenants import audit
from tideover.tenants.models import Connection

State = Clock.State
StripeFor = Callable[[Connection], Stripe]
SECOND: Final = timedelta(seconds=1)
# Two intervals of the shortest that Stripe bills by: so far every clock may be advanced.
ALWAYS_ALLOWED: Final = timedelta(days=2)

log = structlog.get_logger("recovery")


@dataclass(frozen=True, slots=True)
class Advance:
    """A clock that is on its way now. whole: to the step itself, and not only as far toward it as Stripe allows."""

    clock: Clock
    to: datetime
    step: Action
    whole: bool


@dataclass(frozen=True, slots=True)
class NoAdvance:
    """Why it was not advanced, in words for the person who asked."""

    why: str


def take_clock(connection: Connection, told: ClockRead, now: datetime) -> bool:
    """Keep what is told of a clock; whether any case lives by it. With one that is gone its cases are over."""
    if not Clock.objects.filter(connection=connection, clock_id=told.id).exists():
        return False
    clock = keep(connection, told)
    if clock is not None and clock.state == State.DELETED:
        clock_is_gone(clock, now)
    return True


# ── what comes next on it ──


def next_on(clock: Clock) -> Action | None:
    """The next step of any case that lives by it: farther it is not advanced, or that one would come late."""
    planned = Action.objects.filter(clock=clock, state=Action.State.PLANNED).select_related("case")
    return planned.order_by("due_at", "id").first()


ADD_IT: Final = "Add the permission for test clocks to this key at Stripe."
NO_CLOCK: Final = "Its customer hangs on no test clock: the case goes by the time of the world."
DUE: Final = "A step is due already, and is done first."
WHY_NOT: Final = {
    State.ADVANCING: "The test clock is on its way already. Wait until it has arrived.",
    State.FAILED: "Stripe failed to advance this test clock and never will again: make a new one there.",
    State.DELETED: "This test clock was deleted at Stripe, and its customers with it.",
}


def why_it_stands(clock: Clock) -> str:
    """Why nothing of it can be advanced any more, or at this moment; empty where it can."""
    if clock.state == State.CLOSED:
        return f"Stripe does not let us read the test clock: {clock.trouble.rstrip('.')}. {ADD_IT}"
    return WHY_NOT.get(State(clock.state), "")


def why_no_advance(clock: Clock, step: Action | None) -> str:
    """Why a clock cannot be advanced to this next step, as far as our rows tell; empty where it can."""
    if why := why_it_stands(clock):
        return why
    if not clock.connection.may_write:
        return "This account is connected in observe mode: Tideover changes nothing at Stripe, and no clock either."
    if step is None:
        return "Nothing is planned on this test clock."
    if step.due_at <= clock.shows or Action.objects.filter(clock=clock, state=Action.State.CLAIMED).exists():
        return DUE
    return ""


# ── advanced ──


def advance(case: Case, stripe: Stripe, *, by: str, now: datetime) -> Advance | NoAdvance:
    """Ask Stripe to advance the case's clock to the next step on it. It has arrived when it is read as ready."""
    clock = case.clock
    if clock is None:
        return NoAdvance(NO_CLOCK)
    refused = _read_again(clock, stripe, now)
    clock.refresh_from_db()
    step = next_on(clock)
    why = refused or why_no_advance(clock, step)
    if why or step is None:
        return NoAdvance(why)
    target = _whole_second(step.due_at)
    if not _begun(clock, target, by):
        return NoAdvance(WHY_NOT[State.ADVANCING])
    reached = _asked(clock, target, stripe)
    if isinstance(reached, NoAdvance):
        return reached
    deed = audit.Deed(by, "advanced a test clock", after={"clock": clock.clock_id, "to": reached.isoformat()})
    audit.write(case.organization_id, replace(deed, about=case.public_id), now)
    clock.refresh_from_db()
    return Advance(clock, reached, step, whole=reached == target)


def _whole_second(at: datetime) -> datetime:
    return at if not at.microsecond else at.replace(microsecond=0) + SECOND


def _read_again(clock: Clock, stripe: Stripe, now: datetime) -> str:
    """Somebody may have moved it at Stripe. Why it could not be read; empty where it could, or our row tells it."""
    try:
        _read(clock, stripe, now)
    except NotNow as silent:
        return f"Nothing was done: {silent.why}. Try again in a moment."
    return ""


def _read(clock: Clock, stripe: Stripe, now: datetime) -> None:
    """Take in what it is like now, also that our key may not know. Raises NotNow."""
    try:
        take_clock(clock.connection, stripe.read_clock(clock.clock_id), now)
    except LockedOut as closed:
        mine = Clock.objects.filter(pk=clock.pk).exclude(state=State.DELETED)
        mine.update(state=State.CLOSED, target=None, trouble=str(closed)[:300])


def _closed(closed: LockedOut) -> str:
    return f"Stripe does not let us: {str(closed).rstrip('.')}. {ADD_IT}"


def _begun(clock: Clock, target: datetime, by: str) -> bool:
    """That it is asked to go there is a row before it is a call. False where somebody else was faster."""
    still = Clock.objects.filter(pk=clock.pk, state=State.READY, shows=clock.shows)
    asked = {"asked_at": by_the_wall(), "asked_by": by[:254], "trouble": ""}
    return bool(still.update(state=State.ADVANCING, target=target, **asked))


def _asked(clock: Clock, target: datetime, stripe: Stripe) -> datetime | NoAdvance:
    """Where it is on its way to now, or why not. What Stripe calls too far is tried as far as it always goes."""
    try:
        return _call(clock, target, stripe)
    except NotPossible as too_far:
        nearer = clock.shows + ALWAYS_ALLOWED
        if nearer < target:
            try:
                return _call(clock, nearer, stripe)
            except (NotNow, NotHere) as refused:
                return _not_begun(clock, refused)
        return _not_begun(clock, too_far)
    except (NotNow, NotHere) as refused:
        return _not_begun(clock, refused)


def _call(clock: Clock, to: datetime, stripe: Stripe) -> datetime:
    Clock.objects.filter(pk=clock.pk, state=State.ADVANCING).update(target=to)
    key = f"clock_{clock.pk}_{clock.shows:%Y%m%d%H%M%S}_{to:%Y%m%d%H%M%S}"
    try:
        keep(clock.connection, stripe.advance_clock(clock.clock_id, to, key=key))
    except Unknown:  # whoever follows it sees what became of it
        return to
    return to


def _not_begun(clock: Clock, refused: NotNow | NotHere) -> NoAdvance:
    """It stands where it stood."""
    if isinstance(refused, LockedOut):
        why = _closed(refused)
    elif isinstance(refused, NotNow):
        why = f"Nothing was done: {refused.why}. Try again in a moment."
    else:
        why = f"Stripe did not advance it: {str(refused).rstrip('.')}."
    mine = Clock.objects.filter(pk=clock.pk, state=State.ADVANCING)
    mine.update(state=State.READY, target=None, trouble=why[:300])
    return NoAdvance(why)


# ── followed ──


def on_their_way() -> bool:
    """Whether any clock is."""
    return Clock.objects.filter(state=State.ADVANCING).exists()


def follow(stripe_for: StripeFor, now: datetime, ended: Callable[[], bool] = never) -> int:
    """Read every clock that is on its way; how many have arrived. One account's trouble holds up no other."""
    arrived = 0
    if not on_their_way():  # almost never is there one, and this is asked all the time
        return arrived
    moving = Clock.objects.filter(state=State.ADVANCING, connection__state=Connection.State.ACTIVE)
    for clock in moving.select_related("connection__organization", "connection__project").order_by("read_at", "pk"):
        if ended():
            break
        with alone("clock.not_followed", clock=str(clock.pk)):
            arrived += has_stopped(clock, stripe_for(clock.connection), now)
    return arrived


def has_stopped(clock: Clock, stripe: Stripe, now: datetime) -> bool:
    """Look at Stripe whether it has arrived, or will never."""
    with suppress(NotNow):
        _read(clock, stripe, now)
    clock.refresh_from_db(fields=["state"])
    return clock.state != State.ADVANCING


def look_at_all(connection: Connection, stripe: Stripe, now: datetime) -> int:
    """Read the clocks that open cases of the account live by: somebody may have moved one at Stripe. How many moved.

    Raises Busy or Unreachable as Stripe does; of one that cannot be read the log tells, and the others are looked at.
    """
    open_cases = Q(cases__state=Case.State.FAILING) | Q(state=State.ADVANCING)
    moved = 0
    for clock in Clock.objects.filter(open_cases, connection=connection).exclude(state=State.DELETED).distinct():
        try:
            _read(clock, stripe, now)
        except Garbled as odd:
            log.warning("clock.passed_over", clock=clock.clock_id, reason=str(odd))
        moved += Clock.objects.filter(pk=clock.pk).exclude(shows=clock.shows).exists()
    return moved


# ── told ──


@dataclass(frozen=True, slots=True)
class OnClock:
    """A clock with what comes next on it. why_not: why it cannot be advanced there; empty where it can."""

    clock: Clock
    next: Action | None
    open_cases: int
    why_not: str

    @property
    def waits(self) -> bool:
        """Whether that ends by itself: it is on its way, or what came due is being done."""
        return self.clock.state == State.ADVANCING or self.why_not == DUE


def all_kept() -> list[OnClock]:
    """Every clock that is not gone, of whomever, those that cases live by first."""
    alive = Clock.objects.exclude(state=State.DELETED).select_related("connection__organization")
    counted = alive.annotate(open_cases=Count("cases", filter=Q(cases__state=Case.State.FAILING)))
    return [_with_its_next(clock, clock.open_cases) for clock in counted.order_by("-open_cases", "clock_id")]


def lived_by(case: Case) -> OnClock | None:
    """The one that a case lives by; None where it goes by the wall."""
    if case.clock is None:
        return None
    case.clock.connection = case.connection
    return _with_its_next(case.clock, case.clock.cases.filter(state=Case.State.FAILING).count())


def _with_its_next(clock: Clock, open_cases: int) -> OnClock:
    step = next_on(clock)
    return OnClock(clock, step, open_cases, why_no_advance(clock, step))


def told_of(advance: Advance) -> str:
    """In a sentence."""
    there = spoken_time(advance.to, zone(advance.step.case.time_zone))
    if advance.whole:
        return f"The test clock is on its way to {there}. What is due then is done when it has arrived."
    return f"The test clock is on its way to {there}: Stripe moves it no farther at once. Then advance it again."

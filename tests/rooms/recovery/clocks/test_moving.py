"""A test clock is advanced to the next step on it, followed until it has arrived, and whatever is wrong is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.factories import hang, make_action, make_case, make_clock
from tests.fakes import NOW, effects
from tests.rooms.recovery.clocks.conftest import DAY, THEN, Rehearsal, clock
from tideover.gateways.answers import (
    Busy,
    Garbled,
    LockedOut,
    NotHere,
    NotNow,
    NotPossible,
    Unknown,
    Unreachable,
)
from tideover.recovery.models import Action, Case, Clock
from tideover.recovery.test_clocks.keeping import JUST_ASKED
from tideover.recovery.test_clocks.moving import (
    Advance,
    NoAdvance,
    advance,
    follow,
    look_at_all,
    next_on,
    on_their_way,
    told_of,
)
from tideover.tenants.models import AuditEntry, Connection
from tideover.worker.loop import run_once

pytestmark = pytest.mark.django_db
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


def press(rehearsal: Rehearsal) -> Advance | NoAdvance:
    return advance(Case.objects.get(), rehearsal.world.stripe, by="alice", now=rehearsal.world.now)


def pressed(rehearsal: Rehearsal) -> Advance:
    answer = press(rehearsal)
    assert isinstance(answer, Advance), answer
    return answer


def refused(rehearsal: Rehearsal) -> str:
    answer = press(rehearsal)
    assert isinstance(answer, NoAdvance)
    return answer.why


def arrives(rehearsal: Rehearsal) -> None:
    there = rehearsal.at_stripe
    assert there.target is not None
    rehearsal.world.stripe.test_clock = replace(there, status="ready", shows=there.target, target=None)
    # What a reading says that does not know of an advance was begun before; a while later it is believed.
    rehearsal.passes(JUST_ASKED)


def at_stripe(rehearsal: Rehearsal) -> list[str]:
    return [what for what, _ in rehearsal.world.stripe.writes if what.startswith("advance")]


# ── asked for ──


def test_it_is_advanced_to_the_next_step_and_what_is_due_then_is_done_when_it_has_arrived(waiting):
    step = waiting.next()
    asked = pressed(waiting)
    assert (asked.to, asked.step, asked.whole) == (step.due_at, step, True)
    assert (clock().state, clock().target, clock().asked_by) == ("advancing", step.due_at, "alice")
    waiting.works()
    step.refresh_from_db()
    assert (step.state, on_their_way()) == ("planned", True)
    arrives(waiting)
    step.refresh_from_db()
    assert (step.state, clock().state, clock().shows, on_their_way()) == ("done", "ready", step.due_at, False)


def test_a_step_between_two_seconds_has_come_when_the_clock_has_arrived(waiting):
    """Stripe's clocks know whole seconds only."""
    step = waiting.next()
    Action.objects.filter(pk=step.pk).update(due_at=step.due_at + timedelta(milliseconds=300))
    assert pressed(waiting).to == step.due_at + SECOND
    arrives(waiting)
    step.refresh_from_db()
    assert step.state == "done"


def test_it_is_said_who_advanced_it_and_where_to(waiting):
    to = pressed(waiting).to
    entry = AuditEntry.objects.get(what="advanced a test clock")
    assert (entry.who, entry.after) == ("alice", {"clock": "clock_1", "to": to.isoformat()})


def test_while_it_is_on_its_way_a_second_press_is_refused_in_words(waiting):
    pressed(waiting)
    assert refused(waiting) == "The test clock is on its way already. Wait until it has arrived."
    assert len(at_stripe(waiting)) == 1


def test_of_two_who_press_at_once_one_is_heard(waiting):
    """The second one looked before the first one had written down that it goes."""
    first = iter([True])

    def second(_to: datetime) -> None:
        if next(first, False):
            assert refused(waiting).startswith("The test clock is on its way already.")

    waiting.world.stripe.before_advancing = second
    pressed(waiting)
    assert len(at_stripe(waiting)) == 1


def test_a_step_that_is_due_is_done_before_the_clock_goes_on(rehearsal):
    rehearsal.fails()
    rehearsal.works()
    Clock.objects.update(shows=rehearsal.next().due_at)
    assert refused(rehearsal) == "A step is due already, and is done first."
    assert at_stripe(rehearsal) == []


def test_two_customers_on_one_clock_stop_at_the_earlier_step(waiting):
    step = waiting.next()
    other = make_case(waiting.world.connection, customer_id="cus_2", clock=clock())
    theirs = make_action(other, clock=clock(), due_at=step.due_at - MINUTE)
    assert next_on(clock()) == theirs
    case = Case.objects.exclude(pk=other.pk).get()
    asked = advance(case, waiting.world.stripe, by="alice", now=waiting.world.now)
    assert isinstance(asked, Advance)
    assert (asked.to, asked.step.case_id) == (theirs.due_at, other.pk)


def test_somebody_moved_it_at_stripe_and_that_counts(waiting):
    step = waiting.next()
    waiting.world.stripe.test_clock = replace(waiting.at_stripe, shows=step.due_at + DAY)
    assert refused(waiting) == "A step is due already, and is done first."
    assert clock().shows == step.due_at + DAY


# ── too far ──


def too_far(rehearsal: Rehearsal, most: timedelta) -> None:
    def refuse(to: datetime) -> None:
        if to > clock().shows + most:
            raise NotPossible("Advancement is limited to two intervals of its shortest subscription")

    rehearsal.world.stripe.before_advancing = refuse


def test_what_stripe_calls_too_far_it_is_advanced_toward_as_far_as_it_always_goes(waiting):
    step = waiting.next()
    Action.objects.filter(state="planned").update(due_at=THEN + 40 * DAY)
    too_far(waiting, 31 * DAY)
    asked = pressed(waiting)
    assert (asked.to, asked.whole, clock().target) == (waiting.shows + 2 * DAY, False, waiting.shows + 2 * DAY)
    assert told_of(asked).endswith("Stripe moves it no farther at once. Then advance it again.")
    arrives(waiting)
    step.refresh_from_db()
    assert step.state == "planned"
    assert pressed(waiting).to == THEN + 4 * DAY


def test_what_stripe_will_not_do_at_all_is_said_and_the_clock_stands_where_it_stood(waiting):
    too_far(waiting, timedelta(0))
    assert refused(waiting).startswith("Stripe did not advance it: Advancement is limited")
    assert (clock().state, clock().target) == ("ready", None)


# ── not possible ──


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (LockedOut("Having 'rak_billing_clock_write' would allow this"), "Stripe does not let us: Having"),
        (Busy("Stripe is busy"), "Nothing was done: Stripe is busy. Try again in a moment."),
        (NotHere("Only in test mode"), "Stripe did not advance it: Only in test mode."),
    ],
    ids=["a key without the permission", "busy", "live mode"],
)
def test_a_refusal_is_said_and_the_clock_stands_where_it_stood(waiting, refusal, said):
    def refuse(_to: datetime) -> None:
        raise refusal

    waiting.world.stripe.before_advancing = refuse
    assert refused(waiting).startswith(said)
    assert (clock().state, clock().target) == ("ready", None)
    waiting.world.stripe.before_advancing = lambda _: None
    pressed(waiting)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("internal_failure", "Stripe failed to advance this test clock and never will again: make a new one there."),
        ("deleted", "This test clock was deleted at Stripe, and its customers with it."),
        ("advancing", "The test clock is on its way already. Wait until it has arrived."),
        ("of another kind", "Stripe does not let us read the test clock: Stripe says that it is of another kind."),
    ],
)
def test_what_became_of_it_at_stripe_meanwhile_is_said(waiting, state, said):
    waiting.world.stripe.test_clock = replace(waiting.at_stripe, status=state)
    assert refused(waiting).startswith(said)
    assert at_stripe(waiting) == []


def test_a_clock_that_our_key_may_not_read_is_not_advanced_and_it_is_said_which_permission_is_missing(waiting):
    def refuse(_clock_id):
        raise LockedOut("Having the 'rak_billing_clock_read' permission would allow this request")

    waiting.world.stripe.read_clock = refuse
    said = refused(waiting)
    assert "rak_billing_clock_read" in said
    assert said.endswith("Add the permission for test clocks to this key at Stripe.")
    assert Connection.objects.get().state == "active", "it is no dead key"


def test_where_stripe_is_silent_nothing_is_done(waiting):
    waiting.world.stripe.silent = True
    assert refused(waiting) == "Nothing was done: Stripe did not answer: no route. Try again in a moment."
    assert clock().state == "ready"


def test_an_account_that_is_observed_has_its_clock_left_alone(waiting):
    Connection.objects.update(mode="observe")
    assert refused(waiting).startswith("This account is connected in observe mode")
    assert at_stripe(waiting) == []


def test_where_nothing_is_planned_there_is_nowhere_to_go(waiting):
    Action.objects.filter(state="planned").update(state="dropped", outcome="dropped", settled_at=THEN)
    assert refused(waiting) == "Nothing is planned on this test clock."


def test_a_case_by_the_wall_has_no_clock_to_advance(world):
    case = world.payment_fails()
    answer = advance(case, world.stripe, by="alice", now=world.now)
    assert answer == NoAdvance("Its customer hangs on no test clock: the case goes by the time of the world.")


# ── followed ──


def test_an_answer_that_was_lost_is_found_by_looking(waiting):
    taken = waiting.world.stripe.advance_clock

    def loses(clock_id, to, *, key):
        taken(clock_id, to, key=key)
        raise Unknown("lost")

    waiting.world.stripe.advance_clock = loses
    step = waiting.next()
    assert pressed(waiting).to == step.due_at
    arrives(waiting)
    step.refresh_from_db()
    assert (step.state, clock().state) == ("done", "ready")


def test_an_advance_that_never_reached_stripe_ends_after_a_minute(waiting):
    def loses(_to):
        raise Unknown("lost")

    waiting.world.stripe.before_advancing = loses
    pressed(waiting)
    waiting.works()
    assert clock().state == "advancing", "the clock may just not know of it yet"
    waiting.passes(JUST_ASKED)
    assert (clock().state, clock().shows) == ("ready", THEN)
    waiting.world.stripe.before_advancing = lambda _: None
    pressed(waiting)


@pytest.mark.parametrize("broken", [Unreachable("no route"), Busy("too many calls"), ValueError("odd")])
def test_the_trouble_of_one_clock_holds_up_no_other(waiting, broken):
    pressed(waiting)
    waiting.world.stripe.test_clock = replace(waiting.at_stripe, status="ready", shows=clock().target, target=None)
    waiting.world._at(waiting.world.now + JUST_ASKED)
    make_clock(waiting.world.connection, clock_id="clock_0", state="advancing", target=NOW, read_at=NOW - 9 * DAY)
    reads = waiting.world.stripe.read_clock

    def one_is_broken(clock_id):
        if clock_id == "clock_0":
            raise broken
        return reads(clock_id)

    waiting.world.stripe.read_clock = one_is_broken
    assert follow(lambda _: waiting.world.stripe, waiting.world.now) == 1
    assert Clock.objects.get(clock_id="clock_1").state == "ready"
    assert Clock.objects.get(clock_id="clock_0").state == "advancing"


def test_a_clock_that_breaks_down_on_its_way_is_shown_as_broken(waiting):
    pressed(waiting)
    waiting.world.stripe.test_clock = replace(waiting.at_stripe, status="internal_failure", target=None)
    waiting.works()
    assert (clock().state, on_their_way()) == ("failed", False)
    assert Case.objects.get().state == "failing"


def test_a_clock_that_was_moved_at_stripe_is_found_by_looking(waiting):
    step = waiting.next()
    connection, stripe = waiting.world.connection, waiting.world.stripe
    assert look_at_all(connection, stripe, waiting.world.now) == 0
    stripe.test_clock = replace(waiting.at_stripe, shows=step.due_at)
    assert look_at_all(connection, stripe, waiting.world.now) == 1
    run_once(effects(stripe, waiting.world.mail), waiting.world.now)
    step.refresh_from_db()
    assert step.state == "done"


@pytest.mark.parametrize("silent", [Busy("too many calls"), Unreachable("no route")])
def test_where_stripe_has_no_time_for_it_the_look_ends(waiting, silent):
    def refuse(_clock_id):
        raise silent

    waiting.world.stripe.read_clock = refuse
    with pytest.raises(NotNow):
        look_at_all(waiting.world.connection, waiting.world.stripe, waiting.world.now)


def test_a_clock_of_which_nothing_can_be_read_holds_up_no_other(waiting):
    odd = make_clock(waiting.world.connection, clock_id="clock_0", shows=THEN, read_at=NOW - DAY)
    hang(make_case(waiting.world.connection), odd)
    stripe, as_it_is = waiting.world.stripe, waiting.world.stripe.read_clock

    def read(clock_id):
        if clock_id == "clock_0":
            raise Garbled("Stripe's answer cannot be read: frozen_time")
        return as_it_is(clock_id)

    stripe.read_clock = read
    stripe.test_clock = replace(waiting.at_stripe, shows=waiting.next().due_at)
    assert look_at_all(waiting.world.connection, stripe, waiting.world.now) == 1


def test_of_clocks_by_which_no_open_case_lives_nobody_asks(waiting):
    Case.objects.update(state="canceled", ended_at=THEN)

    def refuse(_clock_id):
        raise AssertionError

    waiting.world.stripe.read_clock = refuse
    assert look_at_all(waiting.world.connection, waiting.world.stripe, waiting.world.now) == 0

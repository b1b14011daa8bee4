"""The plan at a glance: every step has its day, its lane and its look, and the days run on without a gap."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories as make

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def plan(alice, connection, present):
    """A case of five days: two steps behind, one passed over, two ahead, and its end."""
    case = make.make_case(connection, opened_at=present - 5 * DAY)
    make.make_attempt(case, at=case.opened_at, by="stripe")
    tried = make.make_action(case, step="charge-1", due_at=present - 3 * DAY, state="done", outcome="declined")
    make.make_attempt(case, at=present - 3 * DAY, action_id=tried.pk)
    wrote = make.make_action(case, step="message-1", do="message", template="failed", state="done", outcome="sent")
    make.make_message(case, wrote, at=present - 4 * DAY)
    make.make_action(
        case, step="charge-2", due_at=present - DAY, state="dropped", reason="Stripe tries itself", settled_at=present
    )
    make.make_action(case, step="charge-3", due_at=present + 3 * DAY)
    make.make_action(case, step="message-2", do="message", template="final", due_at=present + 9 * DAY)
    make.make_action(case, step="close", do="close", due_at=present + 20 * DAY)
    return alice.browser().get(f"/cases/{case.public_id}/").context["plan"]


def test_each_thing_stands_in_its_lane_and_looks_as_it_is(plan):
    looks = [(mark.lane, mark.look) for mark in plan.marks]
    assert looks == [
        ("charge", "bad"),
        ("message", "done"),
        ("charge", "bad"),
        ("charge", "passed"),
        ("charge", "next"),
        ("message", "later"),
        ("charge", "later"),
    ]


def test_the_days_run_from_the_failure_to_the_end_and_know_today(plan):
    days = [day.on for day in plan.days]
    assert days == [days[0] + n * DAY for n in range(26)]
    assert [day.number for day in plan.days if day.today] == [5]
    assert [day.past for day in plan.days] == [True] * 5 + [False] * 21


def test_what_is_counted_are_the_steps_and_not_the_end(plan):
    assert (plan.done, plan.passed, plan.ahead, plan.steps) == (2, 1, 2, 5)


def test_a_mark_says_why(plan):
    passed = next(mark for mark in plan.marks if mark.look == "passed")
    assert "Not done: Stripe tries itself" in passed.lines


def test_what_lies_beyond_two_months_draws_no_endless_row(alice, connection, present):
    case = make.make_case(connection, opened_at=present)
    make.make_action(case, due_at=present + 400 * DAY)
    assert len(alice.browser().get(f"/cases/{case.public_id}/").context["plan"].days) == 62

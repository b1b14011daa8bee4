"""What its payer is told of a debit that came back: once, where they can pay it, and never once it was."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.core.planning import DAY, OPENED, TUNED, refused
from tideover.core.case import State
from tideover.core.planner import explain, plan
from tideover.core.situation import DoneStep
from tideover.core.steps import Do, NewLink, ReturnTold
from tideover.core.timing import is_open
from tideover.core.ways.returns import Returned

BACK = OPENED + 40 * DAY
RULES = TUNED
CASE = replace(refused(), came_back=Returned(1, BACK, 9900, ("dp_1",)))


def told(case, now=BACK):
    return [step for step in plan(case, RULES, None, now) if step.do == Do.MESSAGE]


def test_it_is_told_once_within_the_sending_hours_and_nothing_is_charged():
    [step] = plan(CASE, RULES, None, BACK)
    assert (step.step, step.template) == (ReturnTold(1).key, "came_back")
    assert step.at >= BACK
    assert is_open(step.at, RULES.sending, CASE.zone)
    done = replace(CASE, done=(DoneStep(step.step, Do.MESSAGE, step.at, "sent", "came_back"),))
    assert told(done, step.at) == []


def test_what_comes_back_again_is_told_again():
    again = replace(CASE, came_back=Returned(2, BACK + 30 * DAY, 9900, ("dp_2",)))
    done = replace(again, done=(DoneStep(ReturnTold(1).key, Do.MESSAGE, BACK, "sent", "came_back"),))
    assert [step.step for step in told(done, BACK + 30 * DAY)] == [ReturnTold(2).key]


def test_nobody_gets_it_on_the_day_of_another_message():
    written = replace(CASE, done=(DoneStep(NewLink(1).key, Do.MESSAGE, BACK + DAY / 2, "sent", "new_link"),))
    assert [step.at >= BACK + 1.5 * DAY for step in told(written)] == [True]


NOT_TOLD = {
    "what was made up for": {"came_back": Returned(1, BACK, 0)},
    "what is paid at Stripe": {"came_back": Returned(1, BACK, 9900, at_stripe=True)},
    "what cannot be paid here": {"may_charge": False},
    "what came back before recovery was on": {"live_since": BACK + DAY},
    "what was paid since": {"state": State.RECOVERED, "came_back": None},
}


@pytest.mark.parametrize("what", sorted(NOT_TOLD))
def test_of_some_things_nobody_is_told(what):
    assert told(replace(CASE, **NOT_TOLD[what])) == []


def test_after_a_week_nobody_is_told_any_more():
    assert told(replace(CASE, paused_until=BACK + 8 * DAY)) == []


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "pays it by card on the pay page"),
        ({"may_charge": False}, "observe mode"),
        ({"came_back": Returned(1, BACK, 9900, at_stripe=True)}, "open again"),
    ],
)
def test_the_merchant_reads_why_nothing_is_charged_and_what_to_do(values, said):
    [why] = explain(replace(CASE, **values), RULES, BACK)
    assert said in why

"""The link for somebody whom the payer named: a message to each, while something is to be paid, and not for long."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.core.planning import DAY, HOUR, OPENED, TUNED, UTC_ZONE
from tests.core.telling import failed
from tideover.core.case import State
from tideover.core.catalogue import Template
from tideover.core.declines import Family
from tideover.core.planner import Do, DoneStep, last_word, plan
from tideover.core.steps import Forwarded, Key, read
from tideover.core.ways.forwarding import FRESH_FOR

ASKED = OPENED + 4 * DAY
NIGHT = OPENED.replace(hour=2) + 5 * DAY


def asked(*at, **changes):
    return failed(OPENED, UTC_ZONE, Family.NO_FUNDS, forwards=at or (ASKED,), **changes)


def forwarded(case, now=ASKED):
    return [step for step in plan(case, TUNED, None, now) if isinstance(read(step.step), Forwarded)]


def test_it_goes_out_at_once_as_somebody_waits_for_it_at_night_too():
    [step] = forwarded(asked(NIGHT), NIGHT)
    assert (step.at, step.do, step.template, step.rule) == (NIGHT, Do.MESSAGE, Template.FORWARDED, "pay-page.forward")
    assert last_word(asked(NIGHT), TUNED, step.step, NIGHT) == step


def test_each_that_was_asked_for_gets_one_and_what_was_sent_is_not_sent_again():
    case = asked(ASKED - HOUR, ASKED)
    assert [step.step for step in forwarded(case)] == [Forwarded(1).key, Forwarded(2).key]
    sent = DoneStep(Forwarded(1).key, Do.MESSAGE, ASKED, "sent", "forwarded", "friendly")
    assert [step.step for step in forwarded(replace(case, done=(sent,)))] == [Forwarded(2).key]


@pytest.mark.parametrize("state", sorted(set(State) - {State.FAILING}))
def test_of_a_case_that_has_ended_nobody_hears(state):
    assert forwarded(asked(state=state)) == []


def test_of_a_debit_that_is_under_way_nobody_hears():
    assert forwarded(asked(processing=True)) == []


@pytest.mark.parametrize("changes", [{"paused_until": ASKED + 9 * DAY}, {"may_charge": False}])
def test_what_else_rests_does_not_let_it_rest(changes):
    assert len(forwarded(asked(**changes))) == 1


def test_what_could_not_be_sent_for_two_days_is_sent_no_more():
    assert forwarded(asked(), ASKED + FRESH_FOR - timedelta(seconds=1))
    assert forwarded(asked(), ASKED + FRESH_FOR) == []


def test_the_customers_own_messages_stay_where_they_were():
    sent = DoneStep(Key("message-forward-1"), Do.MESSAGE, ASKED, "sent", "forwarded", "friendly")
    case = asked(done=(sent,))
    assert case.last_written_at is None
    assert plan(case, TUNED, None, ASKED) == plan(replace(case, forwards=(), done=()), TUNED, None, ASKED)

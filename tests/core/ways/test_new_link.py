"""A new link for who asked: one message, at once, whatever has become of the case, and never for long."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.planning import DAY, HOUR, OPENED, TUNED, UTC_ZONE
from tests.core.telling import failed
from tideover.core.case import State
from tideover.core.catalogue import Template
from tideover.core.declines import Family
from tideover.core.planner import Do, DoneStep, last_word, plan
from tideover.core.steps import NewLink, read
from tideover.core.ways.new_link import FRESH_FOR, MOST_A_DAY, may_ask
from tideover.core.ways.returns import Returned

ASKED = OPENED + 40 * DAY
NIGHT = OPENED.replace(hour=2) + 41 * DAY


def asked(*at, **changes):
    return failed(OPENED, UTC_ZONE, Family.NO_FUNDS, links_asked=at or (ASKED,), **changes)


def links(case, now=ASKED):
    return [step for step in plan(case, TUNED, None, now) if isinstance(read(step.step), NewLink)]


@pytest.mark.parametrize("state", sorted(set(State) - {State.RECOVERED}))
def test_who_asks_gets_one_message_at_once_whatever_has_become_of_the_case(state):
    [step] = links(asked(state=state))
    assert (step.at, step.do, step.template, step.rule) == (ASKED, Do.MESSAGE, Template.NEW_LINK, "pay-page.new_link")
    assert last_word(asked(state=state), TUNED, step.step, ASKED) == step


@pytest.mark.parametrize(
    "changes",
    [
        {"processing": True},
        {"came_back": Returned(1, OPENED, 9900, ("dp_1",))},
        {"paused_until": ASKED + 9 * DAY},
        {"may_charge": False},
    ],
)
def test_nothing_else_that_rests_lets_it_rest(changes):
    assert len(links(asked(**changes))) == 1


def test_it_goes_out_at_night_too_as_somebody_waits_for_it():
    assert [step.at for step in links(asked(NIGHT), NIGHT)] == [NIGHT]


def test_once_all_is_paid_there_is_none():
    assert links(asked(state=State.RECOVERED)) == []


def test_of_several_times_asked_the_last_is_answered_and_what_was_sent_is_not_sent_again():
    case = asked(ASKED - HOUR, ASKED)
    assert [step.step for step in links(case)] == [NewLink(2).key]
    sent = DoneStep(NewLink(2).key, Do.MESSAGE, ASKED, "sent", "new_link", "friendly")
    assert links(replace(case, done=(sent,))) == []


def test_what_was_asked_a_day_ago_and_could_not_be_sent_is_sent_no_more():
    assert links(asked(), ASKED + FRESH_FOR - timedelta(seconds=1))
    assert links(asked(), ASKED + FRESH_FOR) == []


@given(st.lists(st.integers(0, 72 * 60), max_size=40))
def test_however_often_it_is_asked_no_day_has_more_than_a_few(minutes):
    given_at = []
    for minute in sorted(minutes):
        now = OPENED + timedelta(minutes=minute)
        if may_ask(given_at, now):
            given_at.append(now)
    assert all(sum(at <= other < at + DAY for other in given_at) <= MOST_A_DAY for at in given_at)

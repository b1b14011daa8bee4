"""Who else is written to: from their day on, each message once, and the next where mail comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.telling import failed, local
from tests.core.test_properties_of_plans import any_rules, cases
from tideover.core.case import State
from tideover.core.planner import DoneStep, plan
from tideover.core.rules import PRESETS
from tideover.core.steps import Copied, Do, Written, read
from tideover.core.timing import DAY, is_open
from tideover.core.ways.readers import Reader, Role, whose_turn

BERLIN = ZoneInfo("Europe/Berlin")
RULES = PRESETS["tuned"]
CASE = failed(local("2026-08-03 10:00", BERLIN), BERLIN)
NOW = CASE.opened_at
OFFICE = Reader("0a1b2c3d4e5f", Role.BILLING, 0, NOW - DAY)
OWNER = Reader("5f4e3d2c1b0a", Role.OWNER, 5, NOW - DAY)


def copies(case, now=NOW, rules=RULES):
    return [step for step in plan(case, rules, None, now) if isinstance(read(step.step), Copied)]


def read_by(reader, case, now=NOW):
    return [read(step.step).number for step in copies(case, now) if read(step.step).reader == reader.key]


def test_everybody_whose_day_has_come_gets_the_customers_own_message_at_its_time():
    case = replace(CASE, readers=(OFFICE, OWNER))
    steps = plan(case, RULES, None, NOW)
    own = {read(step.step).number: step for step in steps if isinstance(read(step.step), Written)}
    numbers = dict(RULES.numbered)
    assert read_by(OFFICE, case) == sorted(own)
    assert read_by(OWNER, case) == [number for number in sorted(own) if numbers[number].day >= 5] != []
    for copy in copies(case):
        original = own[read(copy.step).number]
        assert (copy.at, copy.template, copy.tone) == (original.at, original.template, original.tone)


def test_the_customers_own_messages_are_as_they_are_without_readers():
    alone = plan(CASE, RULES, None, NOW)
    beside = plan(replace(CASE, readers=(OFFICE, OWNER)), RULES, None, NOW)
    assert [step for step in beside if not isinstance(read(step.step), Copied)] == list(alone)


def test_a_copy_is_still_to_come_when_the_own_was_sent_a_moment_ago_and_not_a_week_later():
    at = NOW + timedelta(hours=1)
    sent = DoneStep(Written(1).key, Do.MESSAGE, at, "sent", "failed", "friendly")
    case = replace(CASE, readers=(OFFICE,), done=(sent,))
    assert 1 in read_by(OFFICE, case, at)
    assert 1 not in read_by(OFFICE, case, at + 7 * DAY)
    copied = DoneStep(Copied(1, OFFICE.key).key, Do.MESSAGE, at, "sent", "failed", "friendly")
    assert 1 not in read_by(OFFICE, replace(case, done=(sent, copied)), at)


def test_who_is_named_after_a_message_does_not_get_it_late():
    sent = DoneStep(Written(1).key, Do.MESSAGE, NOW, "sent", "failed", "friendly")
    late = replace(OFFICE, since=NOW + timedelta(minutes=5))
    assert 1 not in read_by(late, replace(CASE, readers=(late,), done=(sent,)), NOW + timedelta(minutes=10))


@pytest.mark.parametrize(
    ("readers", "unreached", "turn"),
    [
        ((OFFICE, OWNER), False, [OFFICE]),
        ((OWNER,), False, []),
        ((OWNER,), True, [OWNER]),  # before their day, as nobody else is reached
        ((replace(OFFICE, bounced=True), OWNER), True, [OWNER]),
        ((replace(OFFICE, bounced=True), OWNER), False, []),
        ((replace(OFFICE, bounced=True), replace(OWNER, bounced=True)), True, []),
        ((), True, []),
    ],
)
def test_where_mail_comes_back_the_next_is_written_to(readers, unreached, turn):
    assert [reader for reader, _ in whose_turn(readers, 0, unreached=unreached)] == turn


def test_the_reason_says_why_it_goes_to_them():
    [first, *_] = copies(replace(CASE, readers=(OWNER,), unreached=True))
    assert first.why == "The message of day 0, to the customer's owner, as nobody before them is reached."
    assert first.rule == "tuned.reader.owner"


READERS = st.lists(
    st.builds(
        Reader,
        st.from_regex(r"[0-9a-f]{12}", fullmatch=True),
        st.sampled_from(Role),
        st.integers(0, 30),
        st.just(NOW - 900 * DAY),
        st.booleans(),
    ),
    max_size=4,
    unique_by=lambda reader: reader.key,
)


@settings(max_examples=25, deadline=None)
@given(cases(), any_rules(), st.integers(0, 900), READERS, st.booleans())
def test_whatever_happened_each_gets_each_message_once_in_the_hours_and_nothing_once_it_is_paid(
    case, rules, hours, readers, unreached
):
    case = replace(case, readers=tuple(readers), unreached=unreached)
    now = case.opened_at + timedelta(hours=hours)
    steps = copies(case, now, rules)
    assert len({step.step for step in steps}) == len(steps)
    assert all(is_open(step.at, rules.sending, case.zone) and step.at >= now for step in steps)
    assert not {read(step.step).reader for step in steps} & {reader.key for reader in readers if reader.bounced}
    for state in sorted(set(State) - {State.FAILING}):
        assert copies(replace(case, state=state), now, rules) == []


def test_of_a_row_that_does_not_say_how_it_was_worded_there_is_no_copy():
    odd = DoneStep(Written(1).key, Do.MESSAGE, NOW, "sent", "failed", "")
    assert 1 not in read_by(OFFICE, replace(CASE, readers=(OFFICE,), done=(odd,)))

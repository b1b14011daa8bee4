"""An invoice that was sent to be paid by its receiver: written about from its due date on, and never charged."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.core.planning import DAY, OPENED, UTC_ZONE
from tests.core.telling import failed, run, story
from tideover.core.catalogue import Template, Tone
from tideover.core.declines import Family
from tideover.core.editing.rehearsal import Kind, failed_now, rehearse
from tideover.core.planner import Do, explain, plan
from tideover.core.rules import PRESETS, from_json, to_json

CHASING = replace(PRESETS["tuned"], name="chasing", chase_overdue=True)


def overdue(**changes):
    return failed(OPENED, UTC_ZONE, Family.OVERDUE, **changes)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize(
    "brought", [{}, {"new_method": "pm_2", "customer_acted_at": OPENED + DAY}, {"promised_on": OPENED.date()}], ids=str
)
def test_no_preset_ever_charges_it(preset, brought):
    rules = replace(PRESETS[preset], chase_overdue=True)
    assert {step.do for step in run(overdue(**brought), rules)} == {Do.MESSAGE, Do.CLOSE}


def test_its_messages_come_on_the_days_of_the_rules_and_say_what_is_true():
    assert story(overdue(), CHASING, Do.MESSAGE) == [
        "day 0 10:00 message overdue/friendly",
        "day 3 10:00 message overdue/gentle",
        "day 7 10:00 message overdue/urgent",
        "day 14 10:00 message overdue/help",
        "day 21 10:00 message overdue/serious",
        "day 27 10:00 message overdue/final",
    ]


def test_where_the_bank_asks_its_receiver_the_words_stay():
    first = plan(overdue(needs_authentication=True), CHASING, None, OPENED)[0]
    assert (first.template, first.tone) == (Template.OVERDUE, Tone.FRIENDLY)


def test_rules_that_chase_nothing_write_nothing_and_say_so():
    assert [step.do for step in plan(overdue(), PRESETS["tuned"], None, OPENED)] == [Do.CLOSE]
    told = explain(overdue(), PRESETS["tuned"], OPENED)
    assert told[-1] == "The rules tuned chase no overdue invoices: nothing is sent for it either."


def test_why_nothing_is_charged_is_told_also_in_observe_mode():
    why = ("Overdue invoice: it was sent to be paid by its receiver, so nothing is ever charged for it.",)
    assert explain(overdue(), CHASING, OPENED) == why
    assert explain(overdue(may_charge=False), CHASING, OPENED) == why


def test_the_calendar_draws_no_tries_of_anybody():
    marks = rehearse(failed_now(Family.OVERDUE, UTC_ZONE, OPENED), CHASING, (3, 7))
    assert {mark.kind for mark in marks} == {Kind.DUE, Kind.MESSAGE, Kind.CLOSE}


def test_it_is_off_until_somebody_turns_it_on():
    assert not any(rules.chase_overdue for rules in PRESETS.values())


def test_rules_that_chase_nothing_are_written_as_a_worker_of_before_reads_them():
    told = to_json(PRESETS["tuned"])
    assert "chase_overdue" not in told
    assert Family.OVERDUE not in told["charges"]
    assert from_json(to_json(CHASING)) == CHASING

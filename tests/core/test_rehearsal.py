"""A case lived through before it fails: with the planner itself, Stripe's tries counted, what is passed over told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings

from tests.core.test_properties_of_plans import any_rules
from tideover.core.choices import NEVER
from tideover.core.declines import NOT_BY_ITSELF, Family
from tideover.core.editing.drafts import draft
from tideover.core.editing.rehearsal import Kind, failed_now, rehearse
from tideover.core.planner import plan
from tideover.core.relay import DEFAULT_DAYS
from tideover.core.rules import PRESETS, Cadence, Coexistence, Problem, Strategy, to_json
from tideover.core.steps import CHARGES, MESSAGES

NOW = datetime(2026, 11, 27, 10, tzinfo=UTC)
TUNED, RELAY = PRESETS["tuned"], PRESETS["relay"]


def lived(rules, family=Family.NO_FUNDS, days=DEFAULT_DAYS, **changes):
    return rehearse(failed_now(family, ZoneInfo("UTC"), NOW, **changes), rules, days)


def days(marks, kind):
    return [mark.day for mark in marks if mark.kind == kind]


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("family", Family)
def test_where_stripe_does_not_try_the_marks_are_the_planners_own_first_plan(name, family):
    case = failed_now(family, ZoneInfo("UTC"), NOW)
    planned = plan(case, PRESETS[name], None, NOW)
    marks = rehearse(case, PRESETS[name], ())
    assert [mark.at for mark in marks if mark.kind == Kind.CHARGE] == [s.at for s in planned if s.do in CHARGES]
    assert len([mark for mark in marks if mark.kind == Kind.MESSAGE]) == len([s for s in planned if s.do in MESSAGES])
    assert marks[0].kind == (Kind.DUE if family == Family.OVERDUE else Kind.FAILED)
    assert marks[-1].kind == Kind.CLOSE


def test_in_the_relay_ours_come_after_stripes_last_and_numbers_count_everybodys():
    marks = lived(RELAY)
    assert days(marks, Kind.STRIPE) == list(DEFAULT_DAYS)
    assert days(marks, Kind.CHARGE) == [17, 21, 24, 27]
    assert [mark.number for mark in marks if mark.number] == list(range(1, 13))


def test_where_we_take_over_stripe_stops_also_where_nothing_is_charged_but_not_where_we_may_only_look():
    assert days(lived(TUNED), Kind.STRIPE) == []
    never = replace(TUNED, charges=dict.fromkeys(TUNED.charges, NEVER))
    assert days(lived(never), Kind.STRIPE) == []
    observed = lived(TUNED, may_charge=False)
    assert (days(observed, Kind.STRIPE), days(observed, Kind.CHARGE)) == (list(DEFAULT_DAYS), [])


def test_what_is_passed_over_is_told_with_what_stands_in_the_way():
    passed = [mark for mark in lived(PRESETS["recover"]) if mark.kind == Kind.PASSED]
    assert [mark.day for mark in passed] == [7, 18]
    assert "Stripe itself tries" in passed[0].why
    assert "8 retries by anyone in 30 days are the most we allow" in passed[1].why


@settings(max_examples=30, deadline=None)
@given(any_rules())
def test_a_rehearsal_ends_keeps_the_limits_and_never_charges_where_time_does_not_help(rules):
    for family in (Family.NO_FUNDS, Family.EXPIRED):
        marks = lived(rules, family)
        assert len(days(marks, Kind.CHARGE)) <= (0 if family in NOT_BY_ITSELF else rules.max_charges)
        assert max(days(marks, Kind.CHARGE), default=0) <= rules.window_days
        assert [mark.at for mark in marks] == sorted(mark.at for mark in marks)
        assert marks[-1].kind == Kind.CLOSE


def test_a_draft_without_problems_is_what_was_wished():
    assert draft(to_json(RELAY), TUNED).rules == RELAY


@pytest.mark.parametrize(
    ("wish", "wrong"),
    [
        ({"max_charges": 99}, ["max_charges"]),
        ({"window_days": 0, "relay": [9, 3]}, ["window_days", "relay"]),
        ({"consequence": "paused", "grace_hours": 48}, ["consequence_day"]),
        ({"messages": [{"day": 99, "template": "final", "tone": "final"}]}, ["messages.1"]),
        ({"messages": [{"day": 1, "template": "boast", "tone": "final"}]}, ["messages"]),
    ],
)
def test_what_is_wrong_stands_in_a_draft_as_it_is_live_and_the_rest_as_it_is_wished(wish, wrong):
    made = draft({**to_json(TUNED), "name": "acme", **wish}, TUNED)
    assert [problem.field for problem in made.problems if problem.field in wrong] == wrong
    assert all(made.is_wrong(field) for field in wrong)
    assert made.rules.name == "acme"
    assert made.rules.max_charges == TUNED.max_charges
    assert (made.rules.grace_hours == 48) is ("grace_hours" in wish)


def test_one_family_that_is_wrong_leaves_the_others_as_they_are_wished():
    charges = {**to_json(TUNED)["charges"], "other": {"cadence": "days", "numbers": [9, 3]}}
    charges["refused"] = {"name": "mine", "cadence": "days", "numbers": [4]}
    made = draft({**to_json(TUNED), "charges": charges}, TUNED)
    assert [problem.field for problem in made.problems] == ["charges.other"]
    assert made.rules.charges[Family.OTHER] == TUNED.charges[Family.OTHER]
    assert made.rules.charges[Family.REFUSED] == Strategy("mine", Cadence.DAYS, (4,))


def test_what_was_found_wrong_before_is_told_and_put_back_too():
    made = draft({**to_json(TUNED), "max_charges": None}, TUNED, [Problem("max_charges", "No number.")])
    assert (made.rules.max_charges, [str(each) for each in made.problems]) == (8, ["No number."])
    assert draft({**to_json(TUNED), "coexistence": "war"}, TUNED).rules.coexistence == Coexistence.TAKE_OVER


def test_a_window_that_is_too_short_for_the_days_is_told_at_the_days_and_the_rest_is_drawn():
    made = draft({**to_json(TUNED), "window_days": 20, "grace_hours": 48}, TUNED)
    assert {problem.field for problem in made.problems} >= {"charges.no_funds", "charges.refused", "messages.5"}
    assert (made.rules.window_days, made.rules.grace_hours) == (28, 48)

"""A case that goes on by other rules, at whatever moment: nothing is done twice, nothing missed is made up for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.planning import OPENED
from tests.core.telling import after, failed
from tests.core.test_properties_of_plans import any_rules
from tideover.core.catalogue import Template, Tone
from tideover.core.declines import Family
from tideover.core.editing.sequences import numbered_after
from tideover.core.planner import Do, plan, under
from tideover.core.rules import PRESETS, MessageStep, Rules

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
UTC_ZONE = ZoneInfo("UTC")
TUNED = PRESETS["tuned"]
SEQUENCE = st.sampled_from([Template.FAILED, Template.REMINDER, Template.URGENT, Template.HELP, Template.FINAL])


@st.composite
def edits(draw, rules: Rules) -> Rules:
    """The rules after what a person may do to them on one page."""
    messages = list(rules.messages)
    for _ in range(draw(st.integers(0, 3))):
        match draw(st.sampled_from(["move", "remove", "add", "reword"])):
            case "add":
                messages.append(MessageStep(draw(st.integers(0, 7)), draw(SEQUENCE), draw(st.sampled_from(Tone))))
            case change if messages:
                place = draw(st.integers(0, len(messages) - 1))
                step = messages.pop(place)
                if change == "move":
                    messages.append(replace(step, day=draw(st.integers(0, 7))))
                elif change == "reword":
                    messages.append(replace(step, tone=draw(st.sampled_from(Tone))))
    kept = {step.day: replace(step, number=0) for step in messages}
    charges = draw(st.sampled_from([rules.charges, draw(any_rules()).charges]))
    return replace(
        rules,
        charges=charges if _fits(rules, charges) else rules.charges,
        messages=tuple(kept[day] for day in sorted(kept)),
        max_charges=draw(st.integers(1, 10)),
        psychology=draw(st.booleans()),
    )


def _fits(rules, charges):
    longest = max((plan.numbers[-1] for plan in charges.values() if plan.numbers), default=0)
    return longest <= rules.window_days


def lived(case, rules, start, until, late=timedelta()):
    """The case at `until`, and what was done of it since `start`."""
    steps, now = [], start
    while True:
        to_come = [step for step in plan(case, rules, None, now) if step.do != Do.CLOSE]
        if not to_come or to_come[0].at > until:
            return case, steps
        step = to_come[0]
        steps.append(step)
        case, now = after(case, step, late=late), step.at + late
        assert len(steps) < 60


LIVES = st.sampled_from(sorted(PRESETS))
MOMENTS = st.lists(st.integers(0, 300), min_size=1, max_size=3).map(sorted)


@settings(max_examples=150, deadline=None)
@given(st.data(), LIVES, MOMENTS, st.sampled_from([Family.NO_FUNDS, Family.REFUSED, Family.EXPIRED]))
def test_no_step_is_done_twice_and_none_that_was_done_comes_back(data, name, moments, family):
    case, now = failed(OPENED, UTC_ZONE, family), OPENED
    versions, done = [PRESETS[name]], []
    for hours in moments:
        moment = max(OPENED + hours * HOUR, now)
        case, steps = lived(case, versions[0], now, moment)
        done += steps
        said = [(step.template, step.tone) for step in done if step.do == Do.MESSAGE]
        edited = data.draw(st.one_of(edits(versions[0]), st.sampled_from(list(PRESETS.values()))))
        rules = numbered_after(edited, versions)
        case = under(case, versions[0], rules, moment)
        coming = plan(case, rules, None, moment)
        assert not {step.step for step in coming} & {step.step for step in done}
        meant = dict(rules.numbered)
        for step in coming:
            assert step.do != Do.CHARGE or step.at > moment or case.rules_since != moment
            if step.do == Do.MESSAGE and (step.template, step.tone) in said:
                day = meant[int(step.step.rpartition("-")[2])].day
                assert OPENED + day * DAY > moment or case.rules_since != moment, "a message that was sent comes back"
        versions.insert(0, rules)
        now = moment
    case, steps = lived(case, versions[0], now, OPENED + 90 * DAY)
    keys = [step.step for step in (*done, *steps)]
    assert len(set(keys)) == len(keys)
    assert all(later.at >= earlier.at for earlier, later in pairwise(done))


def test_what_other_rules_mean_for_days_that_have_passed_is_not_made_up_for():
    never_yet = failed(OPENED, UTC_ZONE)
    moment = OPENED + 10 * DAY
    rules = replace(TUNED, max_charges=3)
    late = plan(never_yet, TUNED, None, moment)
    assert late[0].do == Do.CHARGE
    assert late[0].at == moment  # by its own rules what was missed is made up for once
    other = replace(rules, charges={**rules.charges, Family.NO_FUNDS: TUNED.charges[Family.OTHER]})
    moved = plan(under(never_yet, TUNED, other, moment), other, None, moment)
    assert [(step.at - OPENED).days for step in moved if step.do == Do.CHARGE] == [16, 21, 27]


def test_an_edit_that_leaves_the_days_of_a_case_alone_leaves_what_is_late_to_be_made_up_for():
    case, moment = failed(OPENED, UTC_ZONE), OPENED + 10 * DAY
    rules = replace(TUNED, grace_hours=48)
    assert under(case, TUNED, rules, moment) == case
    assert plan(case, rules, None, moment)[0].at == moment


def test_a_message_that_was_sent_is_not_sent_again_after_it_was_moved():
    case, _ = lived(failed(OPENED, UTC_ZONE), TUNED, OPENED, OPENED + 3 * DAY + HOUR)
    moved = replace(TUNED, messages=tuple(replace(step, day=4) if step.day == 3 else step for step in TUNED.messages))
    rules, moment = numbered_after(moved, [TUNED]), OPENED + 3 * DAY + 2 * HOUR
    written = [step for step in plan(under(case, TUNED, rules, moment), rules, None, moment) if step.do == Do.MESSAGE]
    assert "reminder" not in {step.template for step in written}
    unnumbered = replace(moved, messages=(MessageStep(4, Template.REMINDER, Tone.GENTLE, number=9),))
    again = plan(under(case, TUNED, unnumbered, moment), unnumbered, None, moment)
    assert "reminder" in {step.template for step in again}  # it is the number that tells

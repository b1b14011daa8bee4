"""A merchant's choices: they cannot be made wrong, and survive being written down."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings

from tests.core.test_properties_of_plans import any_rules
from tideover.core.catalogue import Channel, Consequence, Template, Tone
from tideover.core.declines import NOT_BY_ITSELF, Family
from tideover.core.rules import (
    NEVER,
    PRESETS,
    BadRules,
    Cadence,
    Coexistence,
    MessageStep,
    SendingHours,
    Strategy,
    from_json,
    to_json,
)

TUNED = PRESETS["tuned"]


@settings(max_examples=30, deadline=None)
@given(any_rules())
def test_rules_written_as_json_and_read_again_are_the_same(rules):
    assert from_json(json.loads(json.dumps(to_json(rules)))) == rules


def test_the_presets_are_named_as_they_are_known():
    assert set(PRESETS) == {"paymentrescue", "windback", "recover", "revguard", "tuned", "relay"}
    assert all(rules.name == name for name, rules in PRESETS.items())


@pytest.mark.parametrize("rules", PRESETS.values(), ids=PRESETS)
def test_no_preset_threatens_and_all_write_by_day_only(rules):
    assert rules.consequence == Consequence.NONE
    assert rules.sending == SendingHours(9, 20, weekends=True)


def test_cn_31_and_cn_35_have_the_documented_defaults():
    assert (PRESETS["recover"].max_charges, PRESETS["recover"].psychology) == (6, True)


def with_charges(**changes: Strategy) -> dict[Family, Strategy]:
    return {**TUNED.charges, **{Family(name): strategy for name, strategy in changes.items()}}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "My Rules"}, "small letters"),
        ({"window_days": 0}, "1 to 60 days, not 0"),
        ({"max_charges": 11}, "1 to 10 per failed payment, not 11"),
        ({"max_charges": 0}, "not 0"),
        ({"min_gap_hours": 0}, "gap between charges"),
        ({"most_retries": 15}, "1 to 14"),
        ({"stripe_clear_hours": 73}, "0 to 72"),
        ({"grace_hours": 0}, "grace"),
        ({"charges": {}}, "no charge strategy for no_funds"),
        ({"charges": with_charges(other=Strategy("late", Cadence.DAYS, (3, 29)))}, "at most 28"),
        ({"charges": with_charges(other=Strategy("back", Cadence.DAYS, (3, 2)))}, "must rise"),
        ({"charges": with_charges(other=Strategy("none", Cadence.DAYS))}, "must rise"),
        ({"charges": with_charges(other=Strategy("now", Cadence.HOURS, (0,)))}, "at least 1"),
        ({"charges": with_charges(other=Strategy("pay", Cadence.PAYDAYS, (24,)))}, "hour from 0 to 23"),
        ({"charges": with_charges(other=Strategy("no", Cadence.NEVER, (1,)))}, "never and has days"),
        ({"charges": with_charges(other=Strategy("Ö", Cadence.DAYS, (1,)))}, "needs a name"),
        ({"messages": (MessageStep(29, Template.FINAL, Tone.FINAL),)}, "at most 28"),
        (
            {"messages": (MessageStep(3, Template.FINAL, Tone.FINAL), MessageStep(3, Template.FAILED, Tone.FINAL))},
            "must rise",
        ),
        ({"messages": (MessageStep(3, Template.PAID, Tone.FINAL),)}, "'paid' cannot be a step"),
        ({"sending": SendingHours(20, 9)}, "open before they close"),
        ({"consequence": Consequence.PAUSED}, "needs its day"),
        ({"consequence_day": 3}, "needs its consequence"),
        ({"consequence": Consequence.PAUSED, "consequence_day": 0}, "day 1 to 365"),
    ],
)
def test_rules_that_make_no_sense_are_refused_with_the_reason(changes, said):
    with pytest.raises(BadRules) as refused:
        replace(TUNED, **changes)
    assert said in str(refused.value)


@pytest.mark.parametrize("family", sorted(NOT_BY_ITSELF))
def test_nobody_can_ask_for_charges_where_time_alone_does_not_help(family):
    with pytest.raises(BadRules, match="time alone does not help"):
        replace(TUNED, charges={**TUNED.charges, family: Strategy("hope", Cadence.DAYS, (1,))})


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(BadRules) as refused:
        replace(TUNED, window_days=0, max_charges=99, min_gap_hours=0)
    assert len(refused.value.problems) >= 3


@pytest.mark.parametrize(
    "changes",
    [
        {"surprise": 1},
        {"window_days": "28"},
        {"window_days": 28.5},
        {"max_charges": True},
        {"psychology": 1},
        {"charges": None},
        {"charges": {"no_such": {"name": "a", "cadence": "never"}}},
        {"messages": [{"day": 1}]},
        {"sending": {"opens": 9, "closes": 20, "moon": 1}},
        {"sending": {"opens": "9", "closes": 20}},
        {"coexistence": "war"},
        {"consequence": "death"},
        {"consequence_day": "3"},
        {"name": 7},
    ],
)
def test_json_that_is_no_rules_is_refused_as_such(changes):
    with pytest.raises(BadRules):
        from_json({**to_json(TUNED), **changes})


def test_a_template_that_json_names_and_nobody_knows_is_told_by_its_name():
    with pytest.raises(BadRules, match="There is no template 'boast'"):
        from_json({**to_json(TUNED), "messages": [{"day": 1, "template": "boast", "tone": "friendly"}]})


def test_a_step_goes_by_email_where_json_names_no_channel_and_by_none_that_is_unknown():
    step = {"day": 1, "template": "failed", "tone": "friendly"}
    read = from_json({**to_json(TUNED), "messages": [step]})
    assert read.messages == (MessageStep(1, Template.FAILED, Tone.FRIENDLY, Channel.EMAIL),)
    with pytest.raises(BadRules):
        from_json({**to_json(TUNED), "messages": [{**step, "channel": "pigeon"}]})


@pytest.mark.parametrize("name", ["name", "charges", "messages", "window_days"])
def test_json_without_the_essentials_is_refused(name):
    written = to_json(TUNED)
    del written[name]
    with pytest.raises(BadRules):
        from_json(written)


def test_json_of_an_older_version_gets_the_defaults_for_what_it_does_not_name():
    rules = replace(TUNED, coexistence=Coexistence.COEXIST)
    written = to_json(rules)
    for name in ("most_retries", "psychology", "sending", "coexistence", "consequence", "consequence_day"):
        del written[name]
    assert from_json(written) == rules


@pytest.mark.parametrize("relay", [(3, 3), (7, 3), (0, 3), (3, 29)])
def test_a_relay_s_days_rise_within_the_window(relay):
    with pytest.raises(BadRules, match="must rise from at least 1 to at most 28"):
        replace(PRESETS["relay"], relay=relay)


def test_never_is_never():
    assert (NEVER.cadence, NEVER.numbers) == (Cadence.NEVER, ())

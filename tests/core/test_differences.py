"""What two versions of the rules differ in, in words; and which message of one is which of the other."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.test_properties_of_plans import any_rules
from tideover.core.catalogue import Channel, Consequence, Template, Tone
from tideover.core.choices import CHOICES
from tideover.core.declines import Family
from tideover.core.editing.differences import differences
from tideover.core.editing.rules_file import read, written
from tideover.core.editing.sequences import numbered_after
from tideover.core.rules import (
    NEVER,
    PRESETS,
    AfterTrial,
    BadRules,
    Cadence,
    Coexistence,
    FinalAction,
    MessageStep,
    Rules,
    SendingHours,
    Strategy,
    from_json,
    to_json,
)
from tideover.core.settings.file import Format

TUNED = PRESETS["tuned"]
MODEST = settings(max_examples=40, deadline=None)
FAILED = MessageStep(0, Template.FAILED, Tone.FRIENDLY)
REMINDER = MessageStep(3, Template.REMINDER, Tone.GENTLE)
URGENT = MessageStep(7, Template.URGENT, Tone.URGENT)
HELP = MessageStep(14, Template.HELP, Tone.HELP)


def days(*numbers: int) -> Strategy:
    return Strategy("mine", Cadence.DAYS, numbers)


def after_no_funds(rules: Rules, strategy: Strategy) -> Rules:
    return replace(rules, charges={**rules.charges, Family.NO_FUNDS: strategy})


def with_messages(*steps: MessageStep) -> Rules:
    return replace(TUNED, messages=steps)


def test_every_choice_of_the_rules_stands_in_the_one_table():
    assert set(CHOICES) == {field.name for field in fields(Rules)} | {"weekends", "holidays"}
    assert all(choice.label and choice.effect for choice in CHOICES.values())


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (days(3, 9), days(5, 9), "charge on day 5 instead of day 3 after “insufficient funds”"),
        (days(3), days(3, 5, 7), "charge also on days 5 and 7 after “insufficient funds”"),
        (days(3, 5), days(3), "charge no more on day 5 after “insufficient funds”"),
        (days(3), NEVER, "charge never instead of on day 3 after “insufficient funds”"),
        (
            Strategy("payday", Cadence.PAYDAYS, (9,)),
            Strategy("hours", Cadence.HOURS, (3, 24)),
            "charge on hours 3 and 24 instead of on paydays at 9:00 after “insufficient funds”",
        ),
    ],
)
def test_other_days_are_told_as_what_came_and_what_went(before, after, said):
    [difference] = differences(after_no_funds(TUNED, before), after_no_funds(TUNED, after))
    assert (difference.field, difference.text) == ("charges.no_funds", said)


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"max_charges": 3}, "max_charges", "max retries: 3 instead of 8 of ours in one case"),
        ({"psychology": False}, "psychology", "persuasive wording: off"),
        ({"chase_overdue": True}, "chase_overdue", "chase overdue invoices: on"),
        ({"charge_new_card": False}, "charge_new_card", "charge a new card at once: off"),
        ({"coexistence": Coexistence.COEXIST}, "coexistence", "Stripe goes on trying beside us; before, we take over"),
        (
            {"after_trial": AfterTrial.RECOVER},
            "after_trial",
            "first charge after a trial: by recover instead of as all",
        ),
        ({"final_action": FinalAction.CANCEL}, "final_action", "at the end the subscription is canceled instead of"),
        ({"relay": (3, 7)}, "relay", "days 3 and 7 instead of none"),
        ({"sending": SendingHours(8, 18)}, "sending", "8:00 to 18:00 instead of 9:00 to 20:00"),
        ({"sending": SendingHours(weekends=False)}, "weekends", "also on weekends: off"),
        ({"sending": SendingHours(holidays=False)}, "holidays", "also on holidays: off"),
        ({"name": "acme"}, "name", "called acme instead of tuned"),
        (
            {"consequence": Consequence.PAUSED, "consequence_day": 28},
            "consequence",
            "if nobody pays: paused on day 28 instead of nothing",
        ),
        ({"debits": {**TUNED.debits, Family.NO_FUNDS: days(9)}}, "debits.no_funds", "day 9 instead of days 10 and 19"),
    ],
)
def test_each_choice_that_differs_is_told_under_its_name(changes, field, said):
    [difference] = differences(TUNED, replace(TUNED, **changes))
    assert difference.field == field
    assert said in difference.text
    assert difference.was


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ((REMINDER,), (replace(REMINDER, day=4),), "email “Reminder” (gentle) on day 4 instead of day 3"),
        ((FAILED,), (FAILED, REMINDER), "email “Reminder” (gentle) on day 3 is new"),
        ((FAILED, REMINDER), (FAILED,), "no email “Reminder” (gentle) on day 3 any more"),
        (
            (REMINDER,),
            (replace(URGENT, day=3),),
            "on day 3 email “Urgent notice” (urgent) instead of email “Reminder” (gentle)",
        ),
    ],
)
def test_a_message_that_moved_is_not_one_that_went_and_one_that_came(before, after, said):
    assert [each.text for each in differences(with_messages(*before), with_messages(*after))] == [said]


@MODEST
@given(any_rules(), any_rules())
def test_what_differs_is_told_and_what_does_not_is_not(one, other):
    same = to_json(replace(one, charges=_nameless(one))) == to_json(replace(other, charges=_nameless(other)))
    assert (differences(one, other) == ()) is same
    assert differences(one, one) == ()
    assert all(each.field.partition(".")[0] in CHOICES for each in differences(one, other))


def _nameless(rules: Rules) -> dict[Family, Strategy]:
    return {kind: replace(strategy, name="any") for kind, strategy in rules.charges.items()}


def numbers(rules: Rules) -> list[int]:
    return [number for number, _ in rules.numbered]


def test_a_message_keeps_its_number_when_it_is_moved_reworded_or_comes_back():
    first = with_messages(FAILED, REMINDER, URGENT)
    moved = numbered_after(with_messages(replace(REMINDER, day=2), URGENT, HELP), [first])
    assert numbers(moved) == [2, 3, 4]
    reworded = numbered_after(with_messages(replace(URGENT, tone=Tone.GENTLE), HELP), [moved, first])
    assert numbers(reworded) == [3, 4]
    again = numbered_after(with_messages(FAILED, REMINDER, URGENT), [reworded, moved, first])
    assert numbers(again) == [1, 2, 3]
    assert numbers(numbered_after(with_messages(replace(FAILED, tone=Tone.FINAL)), [reworded, moved])) == [5]


@MODEST
@given(st.lists(any_rules(), min_size=1, max_size=5))
def test_numbers_are_never_given_to_two_messages_and_the_same_message_has_the_same(edits):
    versions: list[Rules] = []
    for rules in edits:
        versions.insert(0, numbered_after(rules, versions))
        assert len(set(numbers(versions[0]))) == len(rules.messages)
        assert differences(rules, versions[0]) == ()
        assert numbered_after(rules, versions) == versions[0]


def test_the_first_version_is_written_as_before_messages_had_numbers():
    assert numbered_after(TUNED, []) == TUNED


@MODEST
@given(any_rules(), st.sampled_from(Format))
def test_rules_in_a_file_are_read_as_they_were_written(rules, form):
    text = written(rules, form)
    assert read(text) == rules
    assert written(read(text), form) == text


def test_a_file_without_messages_or_with_a_consequence_is_whole_too():
    rules = replace(TUNED, messages=(), consequence=Consequence.SUSPENDED, consequence_day=20, debits={})
    assert read(written(rules, Format.TOML)) == rules


@pytest.mark.parametrize(
    ("changes", "field", "repair"),
    [
        ({"max_charges": 99}, "max_charges", "10"),
        ({"window_days": 0}, "window_days", "1"),
        ({"relay": (9, 3, 99)}, "relay", "3, 9"),
        ({"charges": {**TUNED.charges, Family.OTHER: days(17, 27, 21)}}, "charges.other", "17, 21, 27"),
        ({"charges": {**TUNED.charges, Family.OTHER: Strategy("p", Cadence.PAYDAYS, (24,))}}, "charges.other", "9"),
        ({"consequence": Consequence.PAUSED}, "consequence_day", "28"),
        ({"messages": (HELP, REMINDER)}, "messages.2", ""),
    ],
)
def test_a_problem_names_its_choice_and_what_could_stand_there(changes, field, repair):
    with pytest.raises(BadRules) as refused:
        replace(TUNED, **changes)
    assert [(problem.field, problem.repair) for problem in refused.value.problems if problem.field == field] == [
        (field, repair)
    ]


def test_a_strategy_without_a_name_is_called_by_its_cadence():
    told = {**to_json(TUNED), "charges": {**to_json(TUNED)["charges"], "other": {"cadence": "days", "numbers": [2]}}}
    assert from_json(told).charges[Family.OTHER] == Strategy("days", Cadence.DAYS, (2,))


def test_two_messages_of_one_number_cannot_be():
    with pytest.raises(BadRules, match="number of its own"):
        with_messages(FAILED, replace(REMINDER, number=1))
    assert with_messages(replace(FAILED, number=7, channel=Channel.EMAIL)).numbered[0][0] == 7

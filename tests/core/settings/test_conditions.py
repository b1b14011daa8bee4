"""Whom a message is for: met or not, told in words, contradictions found, and the plan that obeys."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.planning import DAY, HOUR, OPENED, TUNED, UTC_ZONE, messages, refused
from tests.core.telling import after, failed
from tideover.core.catalogue import Template, Tone
from tideover.core.choices import AfterTrial, BadRules, MessageStep, Rules
from tideover.core.declines import HEALS, Family, Heals
from tideover.core.editing.rules_file import choices
from tideover.core.money import Money
from tideover.core.planner import Do, explain_silence, plan, under, why_unwanted
from tideover.core.rules import PRESETS, from_json, to_json
from tideover.core.settings.conditions import ALWAYS, Condition, in_words, unmet
from tideover.core.steps import Copied
from tideover.core.ways.readers import Reader, Role

PRICE, OTHER_PRICE, PRODUCT = "price_1PZq4mKx8Yt2Lw9sR3vB7nCd", "price_1PZq4mKx8Yt2Lw9sAAAAAAAA", "prod_QfT8mLk3wXz1Ab"
TWENTY, FIFTY = Money(2000, "usd"), Money(5000, "usd")


def only(step: int, condition: Condition, rules: Rules = TUNED) -> Rules:
    """The rules with a condition on the message of this place, from 0."""
    steps = [replace(each, only=condition) if at == step else each for at, each in enumerate(rules.messages)]
    return replace(rules, messages=tuple(steps))


def days(case, rules, now=OPENED):
    return [(step.at - OPENED).days for step in messages(case, rules, now)]


@pytest.mark.parametrize(
    ("condition", "case", "why"),
    [
        (Condition((Family.REFUSED,)), {}, ""),
        (
            Condition((Family.NO_FUNDS, Family.EXPIRED)),
            {},
            (
                "it goes out only after “Insufficient funds” or “Expired or missing method”,"
                " and this payment failed as “Declined by the bank”"
            ),
        ),
        (Condition(least=(TWENTY,)), {"amount": TWENTY}, ""),
        (
            Condition(least=(TWENTY,)),
            {"amount": Money(1999, "usd")},
            "it goes out only where at least $20.00 is owed, and $19.99 is",
        ),
        (Condition(most=(TWENTY,)), {"amount": TWENTY}, ""),
        (
            Condition(most=(TWENTY,)),
            {"amount": Money(2001, "usd")},
            "it goes out only where at most $20.00 is owed, and $20.01 is",
        ),
        (Condition(least=(TWENTY,)), {"amount": Money(9900, "eur")}, "it names no least amount in EUR"),
        (Condition(prices=(PRICE, PRODUCT)), {"prices": (OTHER_PRICE, PRODUCT)}, ""),
        (
            Condition(prices=(PRICE,)),
            {"prices": (OTHER_PRICE,)},
            f"it goes out only for {PRICE}, and this payment is for {OTHER_PRICE}",
        ),
        (Condition(prices=(PRICE,)), {}, f"it goes out only for {PRICE}, and what this payment is for is not known"),
        (Condition(after_trial=True), {"after_trial": True}, ""),
        (Condition(after_trial=False), {}, ""),
        (
            Condition(after_trial=True),
            {},
            "it goes out only for the first charge after a trial, and this is not one",
        ),
        (
            Condition(after_trial=False),
            {"after_trial": True},
            "it goes out only for other than the first charge after a trial, and this is one",
        ),
        (Condition(segments=("pro", "enterprise")), {"segment": "enterprise"}, ""),
        (
            Condition(segments=("pro", "enterprise")),
            {"segment": "starter"},
            "it goes out only for customers in the segment “pro” or “enterprise”, and this one is in “starter”",
        ),
        (
            Condition(segments=("pro",)),
            {},
            "it goes out only for customers in the segment “pro”, and this one is in none",
        ),
        (
            Condition((Family.REFUSED,), least=(TWENTY,), prices=(PRICE,)),
            {"prices": (OTHER_PRICE,)},
            f"it goes out only for {PRICE}, and this payment is for {OTHER_PRICE}",
        ),
    ],
)
def test_all_that_is_said_must_be_true_and_what_is_not_is_told(condition, case, why):
    assert unmet(condition, refused(**case)) == why


def test_a_condition_in_words_names_all_of_it():
    condition = Condition(
        (Family.NO_FUNDS,),
        (Money(2000, "eur"), TWENTY),
        (FIFTY,),
        (PRICE, PRODUCT),
        after_trial=False,
        segments=("pro", "enterprise"),
    )
    assert in_words(condition) == (
        "only after “Insufficient funds”, only where at least €20.00 or $20.00 is owed, only where at most $50.00 is"
        f" owed, only for {PRICE} or {PRODUCT}, only for other than the first charge after a trial,"
        " only for customers in the segment “pro” or “enterprise”"
    )
    assert in_words(ALWAYS) == ""


# ── the plan ──


def test_a_message_that_is_not_for_the_case_is_left_out_and_the_next_one_says_why():
    rules = only(1, Condition(least=(Money(20000, "usd"),)))
    assert days(refused(), rules) == [0, 7, 14, 21, 27]
    urgent = messages(refused(), rules)[1]
    assert urgent.instead == (
        "The message of day 3 is left out: it goes out only where at least $200.00 is owed, and $99.00 is.",
    )


def test_what_is_left_out_at_the_end_is_told_by_the_end():
    rules = only(5, Condition((Family.EXPIRED,)))
    assert "The message of day 27 is left out" in plan(refused(), rules, None, OPENED)[-1].instead[0]
    assert plan(refused(), TUNED, None, OPENED)[-1].instead == ()


def test_it_goes_out_as_soon_as_the_condition_is_met_and_no_more_when_it_is_not():
    rules = only(2, Condition((Family.EXPIRED,)))
    case = refused()
    assert days(case, rules) == [0, 3, 14, 21, 27]
    assert 7 in days(replace(case, family=Family.EXPIRED), rules)
    late = replace(case, amount=Money(100, "usd"))
    rules = only(2, Condition(least=(TWENTY,)))
    [why] = [why for step, why in why_unwanted(late, rules, OPENED + 6 * DAY).items() if step == "message-3"]
    assert why == "The message of day 7 is left out: it goes out only where at least $20.00 is owed, and $1.00 is."


def test_a_message_that_is_not_for_the_case_makes_the_one_before_no_less_fresh():
    """An overdue message goes out if it is the newest: one that is not for the case is no newer one."""
    rules = only(2, Condition((Family.EXPIRED,)))
    late = OPENED + 7 * DAY + HOUR
    case = replace(refused(), paused_until=late)
    assert days(case, replace(rules, messages=rules.messages[1:3])) == []  # of day 3 it is too late by then
    steps = (replace(rules.messages[1], day=6), replace(rules.messages[2], day=7))
    near = replace(case, paused_until=OPENED + 7 * DAY + HOUR)
    assert days(near, replace(rules, messages=(replace(steps[0], day=7), replace(steps[1], day=8)))) == [7]


def test_a_copy_for_whoever_else_reads_goes_out_no_more_once_its_message_is_not_for_the_case():
    office = Reader("0a1b2c3d4e5f", Role.BILLING, 0, OPENED - DAY)
    case, rules = replace(refused(), readers=(office,)), only(0, Condition((Family.REFUSED,)))
    own, copy = messages(case, rules)[:2]
    assert copy.step == Copied(1, office.key).key
    case = after(case, own)
    assert messages(case, rules)[0].step == copy.step
    assert copy.step not in {step.step for step in messages(replace(case, family=Family.EXPIRED), rules)}


def test_why_messages_are_silent_is_told_apart_and_not_of_a_case_that_has_ended():
    rules = only(0, Condition(after_trial=True))
    assert explain_silence(refused(), rules) == (
        "The message of day 0 is left out: it goes out only for the first charge after a trial, and this is not one.",
    )
    assert explain_silence(replace(refused(), state="recovered"), rules) == ()
    assert explain_silence(refused(), TUNED) == ()


def test_a_condition_that_comes_later_makes_up_for_nothing_that_lies_before():
    """Under edited rules what is met only by them, and meant for before now, does not go out."""
    narrow, wide = only(1, Condition((Family.EXPIRED,))), TUNED
    now = OPENED + 3 * DAY + HOUR
    case = refused()
    for step in messages(case, narrow)[:1]:
        case = after(case, step)
    assert under(case, narrow, wide, now).rules_since == now
    assert days(under(case, narrow, wide, now), wide, now) == [7, 14, 21, 27]
    assert under(case, wide, only(1, Condition((Family.REFUSED,))), now).rules_since is None


# ── what can never be met ──


@pytest.mark.parametrize(
    ("condition", "changes", "field", "said"),
    [
        (Condition(least=(FIFTY,), most=(TWENTY,)), {}, "most", "No payment is at least $50.00 and at most $20.00."),
        (Condition(least=(FIFTY,), most=(Money(99, "eur"),)), {}, "most", "no currency in common"),
        (Condition(least=(TWENTY, FIFTY)), {}, "least", "One amount for each currency"),
        (Condition(most=(Money(0, "usd"),)), {}, "most", "more than 0"),
        (Condition((Family.UNCHARGEABLE,)), {}, "families", "only you can help there"),
        (Condition((Family.OVERDUE,)), {}, "families", "chase no overdue invoices"),
        (Condition((Family.EXPIRED, Family.EXPIRED)), {}, "families", "twice"),
        (Condition(prices=("the gold plan",)), {}, "prices", "'the gold plan' is no id of a price"),
        (Condition(prices=tuple(f"price_{at}" for at in range(21))), {}, "prices", "At most 20"),
        (Condition(segments=("Pro",)), {}, "segments", "'Pro' is no segment: one word of at most 40 letters a to z"),
        (Condition(segments=("pro", "pro")), {}, "segments", "twice"),
        (Condition(segments=tuple(f"group-{at}" for at in range(21))), {}, "segments", "At most 20 segments"),
        (Condition(after_trial=True), {"after_trial": AfterTrial.RECOVER}, "after_trial", "goes by recover"),
    ],
)
def test_what_can_never_be_met_is_a_problem_of_its_own_part(condition, changes, field, said):
    with pytest.raises(BadRules) as refusal:
        only(2, condition, replace(TUNED, **changes))
    assert f"messages.3.{field}" in {problem.field for problem in refusal.value.problems}
    assert said in str(refusal.value)


def test_overdue_invoices_may_have_messages_of_their_own_where_they_are_chased():
    chasing = replace(TUNED, chase_overdue=True)
    rules = only(1, Condition((Family.OVERDUE,)), chasing)
    assert days(failed(OPENED, UTC_ZONE, Family.OVERDUE), rules) == [0, 3, 7, 14, 21, 27]
    assert days(refused(), rules) == [0, 7, 14, 21, 27]


# ── as JSON ──


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_the_presets_are_written_as_before_there_were_conditions(name):
    assert all(sorted(step) == ["channel", "day", "template", "tone"] for step in to_json(PRESETS[name])["messages"])


@pytest.mark.parametrize(
    "changes", [{"only": Condition((Family.EXPIRED,))}, {"hour": 10}, {"reader": Role.OWNER}], ids=str
)
def test_a_worker_of_before_reads_no_rules_of_which_it_would_pass_over_whom_a_message_is_for(changes):
    """It looks into no message for what it does not know; at a rule that it does not know it stops."""
    rules = replace(TUNED, messages=(replace(TUNED.messages[0], **changes), *TUNED.messages[1:]))
    assert set(to_json(rules)) - set(to_json(TUNED)) == {"particular"}
    assert from_json(to_json(rules)) == rules
    assert "particular" not in choices(rules)


@pytest.mark.parametrize(
    "told",
    [
        {"weather": "fine"},
        {"families": ["no_such"]},
        {"families": "expired"},
        {"prices": "gold"},
        {"prices": [7]},
        {"segments": "pro"},
        {"least": {"usd": 20.5}},
        {"least": {"usd": True}},
        {"least": {"dollars": 20}},
        {"least": [20]},
        {"after_trial": 1},
    ],
)
def test_json_that_is_no_condition_is_refused(told):
    rules = to_json(TUNED)
    rules["messages"][0]["only"] = told
    with pytest.raises(BadRules):
        from_json(rules)


def test_a_word_that_no_message_has_is_refused_by_its_name():
    rules = to_json(TUNED)
    rules["messages"][0]["onyl"] = {"families": ["expired"]}
    with pytest.raises(BadRules, match="A message has no 'onyl'"):
        from_json(rules)


def test_a_condition_is_the_same_in_whatever_order_it_was_kept():
    rules = to_json(TUNED)
    rules["messages"][0]["only"] = {"least": {"usd": 1, "eur": 2}, "families": ["expired", "no_funds"]}
    other = to_json(TUNED)
    other["messages"][0]["only"] = {"families": ["no_funds", "expired"], "least": {"eur": 2, "usd": 1}}
    assert from_json(rules) == from_json(other)
    assert to_json(from_json(rules)) == to_json(from_json(other))


# ── whatever is chosen ──

TOLD = tuple(kind for kind in Family if HEALS[kind] != Heals.MERCHANT and kind != Family.OVERDUE)
AMOUNTS = st.sampled_from([(), (TWENTY,), (Money(9900, "usd"),), (Money(500, "eur"), FIFTY)])


@st.composite
def conditions(draw) -> Condition:
    return Condition(
        tuple(sorted(draw(st.sets(st.sampled_from(TOLD), max_size=3)), key=list(Family).index)),
        least=draw(AMOUNTS),
        prices=draw(st.sampled_from([(), (PRICE,), (OTHER_PRICE, PRODUCT)])),
        after_trial=draw(st.sampled_from([None, True, False])),
        segments=draw(st.sampled_from([(), ("pro",), ("pro", "starter")])),
    )


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.just(ALWAYS) | conditions(), min_size=6, max_size=6),
    st.sampled_from(TOLD),
    st.integers(100, 20000),
    st.sampled_from([(), (PRICE,), (OTHER_PRICE,)]),
    st.booleans(),
    st.sampled_from(["", "pro", "starter"]),
)
def test_of_messages_only_those_that_are_for_the_case_go_out_and_each_other_is_told(  # noqa: PLR0917
    told, family, minor, prices, trial, segment
):
    steps = [replace(step, only=each) for step, each in zip(TUNED.messages, told, strict=True)]
    rules = replace(TUNED, messages=tuple(steps))
    learnt = {"amount": Money(minor, "usd"), "prices": prices, "after_trial": trial, "segment": segment}
    case = failed(OPENED, UTC_ZONE, family, **learnt)
    planned = plan(case, rules, None, OPENED)
    met = {f"message-{at}" for at, step in enumerate(steps, 1) if not unmet(step.only, case)}
    went = {step.step for step in planned if step.do == Do.MESSAGE}
    assert went <= met
    assert len(explain_silence(case, rules)) == 6 - len(met)
    said = [why for step in planned for why in step.instead if "is left out" in why]
    assert sorted(said) == sorted(explain_silence(case, rules))
    assert from_json(to_json(rules)) == rules


def test_a_sequence_may_be_for_some_payments_alone():
    step = MessageStep(0, Template.FAILED, Tone.FRIENDLY, only=Condition((Family.EXPIRED,)))
    rules = replace(TUNED, messages=(step,))
    assert days(refused(), rules) == []
    assert days(failed(OPENED, UTC_ZONE, Family.EXPIRED), rules) == [0]

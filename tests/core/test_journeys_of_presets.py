"""A failed payment under each preset, told by the day, wherever the customer lives."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.core.telling import PLACES, after, failed, local, run, story, told
from tideover.core.case import State, state_of
from tideover.core.catalogue import Consequence
from tideover.core.declines import NOT_BY_ITSELF, OF_CHARGES, Family
from tideover.core.facts import Fact, Learnt
from tideover.core.planner import Do, plan
from tideover.core.rules import PRESETS

RECOVER, WINDBACK = PRESETS["recover"], PRESETS["windback"]
PAYMENTRESCUE, REVGUARD, TUNED = PRESETS["paymentrescue"], PRESETS["revguard"], PRESETS["tuned"]
THREATENING = replace(RECOVER, consequence=Consequence.SUSPENDED, consequence_day=30)


@pytest.fixture(params=PLACES)
def place(request):
    zone, opened = PLACES[request.param]
    return local(opened, zone), zone


@pytest.fixture(params=PLACES)
def late_morning(request):
    """The same days, within the hours in which messages may go out."""
    zone, opened = PLACES[request.param]
    return local(opened.replace("08:30", "10:00"), zone), zone


def days(case, rules, *kinds: Do) -> list[int]:
    return [int(line.split()[1]) for line in story(case, rules, *kinds)]


# ── Recover ──


def test_cn_08_no_funds_is_tried_on_the_next_friday_the_1st_and_the_15th(place):
    case = failed(*place, Family.NO_FUNDS)
    tries = [step.at.astimezone(case.zone) for step in run(case, RECOVER) if step.do == Do.CHARGE]
    assert [at.hour for at in tries] == [9, 9, 9]
    assert sorted(at.day for at in tries if at.day in {1, 15}) == [1, 15]
    assert [at.strftime("%a") for at in tries if at.day not in {1, 15}] == ["Fri"]
    assert {step.rule for step in run(case, RECOVER) if step.do == Do.CHARGE} == {"recover.no_funds.payday"}


def test_cn_09_an_expired_card_is_never_charged_and_the_customer_is_asked_for_a_new_one_at_once(late_morning):
    case = failed(*late_morning, Family.EXPIRED)
    assert story(case, RECOVER, Do.CHARGE) == []
    assert story(case, RECOVER, Do.MESSAGE)[0] == "day 0 10:00 message update_card/friendly"


def test_cn_10_a_declined_card_is_tried_on_days_3_7_14_and_21(place):
    assert story(failed(*place, Family.REFUSED), RECOVER, Do.CHARGE) == [
        "day 3 08:30 charge",
        "day 7 08:30 charge",
        "day 14 08:30 charge",
        "day 21 08:30 charge",
    ]


@pytest.mark.parametrize("family", [Family.TECHNICAL, Family.OTHER, Family.WRONG_DATA])
def test_cn_11_other_failures_are_tried_on_days_1_3_7_14_21_and_28(place, family):
    assert story(failed(*place, family), RECOVER, Do.CHARGE) == [
        f"day {day} 08:30 charge" for day in (1, 3, 7, 14, 21, 28)
    ]


def test_cn_12_to_cn_18_six_messages_in_28_days_grow_from_friendly_to_final(late_morning):
    assert story(failed(*late_morning, Family.NO_FUNDS), THREATENING, Do.MESSAGE) == [
        "day 0 10:00 message failed/friendly",  # CN-13
        "day 3 10:00 message reminder/gentle",  # CN-14
        "day 7 10:00 message warning/urgent",  # CN-15
        "day 14 10:00 message suspension/serious",  # CN-16
        "day 21 10:00 message last_chance/emotional",  # CN-17
        "day 28 10:00 message final/final",  # CN-18
    ]


def test_cn_15_and_cn_16_threaten_nothing_that_the_merchant_has_not_announced(late_morning):
    told_ = story(failed(*late_morning, Family.NO_FUNDS), RECOVER, Do.MESSAGE)
    assert told_[2:4] == ["day 7 10:00 message urgent/urgent", "day 14 10:00 message help/serious"]


def test_cn_16_no_suspension_is_announced_once_its_day_has_passed(late_morning):
    rules = replace(RECOVER, consequence=Consequence.PAUSED, consequence_day=10)
    told_ = story(failed(*late_morning, Family.NO_FUNDS), rules, Do.MESSAGE)
    assert told_[2:4] == ["day 7 10:00 message warning/urgent", "day 14 10:00 message help/serious"]


@pytest.mark.parametrize("most", [1, 4, 6])
def test_cn_31_never_more_charges_than_the_merchant_allows(place, most):
    rules = replace(RECOVER, max_charges=most)
    case = failed(*place, Family.OTHER)
    assert len(story(case, rules, Do.CHARGE)) == most
    assert [step.do for step in plan(case, rules, None, case.opened_at)].count(Do.CHARGE) == most


# ── Windback ──


def test_wb_05_to_wb_09_four_messages_on_days_1_3_5_and_7_and_no_charge(late_morning):
    case = failed(*late_morning, Family.NO_FUNDS)
    assert story(case, WINDBACK, Do.MESSAGE) == [
        "day 1 10:00 message failed/gentle",  # WB-06
        "day 3 10:00 message urgent/urgent",  # WB-07
        "day 5 10:00 message help/help",  # WB-08
        "day 7 10:00 message final/final",  # WB-09
    ]
    assert story(case, WINDBACK, Do.CHARGE) == []


def test_wb_10_after_the_fourth_message_the_case_is_abandoned_the_same_day(late_morning):
    case = failed(*late_morning, Family.NO_FUNDS)
    assert story(case, WINDBACK)[-1] == "day 7 14:00 close"
    closed = Fact(Learnt.EXHAUSTED, run(case, WINDBACK)[-1].at, "exhausted")
    assert state_of([closed]) == State.ABANDONED


# ── RevGuard ──


@pytest.mark.parametrize("family", [Family.NO_FUNDS, Family.REFUSED, Family.TECHNICAL])
def test_rg_06_four_charges_3_hours_1_day_3_days_and_7_days_after_the_failure(place, family):
    case = failed(*place, family)
    tries = [step.at - case.opened_at for step in run(case, REVGUARD) if step.do == Do.CHARGE]
    assert tries == [timedelta(hours=3), timedelta(days=1), timedelta(days=3), timedelta(days=7)]


def test_rg_33_three_kinds_of_message_are_sent(late_morning):
    sent = [step.template for step in run(failed(*late_morning, Family.NO_FUNDS), REVGUARD) if step.do == Do.MESSAGE]
    assert sent == ["failed", "reminder", "final"]


# ── PaymentRescue ──


def test_pr1_11_and_pr1_12_messages_on_days_0_3_and_7_are_friendly_urgent_and_final(late_morning):
    assert story(failed(*late_morning, Family.NO_FUNDS), PAYMENTRESCUE, Do.MESSAGE) == [
        "day 0 10:00 message failed/friendly",
        "day 3 10:00 message urgent/urgent",
        "day 7 10:00 message final/final",
    ]


@pytest.mark.parametrize(
    ("promise", "learnt", "state"),
    [
        ("PR1-14", Learnt.PAID, State.RECOVERED),
        ("PR1-15", Learnt.UNCOLLECTIBLE, State.CANCELED),
        ("PR1-16", Learnt.PAID, State.RECOVERED),
        ("PR1-18", Learnt.PAID, State.RECOVERED),
        ("PR1-19", Learnt.SUBSCRIPTION_ENDED, State.CHURNED),
        ("PR1-21", Learnt.VOIDED, State.CANCELED),
    ],
)
def test_pr1_14_to_pr1_21_whatever_ends_the_case_ends_the_sequence(late_morning, promise, learnt, state):
    case = failed(*late_morning, Family.NO_FUNDS)
    assert plan(case, PAYMENTRESCUE, None, case.opened_at)
    assert state_of([Fact(learnt, case.opened_at, "end")]) == state
    assert plan(replace(case, state=state), PAYMENTRESCUE, None, case.opened_at) == ()


def test_pr1_15_nobody_who_has_updated_the_card_is_asked_to_before_it_was_tried(late_morning):
    case = failed(*late_morning, Family.EXPIRED)
    acted = case.opened_at + timedelta(days=3) - timedelta(minutes=1)
    waiting = replace(case, new_method="pm_new", customer_acted_at=acted)
    first, *rest = plan(waiting, PAYMENTRESCUE, None, acted)
    assert (first.step, first.at) == ("charge-on-new", acted)
    assert all(step.at >= acted + timedelta(days=1) for step in rest)


def test_pr1_17_a_failure_begins_the_sequence(late_morning):
    case = failed(*late_morning, Family.NO_FUNDS)
    assert told(plan(case, PAYMENTRESCUE, None, case.opened_at)[0], case) == "day 0 10:00 message failed/friendly"


@pytest.mark.parametrize("family", OF_CHARGES)
def test_pr1_20_a_card_that_is_attached_is_charged_at_once(late_morning, family):
    case = failed(*late_morning, family)
    acted = case.opened_at + timedelta(hours=5)
    brought = replace(case, new_method="pm_1AbC", customer_acted_at=acted)
    charge = plan(brought, PAYMENTRESCUE, None, acted)[0]
    assert (charge.do, charge.at, charge.step) == (Do.CHARGE, acted, "charge-on-1AbC")


def test_pr1_20_a_card_is_charged_at_once_only_once(late_morning):
    case = failed(*late_morning, Family.EXPIRED)
    acted = case.opened_at + timedelta(hours=5)
    brought = replace(case, new_method="pm_1AbC", customer_acted_at=acted)
    charge = plan(brought, PAYMENTRESCUE, None, acted)[0]
    tried = after(brought, charge, late=timedelta(seconds=9))
    assert not [step for step in plan(tried, PAYMENTRESCUE, None, acted) if step.do == Do.CHARGE]


def test_pr1_20_the_same_card_is_charged_again_when_it_is_renewed_after_it_was_tried(late_morning):
    case = failed(*late_morning, Family.EXPIRED)
    acted = case.opened_at + timedelta(hours=5)
    brought = replace(case, new_method="pm_1AbC", customer_acted_at=acted)
    tried = after(brought, plan(brought, TUNED, None, acted)[0])
    renewed = replace(tried, customer_acted_at=acted + timedelta(days=2))
    charge = plan(renewed, TUNED, None, acted + timedelta(days=2))[0]
    assert (charge.step, charge.do) == ("charge-on-1AbC-2", Do.CHARGE)


# ── ours ──


@pytest.mark.parametrize(
    ("family", "expected"),
    [
        (Family.NO_FUNDS, [2, 4, 6, 8, 13, 17, 23, 26]),
        (Family.REFUSED, [1, 2, 3, 6, 10, 16, 21, 27]),
        (Family.TECHNICAL, [1, 3, 7, 10, 13, 15, 21, 26]),
        (Family.EXPIRED, []),
        (Family.CARD_DEAD, []),
        (Family.AUTHENTICATION, []),
        (Family.REVOKED, []),
    ],
)
def test_tuned_tries_eight_times_in_28_days_by_the_kind_of_failure(place, family, expected):
    assert days(failed(*place, family), TUNED, Do.CHARGE) == expected


def test_tuned_writes_on_days_0_3_7_14_21_and_27_and_gives_up_after_day_28(late_morning):
    case = failed(*late_morning, Family.REFUSED)
    assert days(case, TUNED, Do.MESSAGE) == [0, 3, 7, 14, 21, 27]
    assert story(case, TUNED, Do.CLOSE) == ["day 29 10:00 close"]


@pytest.mark.parametrize("rules", PRESETS.values(), ids=PRESETS)
@pytest.mark.parametrize("family", sorted(NOT_BY_ITSELF))
def test_no_preset_charges_a_card_again_where_only_the_customer_can_help(rules, family, late_morning):
    assert story(failed(*late_morning, family), rules, Do.CHARGE) == []


@pytest.mark.parametrize("rules", PRESETS.values(), ids=PRESETS)
def test_i14_each_step_of_the_first_plan_is_executed_once_in_its_order(rules, late_morning):
    for family in Family:
        case = failed(*late_morning, family)
        first = plan(case, rules, None, case.opened_at)
        assert [step.step for step in run(case, rules, late=timedelta(seconds=5))] == [step.step for step in first]
        assert first[-1].step == "close"

"""Pauses, promises, advice, and the last word right before a step is executed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from tests.core.planning import (
    DAY,
    HOUR,
    NEW_YORK,
    OPENED,
    PAYMENTRESCUE,
    RECOVER,
    REVGUARD,
    UTC_ZONE,
    WINDBACK,
    charges,
    messages,
    refused,
)
from tests.core.telling import PRICE, after, attempt, failed, local, run, story
from tideover.core.case import State
from tideover.core.declines import Family
from tideover.core.networks import By
from tideover.core.planner import Advice, Do, DoneStep, last_word, plan
from tideover.core.rules import Cadence, Strategy

# ── pause, promise, advice ──


def test_a_pause_moves_what_is_fresh_to_its_end_and_leaves_out_the_rest():
    until = OPENED + 7 * DAY + 5 * HOUR
    steps = plan(refused(paused_until=until), RECOVER, None, OPENED + DAY)
    assert [(step.step, step.at) for step in steps[:2]] == [
        ("charge-1", until),
        ("message-3", until + timedelta(minutes=10)),
    ]
    assert "The message of day 3 was left out: it was more than a day late." in steps[1].instead


def test_a_pause_beyond_the_window_ends_in_the_close_alone():
    until = OPENED + 40 * DAY
    steps = plan(refused(paused_until=until), RECOVER, None, OPENED + DAY)
    assert [(step.step, step.at) for step in steps] == [("close", until + DAY)]


def test_on_a_promised_day_the_charge_is_made_and_until_then_all_rests():
    case = refused(promised_on=date(2026, 7, 16))
    steps = plan(case, RECOVER, None, OPENED + HOUR)
    assert (steps[0].step, steps[0].at) == ("charge-promised-2026-07-16", local("2026-07-16 09:00", UTC_ZONE))
    paid_not = after(case, steps[0])
    assert "charge-promised-2026-07-16" not in {s.step for s in plan(paid_not, RECOVER, None, steps[0].at)}


def test_advice_replaces_the_days_and_its_reason_is_shown():
    advice = Advice((OPENED + 5 * DAY, OPENED + 12 * DAY), "Tuesday mornings worked before for this customer.")
    planned = charges(refused(), RECOVER, advice=advice)
    assert [step.at - OPENED for step in planned] == [5 * DAY, 12 * DAY]
    assert (planned[0].rule, planned[0].why) == (
        "recover.refused.advised",
        "Declined by the bank: Tuesday mornings worked before for this customer.",
    )


def test_advice_is_held_to_the_gap_the_last_day_and_what_must_never_be_charged():
    advice = Advice((OPENED + 5 * DAY, OPENED + 5 * DAY + HOUR, OPENED + 25 * DAY), "as predicted.")
    planned = charges(refused(), RECOVER, advice=advice)
    assert [step.at - OPENED for step in planned] == [5 * DAY, 6 * DAY + 0 * HOUR]
    dead = failed(OPENED, UTC_ZONE, Family.CARD_DEAD)
    assert charges(dead, RECOVER, advice=advice) == []


def test_hours_are_hours_although_the_clocks_change():
    opened = local("2026-10-31 22:00", NEW_YORK)  # clocks go back that night
    rules = replace(REVGUARD, charges={**REVGUARD.charges, Family.OTHER: Strategy("soon", Cadence.HOURS, (5,))})
    assert charges(failed(opened, NEW_YORK, Family.OTHER), rules, opened)[0].at == opened + 5 * HOUR


def test_a_plan_says_for_each_step_which_rule_made_it_and_why():
    for step in run(refused(), RECOVER):
        assert step.rule.startswith("recover.")
        assert step.why.endswith(".")
        assert len(step.why) <= 400


def test_the_amount_decides_which_tries_the_network_counts():
    other_amount = tuple(
        attempt(OPENED + n * HOUR, amount=replace(PRICE, minor=100), elsewhere=True) for n in range(15)
    )
    same_amount = tuple(attempt(OPENED + n * HOUR, elsewhere=True) for n in range(15))
    assert charges(refused(attempts=other_amount), RECOVER, OPENED + 2 * DAY)[0].at == OPENED + 3 * DAY
    assert charges(refused(attempts=same_amount), RECOVER, OPENED + 2 * DAY) == []


def test_a_story_ends_with_the_close():
    assert story(refused(), RECOVER)[-1] == "day 29 10:00 close"


# ── the last word, right before a step is executed ──


def claimed(step, at):
    return DoneStep(step, Do.MESSAGE if step.startswith("message") else Do.CHARGE, at, "claimed")


def test_a_step_that_is_due_may_go():
    case = refused(done=(claimed("charge-1", OPENED + 3 * DAY),))
    word = last_word(case, RECOVER, "charge-1", OPENED + 3 * DAY + timedelta(seconds=4))
    assert word is not None
    assert word.at <= OPENED + 3 * DAY + timedelta(seconds=4)


def test_i8_a_claimed_charge_waits_when_somebody_else_has_just_tried():
    now = OPENED + 3 * DAY
    case = refused(done=(claimed("charge-1", now),))
    case = replace(case, attempts=(*case.attempts, attempt(now - HOUR, by=By.CUSTOMER)))
    word = last_word(case, RECOVER, "charge-1", now)
    assert word is not None
    assert word.at == now + 23 * HOUR


def test_a_message_whose_worker_slept_for_days_is_left_alone():
    assert (
        last_word(refused(done=(claimed("message-2", OPENED + 3 * DAY),)), RECOVER, "message-2", OPENED + 5 * DAY)
        is None
    )


def test_i22_a_message_put_off_into_the_night_waits_for_the_morning():
    night = OPENED + 3 * DAY + 12 * HOUR
    word = last_word(refused(done=(claimed("message-2", night),)), PAYMENTRESCUE, "message-2", night)
    assert word is not None
    assert word.at == local("2026-07-11 09:00", UTC_ZONE)


def test_i19_while_a_charge_is_under_way_the_message_beside_it_waits():
    now = OPENED + 3 * DAY
    case = refused(done=(claimed("charge-1", now), claimed("message-2", now)))
    word = last_word(case, RECOVER, "message-2", now + timedelta(seconds=3))
    assert word is not None
    assert word.at == now + timedelta(minutes=10)


def test_once_the_charge_beside_it_has_failed_the_message_goes_at_once():
    now = OPENED + 3 * DAY + timedelta(seconds=30)
    case = after(refused(), charges(refused(), RECOVER)[0], late=timedelta(seconds=20))
    assert messages(case, RECOVER, now)[0].at == now


def test_a_paid_case_has_no_last_word():
    assert last_word(refused(state=State.RECOVERED), RECOVER, "message-2", OPENED + 3 * DAY) is None


def test_a_card_that_stripe_has_tried_since_it_came_is_neither_charged_at_once_nor_waited_for():
    case = refused(new_method="pm_2", customer_acted_at=OPENED + HOUR)
    case = replace(case, attempts=(*case.attempts, attempt(OPENED + 2 * HOUR)))
    steps = plan(case, PAYMENTRESCUE, None, OPENED + 3 * HOUR)
    assert [step.step for step in steps] == ["message-1", "message-2", "message-3", "close"]


def test_after_a_last_message_that_waited_for_the_morning_the_grace_still_holds():
    opened = local("2026-07-07 22:00", UTC_ZONE)
    *_, last, close = run(failed(opened, UTC_ZONE), WINDBACK, late=timedelta(minutes=3))
    assert (last.step, last.at) == ("message-4", local("2026-07-15 09:00", UTC_ZONE))
    assert close.at == last.at + timedelta(hours=4, minutes=3)


def test_the_close_does_not_run_away_from_those_who_plan_again():
    case = failed(OPENED, UTC_ZONE, done=tuple(DoneStep(f"message-{n}", Do.MESSAGE, OPENED, "sent") for n in range(9)))
    due = plan(case, WINDBACK, None, OPENED)[-1].at
    for now in (due - HOUR, due, due + DAY):
        assert plan(case, WINDBACK, None, now)[-1].at == max(due, now)
    word = last_word(
        replace(case, done=(*case.done, DoneStep("close", Do.CLOSE, due, "claimed"))), WINDBACK, "close", due
    )
    assert word is not None
    assert word.at == due

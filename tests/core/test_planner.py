"""What the planner does when life is not a schedule: gaps, Stripe's own tries, pauses, delays, advice, limits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.core.planning import (
    DAY,
    HOUR,
    NEW_YORK,
    OPENED,
    PAYMENTRESCUE,
    RECOVER,
    TUNED,
    UTC_ZONE,
    WINDBACK,
    charges,
    messages,
    refused,
)
from tests.core.telling import CARD, after, attempt, failed, local
from tideover.core.case import WHY_AT_REST, Rest, State
from tideover.core.catalogue import Template, Tone
from tideover.core.declines import Decline, Family
from tideover.core.networks import By
from tideover.core.planner import Do, DoneStep, explain, plan
from tideover.core.rules import PRESETS, Coexistence, MessageStep, SendingHours

# ── charges: the gap, the caps, the window ──


def test_a_try_within_a_day_of_another_waits_until_the_day_is_over():
    customer = attempt(OPENED + 3 * DAY - 2 * HOUR, by=By.CUSTOMER)
    case = refused()
    case = replace(case, attempts=(*case.attempts, customer))
    first = charges(case, RECOVER, OPENED + 3 * DAY - HOUR)[0]
    assert first.at == customer.at + DAY
    assert "within 24 h of the try on Fri 10 Jul 08:00" in first.why


def test_a_day_of_23_hours_is_stretched_to_24_between_two_tries():
    opened = local("2026-03-07 10:00", NEW_YORK)  # clocks go forward that night
    first = charges(failed(opened, NEW_YORK, Family.OTHER), RECOVER, opened)[0]
    assert first.at == opened + DAY
    assert first.at.astimezone(NEW_YORK).hour == 11


def test_a_try_that_would_run_into_the_next_is_passed_over_and_says_so():
    rules = replace(TUNED, min_gap_hours=48)
    planned = charges(refused(), rules)
    assert [(step.at - OPENED).days for step in planned] == [2, 4, 6, 10, 16, 21, 27]
    assert planned[0].instead == (
        "Wed 8 Jul 10:00 (day 1) was passed over: within 48 h of the try on Tue 7 Jul 10:00.",
    )


def test_everybodys_tries_count_against_the_most_retries_on_one_card():
    case = refused()
    stripe = tuple(attempt(OPENED + n * DAY) for n in range(1, 6))
    case = replace(case, attempts=(*case.attempts, *stripe))
    left = charges(case, TUNED, OPENED + 5 * DAY + HOUR)
    assert len(left) == TUNED.most_retries - len(stripe)


def test_tries_on_the_card_that_was_replaced_leave_the_new_one_its_retries():
    case = refused(fingerprint="fp-new")
    old = tuple(attempt(OPENED + n * DAY) for n in range(1, 9))
    assert charges(replace(case, attempts=old), RECOVER, OPENED + 9 * DAY)


def test_tries_for_another_invoice_neither_use_up_a_day_nor_the_retries():
    other = tuple(attempt(OPENED + n * DAY, elsewhere=True) for n in range(1, 9))
    case = refused()
    case = replace(case, attempts=(*case.attempts, *other))
    planned = charges(case, RECOVER, OPENED + 8 * DAY)
    assert [(step.at - OPENED).days for step in planned] == [8, 14, 21]


def test_a_try_missed_while_nobody_worked_is_made_up_for_once():
    now = OPENED + 8 * DAY
    assert [(step.at - OPENED).days for step in charges(refused(), RECOVER, now)] == [8, 14, 21]


def test_a_step_that_was_done_or_skipped_is_never_planned_again():
    for outcome in ("declined:generic_decline", "skipped", "refused", "claimed"):
        done = DoneStep("charge-1", Do.CHARGE, OPENED + 3 * DAY, outcome)
        planned = charges(refused(done=(done,)), RECOVER, OPENED + 3 * DAY + HOUR)
        assert [(step.step, (step.at - OPENED).days) for step in planned] == [
            ("charge-2", 7),
            ("charge-3", 14),
            ("charge-4", 21),
        ]


def test_the_strategy_follows_the_latest_kind_of_failure():
    case = after(refused(), charges(refused(), RECOVER)[0])
    richer = replace(case, family=Family.NO_FUNDS)
    assert charges(richer, RECOVER, OPENED + 3 * DAY + HOUR)[0].rule == "recover.no_funds.payday"


def test_early_in_a_long_month_the_next_1st_lies_outside_of_28_days():
    opened = local("2026-03-03 08:30", UTC_ZONE)
    tries = charges(failed(opened, UTC_ZONE, Family.NO_FUNDS), RECOVER, opened)
    assert [step.at.strftime("%d %b") for step in tries] == ["06 Mar", "15 Mar"]


# ── charges: Stripe's own tries ──


def test_we_keep_clear_of_the_try_stripe_has_announced():
    case = refused(stripe_next_attempt_at=OPENED + 3 * DAY + 5 * HOUR)
    planned = charges(case, RECOVER)
    assert [(step.at - OPENED).days for step in planned] == [7, 14, 21]
    assert "Stripe itself tries on Fri 10 Jul 15:00" in planned[0].instead[0]


def test_after_stripes_try_ours_follows_a_day_later():
    case = refused(stripe_next_attempt_at=OPENED + 3 * DAY - 5 * HOUR)
    assert charges(case, RECOVER)[0].at == OPENED + 4 * DAY - 5 * HOUR


def test_in_take_over_mode_stripes_announced_try_does_not_move_ours():
    case = refused(stripe_next_attempt_at=OPENED + 3 * DAY + 5 * HOUR)
    planned = charges(case, replace(RECOVER, coexistence=Coexistence.TAKE_OVER))
    assert planned[0].at == OPENED + 3 * DAY


# ── charges: the networks ──


def test_a_card_reported_lost_is_not_tried_again_and_the_reason_is_said():
    case = failed(OPENED, UTC_ZONE, Family.CARD_DEAD, brand="visa")
    assert charges(case, TUNED) == []
    assert "The card was reported lost: the networks forbid another try on it." in explain(case, TUNED, OPENED)


def test_a_waiting_time_the_network_asked_for_moves_the_try():
    advised = Decline("generic_decline", network_advice_code="28", brand="mastercard")
    case = refused(brand="mastercard", attempts=(attempt(OPENED, decline=advised, brand="mastercard"),))
    planned = charges(case, RECOVER)
    assert planned[0].at - OPENED == 6 * DAY
    assert "advice code 28: try again after 6 days" in planned[0].why


def test_a_new_card_is_tried_although_the_old_one_is_dead():
    case = failed(OPENED, UTC_ZONE, Family.CARD_DEAD, new_method="pm_2", customer_acted_at=OPENED + HOUR)
    assert [step.step for step in charges(case, TUNED, OPENED + HOUR)] == ["charge-on-2"]


@pytest.mark.parametrize("method", ["pm_2", None])
def test_what_the_customer_brought_is_tried_once_though_a_clock_that_was_set_back_has_it_come_later(method):
    case = failed(OPENED, UTC_ZONE, Family.CARD_DEAD, new_method=method, customer_acted_at=OPENED + 2 * HOUR)
    [first] = charges(case, TUNED, OPENED + HOUR)
    for outcome in ("skipped", "declined:do_not_honor"):
        tried = replace(case, done=(DoneStep(first.step, Do.CHARGE, OPENED + HOUR, outcome, "", ""),))
        assert charges(tried, TUNED, OPENED + HOUR) == []
        if method is None:  # the step is named by when they acted: it can be no other
            assert charges(tried, TUNED, OPENED + 3 * HOUR) == []


@pytest.mark.parametrize(("tried", "steps"), [(CARD, ["charge-on-2"]), ("a-new-card", []), (None, [])])
def test_a_try_in_the_very_second_a_card_was_brought_is_no_try_of_it_if_it_was_of_another(tried: str, steps: list[str]):
    at_once = attempt(OPENED, fingerprint=tried)
    case = refused(attempts=(at_once,), new_method="pm_2", new_fingerprint="a-new-card", customer_acted_at=OPENED)
    assert [step.step for step in charges(case, TUNED) if step.step.startswith("charge-on")] == steps


def test_the_same_dead_card_added_again_is_not_tried():
    case = failed(OPENED, UTC_ZONE, Family.CARD_DEAD, new_method="pm_2", customer_acted_at=OPENED + HOUR)
    case = replace(case, new_fingerprint=CARD, new_brand="visa")
    assert charges(case, TUNED, OPENED + HOUR) == []
    assert any("may not be charged" in why for why in explain(case, TUNED, OPENED + HOUR))


# ── when nothing is charged, it is said why ──


def test_in_observe_mode_messages_go_out_and_nothing_is_charged():
    case = refused(may_charge=False)
    assert charges(case, TUNED) == []
    assert messages(case, TUNED)
    assert any("observe mode" in why for why in explain(case, TUNED, OPENED))


def test_while_a_bank_debit_is_under_way_there_is_no_step():
    case = refused(processing=True)
    assert plan(case, TUNED, None, OPENED) == ()
    assert explain(case, TUNED, OPENED) == (
        "A bank debit is under way: nothing is charged or sent until it is settled.",
    )


@pytest.mark.parametrize("state", [state for state in State if state != State.FAILING])
def test_a_case_that_has_ended_has_no_step(state):
    assert plan(refused(state=state), TUNED, None, OPENED) == ()
    assert len(explain(refused(state=state), TUNED, OPENED)) == 1


@pytest.mark.parametrize("family", Family)
@pytest.mark.parametrize("rules", PRESETS.values(), ids=PRESETS)
def test_either_a_charge_is_planned_or_it_is_explained_why_not(family, rules):
    case = failed(OPENED, UTC_ZONE, family)
    for now in (OPENED, OPENED + 40 * DAY):
        assert bool(charges(case, rules, now)) != bool(explain(case, rules, now))


def test_after_authentication_was_asked_for_nothing_is_charged_blindly():
    case = refused(needs_authentication=True)
    assert charges(case, TUNED) == []
    assert {step.template for step in messages(case, TUNED)} == {"authenticate"}


@pytest.mark.parametrize(
    ("rules", "days"), [(RECOVER, [0, 7, 21, 28]), (TUNED, [0, 7, 14, 27]), (PAYMENTRESCUE, [0, 3, 7])]
)
def test_who_is_to_confirm_with_the_bank_is_asked_for_each_thing_once(rules, days):
    written = messages(failed(OPENED, UTC_ZONE, Family.AUTHENTICATION), rules)
    assert [(step.at - OPENED).days for step in written] == days
    assert any("ask for the same again" in why for step in written for why in step.instead) == (rules != PAYMENTRESCUE)


def test_who_was_asked_to_confirm_is_not_asked_in_the_same_words_again_however_often_it_is_planned():
    asked = DoneStep("message-1", Do.MESSAGE, OPENED, "sent", "authenticate", "friendly")
    case = failed(OPENED, UTC_ZONE, Family.AUTHENTICATION, done=(asked,))
    assert [step.step for step in messages(case, TUNED, OPENED + DAY)] == ["message-3", "message-4", "message-6"]


def test_one_whose_bank_asks_only_later_is_still_asked_kindly_first():
    wrote = DoneStep("message-1", Do.MESSAGE, OPENED, "sent", "failed", "friendly")
    case = failed(OPENED, UTC_ZONE, Family.AUTHENTICATION, done=(wrote,))
    assert messages(case, TUNED, OPENED + DAY)[0].step == "message-2"


def test_a_card_brought_under_rules_that_charge_none_is_left_to_stripe():
    case = refused(new_method="pm_2", customer_acted_at=OPENED + HOUR)
    assert charges(case, WINDBACK, OPENED + HOUR) == []
    assert any("leave it to Stripe" in why for why in explain(case, WINDBACK, OPENED + HOUR))


@pytest.mark.parametrize("changes", [{"new_method": "pm_2"}, {}])
def test_who_brought_a_method_that_nobody_is_sure_to_charge_hears_on(changes):
    case = refused(customer_acted_at=OPENED + HOUR, may_charge=False, **changes)
    assert len(messages(case, WINDBACK, OPENED + HOUR)) == len(WINDBACK.messages)


def test_a_new_default_that_stripe_tries_soon_is_waited_for():
    theirs = OPENED + 2 * DAY
    case = refused(customer_acted_at=OPENED + HOUR, stripe_next_attempt_at=theirs)
    assert messages(case, WINDBACK, OPENED + HOUR)[0].at >= theirs + DAY


def test_what_was_brought_before_the_failure_is_no_news():
    case = refused(customer_acted_at=OPENED - 200 * DAY, new_method="pm_2", needs_authentication=True, attempts=())
    assert charges(case, TUNED) == []


@pytest.mark.parametrize("rest", [Rest.PAUSED, Rest.CANCELS])
def test_a_subscription_that_rests_lets_nothing_out_and_says_why(rest):
    case = refused(rest=rest)
    assert [step.do for step in plan(case, TUNED, None, OPENED)] == [Do.CLOSE]
    assert explain(case, TUNED, OPENED) == (f"T{WHY_AT_REST[rest][1:]}.",)


def test_a_case_whose_collection_is_paused_is_not_given_up_before_the_next_look():
    late = OPENED + 60 * DAY
    assert plan(refused(rest=Rest.PAUSED), TUNED, None, late)[0].at == late + DAY
    assert plan(refused(rest=Rest.CANCELS), TUNED, None, late)[0].at == late


# ── messages ──


def test_a_failure_at_night_is_told_in_the_morning():
    opened = local("2026-07-07 22:10", NEW_YORK)
    first = messages(failed(opened, NEW_YORK), TUNED, opened)[0]
    assert first.at == local("2026-07-08 09:00", NEW_YORK)
    assert "from 9:00 to 20:00 of the customer's clock" in first.why


def test_without_weekends_a_saturday_waits_for_monday():
    opened = local("2026-07-08 10:00", UTC_ZONE)  # day 3 is a Saturday
    rules = replace(TUNED, sending=SendingHours(weekends=False))
    assert messages(failed(opened, UTC_ZONE), rules, opened)[1].at == local("2026-07-13 09:00", UTC_ZONE)


def test_a_message_more_than_a_day_late_is_left_out_and_that_is_said():
    late = OPENED + 5 * DAY
    planned = messages(refused(), TUNED, late)
    assert [step.step for step in planned] == ["message-3", "message-4", "message-5", "message-6"]
    assert planned[0].instead[-1] == "The message of day 3 was left out: it was more than a day late."


def test_a_message_a_few_hours_late_still_goes_out():
    assert messages(refused(), TUNED, OPENED + 4 * HOUR)[0].at == OPENED + 4 * HOUR


def test_a_message_late_on_friday_evening_is_not_stale_on_monday_morning():
    opened = local("2026-07-10 19:50", UTC_ZONE)
    rules = replace(PAYMENTRESCUE, sending=SendingHours(weekends=False))
    monday = local("2026-07-13 09:00", UTC_ZONE)
    assert messages(failed(opened, UTC_ZONE), rules, monday)[0].at == monday


def test_of_two_messages_overdue_only_the_newer_is_sent():
    steps = tuple(MessageStep(day, Template.REMINDER, Tone.GENTLE) for day in (0, 1))
    planned = messages(refused(), replace(TUNED, messages=steps), OPENED + DAY)
    assert [step.step for step in planned] == ["message-2"]


def test_a_message_is_planned_for_the_channel_of_its_step():
    steps = (MessageStep(0, Template.FAILED, Tone.GENTLE), MessageStep(1, Template.REMINDER, Tone.GENTLE, "pigeon"))
    planned = messages(refused(), replace(TUNED, messages=steps), OPENED)
    assert [step.channel for step in planned] == ["email", "pigeon"]


def test_nobody_gets_two_messages_within_a_day():
    done = DoneStep("message-1", Do.MESSAGE, OPENED + 3 * DAY - HOUR, "sent")
    assert messages(refused(done=(done,)), PAYMENTRESCUE, done.at)[0].at == done.at + DAY


def test_a_message_that_was_not_sent_delays_no_other():
    done = DoneStep("message-1", Do.MESSAGE, OPENED + 3 * DAY - 2 * HOUR, "skipped:no-address")
    assert messages(refused(done=(done,)), PAYMENTRESCUE, done.at)[0].at == OPENED + 3 * DAY


def test_a_message_waits_for_the_outcome_of_a_charge_of_the_same_minute():
    steps = plan(refused(), RECOVER, None, OPENED)
    third = {step.do: step.at for step in steps if (step.at - OPENED).days == 3}
    assert third[Do.MESSAGE] - third[Do.CHARGE] == timedelta(minutes=10)


# ── the numbers of steps ──


def test_a_step_number_is_never_given_twice_when_charges_were_done_out_of_order():
    behind = (DoneStep("charge-2", Do.CHARGE, OPENED + DAY, "declined:do_not_honor"),)
    planned = [step.step for step in charges(refused(done=behind), TUNED, OPENED + 2 * DAY)]
    assert planned[0] == "charge-3"
    assert not {"charge-2"} & set(planned)

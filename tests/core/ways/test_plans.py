"""Payment plans: the split to the minor unit, the days, what is still to come, when one is broken, who is offered one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.core.planning import DAY, HOUR, NEW_YORK, OPENED, TUNED, refused
from tideover.core.facts import Learnt
from tideover.core.money import Money
from tideover.core.planner import explain, plan
from tideover.core.rules import PRESETS
from tideover.core.situation import DoneStep
from tideover.core.steps import Closing, Do, Holding, InPart, OfPart, PartTold, PlanOffered
from tideover.core.ways.in_parts import NOT_BEGUN, OVER, TRIED_OUT, broken, lapsed, why_no_plan
from tideover.core.ways.plans import FEWEST, LEAST, MOST, Agreed, Part, Terms, dates, may_be_split, parts_of, split
from tideover.core.ways.promises import A_PLAN_STANDS, Ending, NoDay, choosable, ending_of

CURRENCIES = ["usd", "jpy", "kwd", "isk"]
USUAL = Terms()


def thirds(*, paid: int = 0) -> Agreed:
    """$99 in three parts from the 7th of July on, of which the first so many came."""
    days = [OPENED + 15 * DAY, OPENED + 46 * DAY, OPENED + 77 * DAY]
    return Agreed(1, tuple(Part(number, at, 3300, paid=number <= paid) for number, at in enumerate(days, 1)))


def in_parts(left: int = 6600, *, paid: int = 1, done: tuple[DoneStep, ...] = ()):
    return replace(refused(), plan=thirds(paid=paid), amount=Money(left, "usd"), done=done)


def tried(part: int, outcome: str, at, again: int = 0) -> DoneStep:
    return DoneStep(InPart(1, part, again).key, Do.CHARGE, at, outcome)


@given(minor=some.integers(1, 10**12), parts=some.integers(FEWEST, MOST), currency=some.sampled_from(CURRENCIES))
def test_the_parts_add_up_to_the_debt_and_the_remainder_is_in_the_first(minor, parts, currency):
    amounts = split(Money(minor, currency), parts)
    assert len(amounts) == parts
    assert sum(amounts) == minor
    assert amounts[0] >= amounts[1]
    assert len(set(amounts[1:])) == 1


def test_what_stripe_takes_in_whole_units_alone_is_split_in_whole_units():
    assert split(Money(100_000, "jpy"), 3) == (33_334, 33_333, 33_333)
    assert split(Money(50_000, "kwd"), 3) == (16_680, 16_660, 16_660), "the last digit of fils is nought"
    assert split(Money(1_000_000, "isk"), 3) == (333_400, 333_300, 333_300)


def test_a_single_part_is_no_plan():
    with pytest.raises(ValueError, match="no plan"):
        split(Money(9900, "usd"), 1)


def test_the_parts_fall_on_the_same_day_of_each_month_or_on_its_last():
    assert dates(date(2027, 1, 31), 4) == (date(2027, 1, 31), date(2027, 2, 28), date(2027, 3, 31), date(2027, 4, 30))
    assert dates(date(2026, 11, 15), 3)[-1] == date(2027, 1, 15)


def test_the_first_part_is_at_once_and_the_others_in_the_morning_of_the_customers_clock():
    first, second = parts_of(Money(9900, "usd"), 2, OPENED, NEW_YORK)
    assert (first.due_at, first.amount, second.amount) == (OPENED, 4950, 4950)
    assert second.due_at.astimezone(NEW_YORK).strftime("%m-%d %H:%M") == "08-07 09:00"


@given(left=some.integers(0, 20_000), paid=some.integers(0, 3))
def test_never_more_is_to_come_than_is_left(left, paid):
    open_ = thirds(paid=paid).still_open(left)
    assert sum(part.amount for part in open_) <= left
    assert all(0 < part.amount <= 3300 and not part.paid for part in open_)


def test_what_was_credited_is_taken_off_the_last_part():
    assert [part.amount for part in thirds(paid=1).still_open(5000)] == [3300, 1700]
    assert [part.amount for part in thirds(paid=1).still_open(2000)] == [2000]
    assert thirds(paid=1).still_open(0) == ()


def test_only_a_debt_above_the_least_amount_of_its_currency_is_split():
    assert not may_be_split(Money(5000, "usd"), USUAL)
    assert may_be_split(Money(5001, "usd"), USUAL)
    assert not may_be_split(Money(10**9, "xau"), USUAL), "nobody has said an amount"
    assert may_be_split(Money(4, "xau"), Terms(least={"xau": 3}))
    assert not may_be_split(Money(5001, "usd"), Terms(enabled=False))
    assert all(least > 0 for least in LEAST.values())


@pytest.mark.parametrize(("minor", "currency", "enough"), [(3, "usd", False), (4, "usd", True), (390, "isk", False)])
def test_of_no_debt_a_part_is_nothing_however_little_the_merchant_asks_for(minor, currency, enough):
    assert may_be_split(Money(minor, currency), Terms(least={currency: 0})) == enough


@pytest.mark.parametrize(
    "values",
    [
        {"may_charge": False},
        {"processing": True},
        {"has_method": False},
        {"amount": Money(5000, "usd")},
        {"rest": "paused"},
        {"needs_authentication": True},
        {"plan": thirds()},
        {"state": "recovered"},
    ],
    ids=lambda values: next(iter(values)),
)
def test_nobody_is_offered_a_plan_who_could_not_keep_one(values):
    assert why_no_plan(refused(), USUAL) == ""
    assert why_no_plan(replace(refused(), **values), USUAL)


# ── while it stands ──


def test_while_a_plan_stands_nothing_else_is_charged_written_or_closed():
    steps = [step.step for step in plan(in_parts(), TUNED, None, OPENED + 16 * DAY)]
    assert steps == [
        PartTold(1, 2, OfPart.DUE).key,
        InPart(1, 2).key,
        PartTold(1, 3, OfPart.DUE).key,
        InPart(1, 3).key,
    ]


def test_a_part_is_told_of_on_the_day_before_and_charged_on_its_day():
    told, charged, *_ = plan(in_parts(), TUNED, None, OPENED + 16 * DAY)
    assert (told.at, charged.at) == (OPENED + 45 * DAY, OPENED + 46 * DAY)


def test_a_missed_part_is_told_of_once_and_asked_for_again_after_three_and_after_four_days():
    at = OPENED + 46 * DAY
    case = in_parts(done=(tried(2, "declined:insufficient_funds", at),))
    steps = {step.step: step for step in plan(case, TUNED, None, at + timedelta(hours=1))}
    assert steps[InPart(1, 2, 2).key].at == at + 3 * DAY
    assert PartTold(1, 2, OfPart.MISSED).key in steps
    later = replace(case, done=(*case.done, tried(2, "declined:insufficient_funds", at + 3 * DAY, 2)))
    steps = {step.step: step for step in plan(later, TUNED, None, at + 3 * DAY)}
    assert steps[InPart(1, 2, 3).key].at == at + 7 * DAY


def test_whoever_brings_a_card_after_a_missed_part_is_charged_for_it_at_once():
    at = OPENED + 46 * DAY
    case = in_parts(done=(tried(2, "declined:insufficient_funds", at),))
    now = at + 2 * DAY
    brought = replace(case, new_method="pm_new", customer_acted_at=now)
    assert {step.step: step.at for step in plan(brought, TUNED, None, now)}[InPart(1, 2, 2).key] == now


def test_of_parts_that_are_overdue_together_one_is_charged_at_a_time():
    now = OPENED + 100 * DAY
    second, third = (step for step in plan(in_parts(), TUNED, None, now) if step.do == Do.CHARGE)
    assert (second.step, second.at) == (InPart(1, 2).key, now)
    assert third.at >= now + DAY
    out = in_parts(done=(tried(2, "claimed", now),))
    [third] = (step for step in plan(out, TUNED, None, now) if step.do == Do.CHARGE)
    assert (third.step, third.at) == (InPart(1, 3).key, now + DAY)


def test_why_no_part_is_charged_now_is_told():
    assert explain(in_parts(), TUNED, OPENED + 16 * DAY) == ()
    for nothing_now, why in (
        ({"processing": True}, "bank debit is under way"),
        ({"may_charge": False}, "observe mode"),
    ):
        told = explain(replace(in_parts(), **nothing_now), TUNED, OPENED + 16 * DAY)
        assert why in " ".join(told)


def test_a_part_that_is_out_is_not_planned_again():
    case = in_parts(done=(tried(2, "claimed", OPENED + 46 * DAY),))
    assert InPart(1, 3).key in {step.step for step in plan(case, TUNED, None, OPENED + 46 * DAY)}
    assert not any(step.step.startswith("charge-plan-1-part-2") for step in plan(case, TUNED, None, OPENED + 46 * DAY))


@pytest.mark.parametrize(
    ("paid", "left", "tries", "why"),
    [
        (1, 6600, 2, ""),
        (1, 6600, 3, TRIED_OUT),
        (0, 9900, 1, NOT_BEGUN),
        (3, 100, 0, OVER),
        (3, 0, 0, ""),
    ],
)
def test_a_plan_is_broken_once_it_can_be_kept_no_more(paid, left, tries, why):
    done = tuple(tried(paid + 1, "declined:do_not_honor", OPENED + (46 + n) * DAY, n and n + 1) for n in range(tries))
    assert broken(in_parts(left, paid=paid, done=done)) == why


def test_after_a_broken_plan_the_rules_go_on_from_the_day_they_rested_at():
    """It stood from day 15 to day 53: what was left of the 28 days is left still."""
    rested = replace(refused(), rested=38 * DAY)
    now = OPENED + 53 * DAY
    steps = plan(rested, TUNED, None, now)
    assert steps, "the window is open still"
    close = next(step for step in steps if step.step == Closing().key)
    assert close.at > OPENED + (38 + TUNED.window_days) * DAY
    assert min(step.at for step in steps) >= now


def test_a_plan_is_offered_once_on_a_day_without_another_message():
    case = replace(refused(), plan_offered_at=OPENED + 14 * DAY)
    steps = plan(case, TUNED, None, OPENED)
    offer = next(step for step in steps if step.step == PlanOffered().key)
    others = [step.at for step in steps if step.do == Do.MESSAGE and step != offer]
    assert offer.at >= OPENED + 14 * DAY
    assert all(abs(other - offer.at) >= DAY for other in others)
    sent = replace(case, done=(DoneStep(PlanOffered().key, Do.MESSAGE, offer.at, "sent", "plan_offered"),))
    assert PlanOffered().key not in {step.step for step in plan(sent, TUNED, None, offer.at)}


def test_no_message_offers_a_plan_whose_first_part_nothing_could_be_charged_for():
    case = replace(refused(), plan_offered_at=OPENED + 14 * DAY, has_method=False)
    assert PlanOffered().key not in keys(case, OPENED)


def test_who_was_offered_a_plan_has_a_week_before_the_case_is_given_up():
    case = replace(refused(), plan_offered_at=OPENED + 60 * DAY)
    close = next(step for step in plan(case, TUNED, None, OPENED) if step.step == Closing().key)
    assert close.at >= OPENED + 67 * DAY


# ── beside what else may stand ──


def keys(case, now) -> list[str]:
    """What is planned by rules that leave the invoice to Stripe."""
    return [step.step for step in plan(case, PRESETS["recover"], None, now)]


def test_who_turns_stripes_own_tries_on_again_while_a_plan_stands_has_them_held_again():
    now = OPENED + 16 * DAY
    on_again = in_parts(done=(tried(1, "paid", OPENED + 15 * DAY),))
    assert Holding(1).key in keys(replace(on_again, collects=True), now)
    assert Holding(1).key not in keys(on_again, now)
    assert not any(key.startswith("hold") for key in keys(replace(on_again, held=True), now)), (
        "it is ours, and stays so"
    )


def test_a_part_that_is_under_way_holds_the_invoice_by_itself():
    out = in_parts(9900, paid=0, done=(tried(1, "claimed", OPENED + 15 * DAY),))
    assert not any(key.startswith("hold") for key in keys(replace(out, collects=True), OPENED + 15 * DAY))


def test_what_every_plan_took_is_given_back_and_no_hold_is_numbered_twice():
    now = OPENED + 20 * DAY
    first = DoneStep(InPart(1, 1).key, Do.CHARGE, now - 4 * DAY, "declined:insufficient_funds")
    back = DoneStep(Holding(0, over=True).key, Do.HOLD, now - 3 * DAY, "given-back")
    second = DoneStep(InPart(2, 1).key, Do.CHARGE, now - 2 * DAY, "declined:insufficient_funds")
    ended = replace(refused(), held=True, done=(first, back, second))
    assert Holding(1, over=True).key in keys(ended, now)
    refused_back = DoneStep(Holding(1, over=True).key, Do.HOLD, now - DAY, "refused:invalid")
    assert not any(key.startswith("hold") for key in keys(replace(ended, done=(*ended.done, refused_back)), now))
    promised = replace(ended, held=False, done=(*ended.done, refused_back), promised_on=(now + 3 * DAY).date())
    assert Holding(2).key in keys(replace(promised, promised_since=now), now)


def test_a_plan_takes_the_place_of_a_promise_and_none_is_made_beside_it():
    now = OPENED + 16 * DAY
    assert choosable(in_parts(), TUNED, now, None, 0) == NoDay(A_PLAN_STANDS)
    promised = replace(in_parts(), promised_on=(now + 3 * DAY).date(), promised_since=OPENED)
    assert ending_of(promised, TUNED, now) == Ending(Learnt.PROMISE_OFF, "a payment plan was agreed instead")


def test_a_plan_whose_parts_cannot_be_charged_stands_for_a_week_after_a_part_was_due():
    case = replace(in_parts(), may_charge=False)
    due = case.plan.still_open(case.amount.minor)[0].due_at
    assert lapsed(case, due + 7 * DAY) == ""
    assert "observe mode" in lapsed(case, due + 7 * DAY + HOUR)
    assert lapsed(in_parts(), due + 70 * DAY) == ""
    assert lapsed(replace(case, plan=None), due + 70 * DAY) == ""

"""A promise to pay: the charge moves to that day, all else rests until then, and what became of it is known."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.fakes import NOW, effects
from tideover.core.facts import Learnt
from tideover.core.ways.promises import Limits
from tideover.gateways.answers import Paid, Unknown
from tideover.recovery import commands
from tideover.recovery.intake import refresh
from tideover.recovery.models import Action, LearntFact
from tideover.recovery.ways import promises
from tideover.recovery.ways.promises import Whose
from tideover.tenants.models import Connection, Project
from tideover.worker.loop import run_until_quiet

DAY = date(2026, 11, 9)  # a week after the failure, on a Monday
ALICE = Whose(by="alice@alpine.example")
PAYER = Whose(link="link_1", limits=Limits(14, 1))
PROMISES = (Learnt.PROMISED, Learnt.PROMISE_KEPT, Learnt.PROMISE_BROKEN, Learnt.PROMISE_OFF)


def promised(world, day=DAY, whose=ALICE, **values):
    world.payment_fails(**{"auto_advance": True, **values})
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    return promises.promise(world.case, day, whose, world.now)


def told(world):
    return [row.kind for row in LearntFact.objects.filter(kind__in=PROMISES).order_by("learnt_at", "at")]


def payer(world):
    """The payer of the case, by the limits that are set."""
    return Whose(link="link_1", limits=promises.limits_of(Project.objects.get()))


def holds(world):
    return [what for what, _ in world.stripe.writes if what.startswith("auto_advance")]


def test_a_promise_moves_the_charge_to_its_day_and_until_then_one_reminder_is_all(world):
    assert promised(world) == [world.case]
    before = len(world.mail.subjects)
    world.day(6.7)
    assert world.stripe.payments == []
    assert world.mail.subjects[before:] == ["Your payment of $99.00, on the day you chose"]
    world.day(6.8)
    assert len(world.stripe.payments) == 1


def test_a_kept_promise_is_told_and_the_case_is_recovered(world):
    promised(world)
    world.stripe.answer = lambda: Paid("")
    world.day(10)
    assert (world.case.state, world.case.promised_on, world.case.via) == ("recovered", None, "retry")
    assert told(world) == ["promised", "promise_kept"]


def test_after_a_broken_promise_the_dunning_goes_on(world):
    promised(world)
    world.day(7.5)
    assert (world.case.state, world.case.promised_on) == ("failing", None)
    assert told(world) == ["promised", "promise_broken"]
    world.day(27)
    assert len(world.stripe.payments) > 1


def test_who_pays_before_the_day_has_kept_the_promise(world):
    promised(world)
    world.day(3)
    world.change(status="paid", amount_paid=9900, amount_remaining=0, status_at=world.now)
    refresh(world.case, world.stripe.invoice, world.now)
    assert (world.case.state, told(world)) == ("recovered", ["promised", "promise_kept"])
    world.day(20)
    assert world.stripe.payments == []


def test_of_an_invoice_that_is_voided_meanwhile_nothing_is_charged_or_sent(world):
    promised(world)
    world.day(3)
    before = len(world.mail.subjects)
    world.change(status="void", status_at=world.now)
    refresh(world.case, world.stripe.invoice, world.now)
    world.day(20)
    assert (world.case.state, told(world)) == ("canceled", ["promised", "promise_off"])
    assert (world.stripe.payments, len(world.mail.subjects)) == ([], before)


# ── Stripe's own tries ──


def test_stripes_own_tries_are_held_until_the_day_and_given_back_after_it(world):
    promised(world, next_attempt_at=NOW + timedelta(days=3))
    world.day(0.1)
    assert (holds(world), world.case.held, world.stripe.invoice.auto_advance) == (["auto_advance:False"], True, False)
    assert world.case.stripe_next_attempt_at is None
    world.day(8)
    assert (holds(world)[1:], world.case.held, world.stripe.invoice.auto_advance) == (
        ["auto_advance:True"],
        False,
        True,
    )


def test_what_stripe_does_not_try_by_itself_is_neither_held_nor_given_back(world):
    promised(world, auto_advance=False)
    world.day(10)
    assert holds(world) == []
    assert not world.stripe.invoice.auto_advance


def test_a_stopped_case_gives_back_what_is_held(world):
    promised(world)
    world.day(1)
    commands.stop(world.case, by="alice", now=world.now)
    world.day(2)
    assert (world.case.state, holds(world)) == ("canceled", ["auto_advance:False", "auto_advance:True"])


def test_of_a_paid_invoice_nothing_is_given_back(world):
    promised(world)
    world.stripe.answer = lambda: Paid("")
    world.day(10)
    assert holds(world) == ["auto_advance:False"]


@pytest.mark.parametrize("reached", [True, False])
def test_a_hold_whose_answer_was_lost_is_settled_by_what_the_invoice_says(world, reached):
    world.payment_fails(auto_advance=True)
    real = world.stripe.set_auto_advance

    def lost(invoice_id, *, on, key):
        world.stripe.set_auto_advance = real
        if reached:
            real(invoice_id, on=on, key=key)
        raise Unknown("no answer")

    world.stripe.set_auto_advance = lost
    promises.promise(world.case, DAY, ALICE, world.now)
    world.day(1)
    hold = Action.objects.get(do="hold")
    assert (hold.state, hold.outcome, world.case.held) == ("done", "held", True)
    assert holds(world) == ["auto_advance:False"]


def test_what_a_lost_database_held_is_given_back_by_what_the_invoice_says(world):
    world.payment_fails(auto_advance=False, held=True)
    world.day(1)
    assert holds(world) == ["auto_advance:True"]


# ── which days ──


@pytest.mark.parametrize(
    ("day", "whose"),
    [(NOW.date(), ALICE), (date(2026, 12, 30), ALICE), (date(2026, 11, 17), PAYER), (NOW.date(), PAYER)],
)
def test_a_day_outside_of_what_may_be_chosen_is_refused_and_changes_nothing(world, day, whose):
    refused = promised(world, day, whose)
    assert refused.why.startswith("Choose a day from 2026-11-03 to 2026-1")
    assert (world.case.promised_on, told(world)) == (None, [])


def test_a_payer_promises_once_in_a_case_and_may_move_the_day(world):
    promised(world, whose=PAYER)
    assert promises.promise(world.case, DAY + timedelta(days=1), PAYER, world.now)
    assert world.case.promised_on == DAY + timedelta(days=1)
    world.day(9)
    assert world.case.promised_on is None
    again = promises.promise(world.case, date(2026, 11, 14), PAYER, world.now)
    assert again.why == "A day was promised before in this case, and a payer may promise no other."
    assert promises.promise(world.case, date(2026, 11, 14), ALICE, world.now) == [world.case]


def test_the_merchant_says_how_far_ahead_and_how_often_a_payer_may_promise(world):
    Project.objects.update(promise_days=3, promise_times=2)
    refused = promised(world, date(2026, 11, 6), payer(world))
    assert refused.why == "Choose a day from 2026-11-03 to 2026-11-05."
    assert promises.promise(world.case, date(2026, 11, 5), payer(world), world.now)
    world.day(4)
    assert world.case.promised_on is None
    assert promises.promise(world.case, date(2026, 11, 9), payer(world), world.now)
    world.day(8)
    assert "may promise no other" in promises.promise(world.case, date(2026, 11, 12), payer(world), world.now).why


def test_where_a_payer_may_promise_nothing_the_merchant_still_may(world):
    Project.objects.update(promise_times=0)
    assert promised(world, DAY, payer(world)).why == "By the settings of this project a payer may promise no day."
    assert promises.offered(world.case, world.now) is None
    assert promises.promise(world.case, DAY, ALICE, world.now) == [world.case]


def test_a_promise_that_stands_stays_where_payers_may_promise_less_from_now_on(world):
    promised(world, whose=PAYER)
    Project.objects.update(promise_days=1, promise_times=0)
    world.day(6)
    assert world.case.promised_on == DAY
    refused = promises.promise(world.case, DAY + timedelta(days=1), payer(world), world.now)
    assert (type(refused).__name__, world.case.promised_on) == ("Refusal", DAY)


def test_who_moves_the_day_gains_no_other_two_weeks(world):
    promised(world, whose=PAYER)
    world.day(5)
    refused = promises.promise(world.case, date(2026, 11, 17), PAYER, world.now)
    assert refused.why.endswith("to 2026-11-16.")


def test_nothing_is_promised_in_observe_mode(world):
    Connection.objects.update(mode="observe")
    refused = promised(world)
    assert "observe mode" in refused.why
    assert world.stripe.writes == []


@pytest.mark.parametrize("code", ["lost_card", "authentication_required", "expired_card"])
def test_nothing_is_promised_where_time_does_not_help(world, code):
    assert promised(world, code=code).why


def test_a_promise_that_is_called_off_lets_the_plan_go_on(world):
    promised(world)
    world.day(1)
    assert promises.call_off(world.case, by="alice", now=world.now) is None
    world.day(6)
    assert (told(world), holds(world)) == (["promised", "promise_off"], ["auto_advance:False", "auto_advance:True"])
    assert world.stripe.payments

"""What a try says of its amount is what Stripe's charge says, whoever learns of the charge first."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.fakes import NOW, a_charge, effects
from tideover.core.declines import Decline
from tideover.core.networks import By
from tideover.gateways.answers import Declined, NeedsAuthentication, Paid, Processing, Unknown
from tideover.recovery import intake
from tideover.recovery.models import Action, Attempt, Case
from tideover.recovery.reconcile import reconcile
from tideover.recovery.sweep import reread
from tideover.worker.loop import run_until_quiet

PART = {"amount_paid": 4950, "amount_remaining": 4950}


def first_charge() -> Action:
    return Action.objects.filter(do="charge").order_by("due_at", "id")[0]


def paid_in_part_before_the_call(world, *, lost: bool = False):
    """Between the last look and the call a part of it is paid; `lost`: Stripe's answer does not come through."""
    real = world.stripe.pay_invoice

    def pay(invoice_id, **values):
        world.stripe.pay_invoice = real
        world.change(**PART)
        answer = real(invoice_id, **values)
        if lost:
            raise Unknown("connection reset")
        return answer

    world.stripe.pay_invoice = pay


def charge_in_part(world, *, lost: bool = False) -> None:
    world.payment_fails()
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    paid_in_part_before_the_call(world, lost=lost)
    world._at(first_charge().due_at)
    run_until_quiet(effects(world.stripe, world.mail), world.now)


def settle_by_asking_again(world) -> None:
    world._at(world.now + timedelta(minutes=1))
    reconcile(effects(world.stripe, world.mail), world.now)


def settle_by_reading(world) -> None:
    world._at(world.now + timedelta(hours=7))
    reconcile(effects(world.stripe, world.mail), world.now)


def read_first(world) -> None:
    intake.take_reading(world.connection, world.stripe.invoice, world.now)
    settle_by_asking_again(world)


def what_is_said() -> tuple[int, int, str]:
    tried = Attempt.objects.get(action=first_charge())
    return tried.amount, first_charge().asked.minor, tried.by


@pytest.mark.parametrize("answer", [lambda: Declined(Decline("insufficient_funds"), "", ""), lambda: Paid("")])
def test_a_try_tells_what_was_asked_for_and_not_what_was_open_before(world, answer):
    world.stripe.answer = answer
    charge_in_part(world)
    assert what_is_said() == (4950, 4950, By.US)


@pytest.mark.parametrize("learn", [settle_by_asking_again, settle_by_reading, read_first])
@pytest.mark.parametrize("answer", [lambda: Declined(Decline("insufficient_funds"), "", ""), lambda: Paid("")])
def test_a_try_whose_answer_was_lost_tells_the_same_whoever_learns_of_it(world, answer, learn):
    world.stripe.answer = answer
    charge_in_part(world, lost=True)
    learn(world)
    assert what_is_said() == (4950, 4950, By.US)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (NeedsAuthentication("secret", "", "ch_9", "pi_1", amount=4950), "authentication"),
        (Processing("pi_1", "ch_9", amount=4950), "processing"),
        (Declined(Decline("do_not_honor"), "ch_9", "pi_1", amount=4950), "declined"),
    ],
)
def test_whatever_the_answer_its_amount_and_intent_are_the_tries(world, answer, outcome):
    world.payment_fails()
    world.stripe.pay_invoice = lambda *_, **__: answer
    world._at(first_charge().due_at)
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    tried = Attempt.objects.get(charge_id="ch_9")
    assert (tried.amount, tried.payment_intent_id, tried.outcome) == (4950, "pi_1", outcome)


def by_an_event(world) -> None:
    intake.take_reading(world.connection, world.stripe.invoice, world.now)


def by_the_daily_reading(world) -> None:
    reread(Case.objects.all(), world.stripe, world.now, limit=1)


@pytest.mark.parametrize("read", [by_an_event, by_the_daily_reading])
def test_what_an_answer_did_not_tell_the_next_reading_puts_right(world, read):
    world.payment_fails()
    world.stripe.pay_invoice = lambda *_, **__: Declined(Decline("do_not_honor"), "ch_9", "pi_1")
    world._at(first_charge().due_at)
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    assert Attempt.objects.get(charge_id="ch_9").amount == 9900
    charge = replace(a_charge("do_not_honor", at=world.now, number=9), amount=4950)
    world.change(**PART, attempts=(*world.stripe.invoice.attempts, charge))
    read(world)
    tried = Attempt.objects.get(charge_id="ch_9")
    assert (tried.amount, tried.by, tried.action) == (4950, By.US, first_charge())


def test_of_a_debit_under_way_a_reading_puts_the_amount_right_and_leaves_the_rest(world):
    world.payment_fails()
    world.stripe.pay_invoice = lambda *_, **__: Processing("pi_1", "ch_9")
    world._at(first_charge().due_at)
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    under_way = replace(a_charge(None, at=world.now, number=9), amount=4950, outcome="processing")
    world.change(**PART, processing=True, attempts=(*world.stripe.invoice.attempts, under_way))
    by_an_event(world)
    tried = Attempt.objects.get(charge_id="ch_9")
    assert (tried.amount, tried.outcome, tried.by) == (4950, "processing", By.US)


def test_the_next_try_asks_for_what_is_open_then(world):
    charge_in_part(world)
    world.day(30)
    later = Attempt.objects.filter(by=By.US).exclude(action=first_charge())
    assert {tried.amount for tried in later} == {4950}
    assert Attempt.objects.get(at=NOW).amount == 9900

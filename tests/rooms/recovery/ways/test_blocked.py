"""What Stripe itself stopped is its own outcome: it uses up no try, ends the tries of the card, and says who did it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes import NEW_CARD, NOW, FakeStripe, a_charge, an_invoice
from tideover.core.declines import Decline, Family, stopped_by
from tideover.core.outcomes import Tried
from tideover.gateways.answers import Declined, Paid
from tideover.recovery import intake
from tideover.recovery.known import known_of
from tideover.recovery.models import Action, Attempt
from tideover.recovery.planning import situation_of
from tideover.recovery.telling.why import why

EXCESSIVE = "previously_declined_do_not_retry"
CODES = ("rule", "highest_risk_level", EXCESSIVE, "low_probability_of_authorization")


def stopped(code: str = "rule", *, reached: bool = False) -> Declined:
    return Declined(Decline(code, brand="visa", blocked=True), "", "pi_1", reached_network=reached)


@pytest.mark.parametrize("code", CODES)
def test_ours_is_blocked_and_not_declined_and_the_ladder_ends(world, code):
    case = world.payment_fails("insufficient_funds")
    world.stripe.answer = lambda: stopped(code)
    world.day(28)
    charges = [action for action in case.actions.filter(do="charge") if action.state == Action.State.DONE]
    assert [action.outcome for action in charges] == [f"blocked:{code}"]
    assert stopped_by(code) in charges[0].reason
    assert len(world.stripe.payments) == 1
    assert world.case.family == Family.BLOCKED


def test_no_network_counts_what_no_bank_was_asked(world):
    world.payment_fails("insufficient_funds")
    world.stripe.answer = stopped
    world.day(1)
    ours = Attempt.objects.get(charge_id="ch_2")
    assert (ours.outcome, ours.counts) == (Tried.BLOCKED, False)


def test_what_was_taken_back_after_the_bank_had_agreed_was_a_try(world):
    world.payment_fails("insufficient_funds")
    world.stripe.answer = lambda: stopped("highest_risk_level", reached=True)
    world.day(1)
    assert Attempt.objects.get(charge_id="ch_2").counts
    assert "after the bank had agreed" in " ".join(why(world.case, world.now).no_charge)


@pytest.mark.parametrize("code", CODES)
def test_why_tells_who_stopped_it_and_that_it_cost_no_try(world, code):
    charge = replace(
        a_charge(code),
        outcome=Tried.BLOCKED,
        decline=Decline(code, brand="visa", blocked=True),
        reached_network=False,
    )
    case = world.payment_fails(attempts=(charge,))
    told = " ".join(why(case, NOW).no_charge)
    assert f"Blocked by {stopped_by(code)} (no bank was asked, and no try used up)" in told
    assert "the same card is not charged again" in told


def test_an_answer_that_said_only_no_is_put_right_by_the_next_reading(world):
    case = world.payment_fails("insufficient_funds")
    world.stripe.answer = lambda: Declined(Decline("card_declined", brand="visa"), "", "pi_1")
    world.day(1)
    row = Attempt.objects.get(charge_id="ch_2")
    assert (row.outcome, row.counts) == (Tried.DECLINED, True)
    decline = Decline(EXCESSIVE, brand="visa", blocked=True)
    told = replace(a_charge(at=row.at, number=2), outcome=Tried.BLOCKED, decline=decline, reached_network=False)
    intake.take_reading(world.connection, an_invoice(attempts=(a_charge(), told)), world.now)
    row.refresh_from_db()
    assert (row.outcome, row.code, row.counts) == (Tried.BLOCKED, EXCESSIVE, False)
    [known] = known_of([world.case], world.now)
    assert situation_of(known, world.now).family == Family.BLOCKED
    assert not case.actions.filter(do="charge", state=Action.State.PLANNED).exists()


def test_another_card_is_charged_all_the_same(world):
    world.payment_fails("insufficient_funds")
    world.stripe.answer = stopped
    world.day(2)
    world.stripe.answer = lambda: Paid("")
    case = world.case
    case.new_method, case.customer_acted_at = NEW_CARD.payment_method_id, world.now
    intake.save([case])
    intake.refresh(case, world.stripe.invoice, world.now)
    world.day(3)
    assert world.case.state == "recovered"


def test_the_fake_says_so_as_stripe_does():
    stripe = FakeStripe(answer=stopped)
    answer = stripe.pay_invoice("in_1", key="k")
    assert isinstance(answer, Declined)
    assert not answer.reached_network
    assert stripe.invoice.attempts[-1].outcome == Tried.BLOCKED

"""Where we take over Stripe's own end does not come: what the merchant chose is done by us, and never to who has paid."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.fakes import NOW, VISA, a_charge
from tests.rooms.recovery.conftest import World
from tests.rooms.recovery.ways.conftest import done, what
from tideover.core.catalogue import Consequence
from tideover.core.choices import Coexistence, FinalAction
from tideover.core.outcomes import Tried
from tideover.gateways.answers import NotPossible, Paid, Unknown, Unreachable
from tideover.recovery import commands, intake
from tideover.recovery.models import Action
from tideover.tenants.models import Connection

WRITTEN_AT_STRIPE = {
    FinalAction.CANCEL: "cancel:sub_1",
    FinalAction.PAUSE: "pause:sub_1",
    FinalAction.UNCOLLECTIBLE: "uncollectible:in_1",
}


@pytest.mark.parametrize("final", FinalAction)
def test_at_the_end_is_done_at_stripe_what_the_merchant_chose_and_nothing_else(living, final):
    world = living(final_action=final)
    world.payment_fails(auto_advance=True)
    world.day(20)
    ends = [each for each in what(world) if not each.startswith("auto_advance")]
    assert ends == [WRITTEN_AT_STRIPE[final]] if final in WRITTEN_AT_STRIPE else ends == []
    assert done(world, "close") == ([f"closed:{final}"] if final in WRITTEN_AT_STRIPE else ["closed"])
    assert world.case.state == "abandoned"
    intake.refresh(world.case, world.stripe.invoice, world.now)  # what Stripe tells of it changes nothing
    assert world.case.state == "abandoned"


@pytest.mark.parametrize("final", FinalAction)
def test_beside_stripe_its_own_settings_decide_how_it_ends(living, final):
    world = living(final_action=final, coexistence=Coexistence.COEXIST)
    world.payment_fails(auto_advance=True)
    world.day(20)
    assert (what(world), done(world, "close")) == ([], ["closed"])


@pytest.mark.parametrize("final", [FinalAction.CANCEL, FinalAction.PAUSE])
def test_a_single_invoice_has_no_subscription_to_end(living, final):
    world = living(final_action=final)
    world.payment_fails(auto_advance=True, subscription_id="", subscription_status="", billing_reason="manual")
    world.day(20)
    assert what(world) == ["auto_advance:False"]
    assert "no subscription" in Action.objects.get(do="close").reason


@pytest.mark.parametrize("final", list(WRITTEN_AT_STRIPE))
def test_who_pays_in_the_last_moment_loses_nothing(living, final):
    world = living(final_action=final)
    world.payment_fails(auto_advance=True)
    close = Action.objects.get(do="close")
    world.day((close.due_at - NOW) / timedelta(days=1) - 0.01)
    paid = a_charge(None, at=world.now, number=9)
    world.change(status="paid", amount_paid=9900, amount_remaining=0, status_at=world.now)
    world.change(attempts=(*world.stripe.invoice.attempts, paid))
    world.day(20)
    assert [each for each in what(world) if each in WRITTEN_AT_STRIPE.values()] == []
    assert world.case.state == "recovered"


@pytest.mark.parametrize("final", list(WRITTEN_AT_STRIPE))
def test_while_a_payment_is_under_way_nothing_is_ended(living, final):
    world = living(final_action=final)
    world.payment_fails(auto_advance=True)
    close = Action.objects.get(do="close")
    world.day((close.due_at - NOW) / timedelta(days=1) - 0.01)
    debit = replace(a_charge(None, at=world.now, number=9), outcome=Tried.PROCESSING)
    world.change(processing=True, attempts=(*world.stripe.invoice.attempts, debit), card=VISA)
    world.day(20)
    assert [each for each in what(world) if each in WRITTEN_AT_STRIPE.values()] == []
    assert world.case.state == "failing"


def test_whom_a_day_was_named_keeps_it_until_then(living):
    world = living(final_action=FinalAction.CANCEL, consequence=Consequence.CANCELED, consequence_day=40)
    world.payment_fails(auto_advance=True)
    assert Action.objects.get(do="close").due_at >= NOW + timedelta(days=40)
    world.day(39)
    assert "cancel:sub_1" not in what(world)
    world.day(42)
    assert "cancel:sub_1" in what(world)


def test_what_stripe_would_not_do_is_told_and_the_case_is_over(living):
    world = living(final_action=FinalAction.CANCEL)

    def refuses(*_: object, **__: object) -> None:
        raise NotPossible("No such subscription: sub_1")

    world.stripe.cancel_subscription = refuses
    world.payment_fails(auto_advance=True)
    world.day(20)
    assert "Stripe would not do it (No such subscription" in Action.objects.get(do="close").reason
    assert world.case.state == "abandoned"


def lost_in(world: World, call: str, *, sent: bool) -> None:
    """The first call is answered by nobody; `sent`: it was done all the same."""
    real = getattr(world.stripe, call)

    def once(*args: object, **kwargs: object) -> None:
        setattr(world.stripe, call, real)
        if sent:
            real(*args, **kwargs)
        raise Unknown("connection reset")

    setattr(world.stripe, call, once)


CALLS = {
    FinalAction.CANCEL: "cancel_subscription",
    FinalAction.PAUSE: "pause_collection",
    FinalAction.UNCOLLECTIBLE: "mark_uncollectible",
}


@pytest.mark.parametrize("sent", [True, False])
@pytest.mark.parametrize("final", list(CALLS))
def test_an_end_whose_answer_was_lost_comes_true_and_is_told_as_ours(living, final, sent):
    world = living(final_action=final)
    lost_in(world, CALLS[final], sent=sent)
    world.payment_fails(auto_advance=True)
    world.day(20)
    keys = [key for each, key in world.stripe.writes if each == WRITTEN_AT_STRIPE[final]]
    assert len(set(keys)) == 1  # never under another key
    assert done(world, "close") == [f"closed:{final}"]
    assert world.case.state == "abandoned"


def test_a_charge_waits_while_the_end_is_asked_for(living):
    world = living(final_action=FinalAction.CANCEL)
    world.payment_fails(auto_advance=True)
    Action.objects.filter(do="close").update(state="claimed", started_at=NOW)
    refused = commands.retry_now(world.case, by="ada@alpine.example", now=world.now)
    assert refused
    assert "being done at Stripe" in refused.why


def test_money_that_comes_after_the_end_still_counts(living):
    world = living(final_action=FinalAction.UNCOLLECTIBLE)
    world.payment_fails(auto_advance=True)
    world.day(20)
    world.stripe.answer = lambda: Paid("")
    paid = a_charge(None, at=world.now, number=9)
    world.change(status="paid", amount_paid=9900, amount_remaining=0, status_at=world.now)
    world.change(attempts=(*world.stripe.invoice.attempts, paid))
    intake.refresh(world.case, world.stripe.invoice, world.now)
    assert world.case.state == "recovered"


def test_silence_of_stripes_puts_the_end_off(living):
    world = living(final_action=FinalAction.CANCEL)
    world.payment_fails(auto_advance=True)
    close = Action.objects.get(do="close")
    world.day((close.due_at - NOW) / timedelta(days=1) - 0.01)

    def silent() -> None:
        world.stripe.before_reading = lambda: None
        raise Unreachable("no route")

    world.stripe.before_reading = silent
    world.day(20)
    assert done(world, "close") == ["closed:cancel"]


def test_in_observe_mode_nothing_is_ended(living):
    world = living(final_action=FinalAction.CANCEL)
    Connection.objects.update(mode="observe")
    world.connection.refresh_from_db()
    world.stripe.may_write = False
    world.payment_fails(auto_advance=True)
    world.day(20)
    assert (world.stripe.writes, world.case.state) == ([], "abandoned")
    assert done(world, "close") == ["closed"]

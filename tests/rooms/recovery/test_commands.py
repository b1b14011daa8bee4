"""What a person may do to a case, and what stays true whatever they do."""

from datetime import timedelta

import pytest

from tests.fakes import NOW, FakeStripe, effects
from tideover.core.case import state_of
from tideover.gateways.answers import NotOpen, Paid
from tideover.recovery import commands
from tideover.recovery.kinds.charge import ONLY_THE_CUSTOMER
from tideover.recovery.learnt import as_fact
from tideover.recovery.models import Action
from tideover.worker.loop import run_until_quiet


def charges():
    return Action.objects.filter(do="charge").order_by("due_at", "id")


def test_a_pause_rests_the_case_until_its_end(world):
    world.payment_fails()
    assert commands.pause(world.case, until=NOW + timedelta(days=5), by="alice", now=NOW) is None
    world.day(4.9)
    assert (world.mail.subjects, world.stripe.payments) == ([], [])
    world.day(6)
    assert world.mail.subjects or world.stripe.payments


def test_a_person_may_try_now_inside_the_networks_rules(world):
    world.payment_fails()
    world.stripe.answer = lambda: Paid("")
    assert commands.retry_now(world.case, by="alice@alpine.example", now=world.now) is None
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    assert world.case.state == "recovered"
    assert Action.objects.get(step="charge-asked-1").asked_by == "alice@alpine.example"


def test_a_person_may_not_charge_a_card_that_was_reported_lost(world):
    world.payment_fails("lost_card")
    refused = commands.retry_now(world.case, by="alice", now=world.now)
    assert "lost" in refused.why or "card" in refused.why
    assert not charges().filter(asked_by="alice").exists()


@pytest.mark.parametrize("failed", [{"code": "authentication_required"}, {"requires_action": True}])
def test_nobody_charges_blindly_what_waits_for_the_bank_and_the_customer(world, failed):
    world.payment_fails(**failed)
    assert commands.retry_now(world.case, by="alice", now=world.now).why == ONLY_THE_CUSTOMER
    assert not charges().exists()


def test_what_a_person_asked_for_is_not_charged_once_the_bank_wants_to_see_the_customer(world):
    world.payment_fails()
    assert commands.retry_now(world.case, by="alice", now=world.now) is None
    world.change(requires_action=True)  # Stripe's own try a moment before ours
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    asked = Action.objects.get(step="charge-asked-1")
    assert (asked.outcome, asked.reason, world.stripe.payments) == ("refused", ONLY_THE_CUSTOMER, [])


def test_a_stopped_case_stays_stopped(world):
    world.payment_fails()
    commands.stop(world.case, by="alice", now=world.now)
    world.day(40)
    assert (world.case.state, world.mail.subjects, world.stripe.payments) == ("canceled", [], [])


def test_money_that_came_outside_of_stripe_is_marked_by_a_person(world):
    world.payment_fails()
    assert commands.mark_recovered(world.case, by="alice", now=world.now) is None
    assert (world.case.state, world.case.amount_recovered) == ("recovered", 9900)
    assert commands.mark_recovered(world.case, by="alice", now=world.now).why == "This invoice is paid already."


def test_the_state_in_the_row_is_the_state_of_the_facts(world):
    world.payment_fails()
    for _ in range(3):
        world.day(3)
        assert world.case.state == state_of(as_fact(row) for row in world.case.facts.all())
    world.day(40)
    assert world.case.state == state_of(as_fact(row) for row in world.case.facts.all())


def test_the_rules_of_a_case_are_those_it_started_with(world):
    from tests.factories import make_ruleset  # noqa: PLC0415

    world.payment_fails()
    make_ruleset(world.connection.project, "windback", version=99)
    world.day(1)
    assert world.case.ruleset.name == "revguard"


def test_the_fake_refuses_a_second_payment_as_stripe_does():
    stripe = FakeStripe(answer=lambda: Paid(""))
    assert stripe.pay_invoice("in_1", key="a") == Paid("ch_2")
    assert stripe.pay_invoice("in_1", key="a") == Paid("ch_2")
    assert stripe.pay_invoice("in_1", key="b") == NotOpen("paid")

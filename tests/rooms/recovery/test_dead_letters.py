"""What was tried too often waits where a person finds it, and comes back without being done twice."""

from datetime import timedelta

import pytest

from tests.factories import make_action, make_case, make_connection, make_stripe_event
from tests.fakes import NOW, effects
from tideover.gateways.answers import NotPossible, Paid, Unknown
from tideover.ids import public
from tideover.recovery import claims
from tideover.recovery.dead_letters import dead_letters, replay
from tideover.recovery.models import Action
from tideover.recovery.reconcile import reconcile
from tideover.upkeep.standing import standing
from tideover.worker.loop import run_until_quiet

pytestmark = pytest.mark.django_db


def test_dead_actions_and_failed_events_are_listed_with_their_reason_for_their_own_merchant(alice, mallory):
    connection = make_connection()
    case = make_case(connection)
    action = make_action(case, state="dead", reason="5 workers died holding it", settled_at=NOW)
    event = make_stripe_event(connection, state="failed", reason="5 tries: not understood: KeyError", handled_at=NOW)
    make_action(case, state="done")
    letters = list(dead_letters(connection.organization))
    assert [letter.id for letter in letters] == [public("act", action.pk), public("evt", event.pk)]
    assert letters[0].reason == "5 workers died holding it"
    assert list(dead_letters(mallory.organization)) == []
    assert list(dead_letters(None)) == letters


def test_nobody_replays_what_is_another_merchants(mallory):
    connection = make_connection()
    action = make_action(make_case(connection), state="dead")
    event = make_stripe_event(connection, state="failed")
    for letter in (public("act", action.pk), public("evt", event.pk), "act_nonsense", "nonsense"):
        assert not replay(letter, mallory.organization, by="mallory", now=NOW)
    action.refresh_from_db()
    event.refresh_from_db()
    assert (action.state, event.state) == ("dead", "failed")


def test_an_action_that_was_never_begun_is_planned_again(world):
    world.payment_fails()
    for _ in range(5):
        world._at(world.now + timedelta(minutes=10))  # from the second death on it waits a while
        claims.claim_due(world.now)
        world._at(world.now + timedelta(seconds=91))
        reconcile(effects(world.stripe, world.mail), world.now)
    dead = Action.objects.get(state="dead")
    assert world.case.attention == "unknown"
    assert replay(public("act", dead.pk), None, by="alice", now=world.now)
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    dead.refresh_from_db()
    assert (dead.state, dead.outcome, world.case.attention) == ("done", "sent", "")


def test_a_charge_that_died_in_doubt_is_asked_about_and_not_made_again(world):
    world.payment_fails()
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    real, answers = world.stripe.pay_invoice, [Unknown("reset"), NotPossible("the customer is gone")]

    def processed_then_lost(invoice_id: str, **kwargs: object):
        real(invoice_id, **kwargs)
        raise answers.pop(0)

    world.stripe.answer, world.stripe.pay_invoice = (lambda: Paid("")), processed_then_lost
    charge = Action.objects.filter(do="charge").order_by("due_at").first()
    world._at(charge.due_at)
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    world._at(world.now + timedelta(seconds=31))
    assert standing(world.now, world.case.organization_id).unknowns == 1
    reconcile(effects(world.stripe, world.mail), world.now)
    charge.refresh_from_db()
    assert charge.state == "dead"
    world.stripe.pay_invoice = real
    assert replay(public("act", charge.pk), None, by="alice", now=world.now)
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    charge.refresh_from_db()
    assert (charge.outcome, world.case.state) == ("paid", "recovered")
    assert len(set(world.stripe.payments)) == 1

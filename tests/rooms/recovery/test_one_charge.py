"""Between two charges of one invoice: what is in doubt, late, paused or asked for twice never makes a second one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.fakes import NEW_CARD, NOW, a_charge, effects, perform
from tideover.gateways.answers import Busy, NotPossible, Unknown
from tideover.ids import public
from tideover.recovery import claims, commands, dead_letters, intake
from tideover.recovery.models import Action, Attempt, Case
from tideover.recovery.reconcile import reconcile
from tideover.worker.loop import run_until_quiet

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def charges():
    return Action.objects.filter(do="charge").order_by("due_at", "id")


def lost(*_, **__):
    raise Unknown("connection reset")


def live(world):
    run_until_quiet(effects(world.stripe, world.mail), world.now)


@pytest.fixture
def in_doubt(world):
    """The first charge of a case went out, and its answer was lost."""
    world.payment_fails()
    live(world)
    action = charges().first()
    real, world.stripe.pay_invoice = world.stripe.pay_invoice, lost
    world._at(action.due_at)
    live(world)
    world.stripe.pay_invoice = real
    action.refresh_from_db()
    assert action.state == "claimed"
    return action


# ── a doubt is settled by its own charge ──

STRIPES = {"at": 5 * HOUR}
CUSTOMERS = {"at": 2 * MINUTE, "card": NEW_CARD}


@pytest.mark.parametrize("others", [STRIPES, CUSTOMERS], ids=["Stripe's retry", "the customer's other card"])
@pytest.mark.parametrize("code", ["insufficient_funds", None], ids=["declined", "paid"])
def test_a_doubt_is_not_settled_by_anothers_charge(world, in_doubt, others, code):
    at = in_doubt.started_at + others["at"]
    theirs = replace(a_charge(code, at=at, number=7), **{name: value for name, value in others.items() if name != "at"})
    status = {} if code else {"status": "paid", "status_at": at, "amount_paid": 9900, "amount_remaining": 0}
    world.change(attempts=(*world.stripe.invoice.attempts, theirs), **status)
    world._at(in_doubt.started_at + 21 * HOUR)
    intake.refresh(world.case, world.stripe.invoice, world.now)
    reconcile(effects(world.stripe, world.mail), world.now)
    in_doubt.refresh_from_db()
    assert (in_doubt.state, in_doubt.outcome) == ("done", "not-tried")
    assert Attempt.objects.get(charge_id="ch_7").by != "us"
    assert world.case.via != "retry"


def test_a_charge_that_came_of_the_call_that_was_repeated_is_ours(world, in_doubt):
    world._at(in_doubt.started_at + 3 * HOUR)
    world.stripe.pay_invoice = lost
    reconcile(effects(world.stripe, world.mail), world.now)
    made = a_charge(at=world.now + timedelta(seconds=4), number=7)
    world.change(attempts=(*world.stripe.invoice.attempts, made))
    world._at(in_doubt.started_at + 21 * HOUR)
    reconcile(effects(world.stripe, world.mail), world.now)
    in_doubt.refresh_from_db()
    assert (in_doubt.outcome, Attempt.objects.get(charge_id="ch_7").by) == ("declined", "us")


# ── a doubt that was buried ──


def test_a_buried_doubt_blocks_later_charges_until_it_is_asked_about(world, in_doubt):
    real, world.stripe.pay_invoice = (
        world.stripe.pay_invoice,
        lambda *_, **__: (_ for _ in ()).throw(NotPossible("the method was detached")),
    )
    world._at(world.now + MINUTE)
    reconcile(effects(world.stripe, world.mail), world.now)
    in_doubt.refresh_from_db()
    assert in_doubt.state == "dead"
    world.stripe.pay_invoice = real
    sent = len(world.stripe.payments)
    assert "bring its dead letter back" in commands.retry_now(world.case, by="ada", now=world.now).why
    world.day(9)
    assert len(world.stripe.payments) == sent
    dead_letters.replay(public("act", in_doubt.pk), None, by="ada", now=world.now)
    reconcile(effects(world.stripe, world.mail), world.now + MINUTE)
    in_doubt.refresh_from_db()
    assert in_doubt.state == "done"


# ── put off after its start ──


def test_what_was_put_off_after_its_start_has_a_last_look_again(world):
    world.payment_fails()
    live(world)
    action = charges().first()

    def busy(*_, **__):
        raise Busy("rate limit")

    real, world.stripe.pay_invoice = world.stripe.pay_invoice, busy
    world._at(action.due_at)
    live(world)
    action.refresh_from_db()
    assert (action.state, action.started_at) == ("planned", None)
    world.stripe.pay_invoice = real
    world._at(action.due_at)
    (held,) = [each for each in claims.claim_due(world.now) if each.pk == action.pk]  # by a worker that dies with it
    commands.stop(world.case, by="ada", now=world.now)
    world._at(world.now + MINUTE)
    reconcile(effects(world.stripe, world.mail), world.now)
    live(world)
    assert world.stripe.payments == []
    held.refresh_from_db()
    assert (held.state, held.outcome) == ("done", "skipped")


# ── under the lock ──


@pytest.mark.parametrize("act", ["pause", "stop"])
@pytest.mark.parametrize("asked", [True, False], ids=["asked for", "planned"])
def test_a_pause_and_a_stop_hold_what_is_claimed_and_has_not_begun(world, act, asked):
    world.payment_fails()
    live(world)
    if asked:
        assert commands.retry_now(world.case, by="ada", now=world.now) is None
    else:
        world._at(charges().first().due_at)
    (claimed,) = [each for each in claims.claim_due(world.now) if each.do == "charge"]

    def meanwhile():
        world.stripe.before_reading = lambda: None
        if act == "stop":
            commands.stop(world.case, by="ada", now=world.now)
        else:
            commands.pause(world.case, until=world.now + 3 * DAY, by="ada", now=world.now)

    world.stripe.before_reading = meanwhile
    perform(claimed, effects(world.stripe, world.mail), world.now)
    assert world.stripe.payments == []


# ── two that are late ──


@pytest.mark.parametrize("first", [0, 1])
def test_of_two_late_tries_one_is_made_and_none_is_dropped_with_a_false_word(world, first):
    world.payment_fails()
    live(world)
    one, two = charges()[:2]
    world._at(two.due_at + HOUR)
    claimed = sorted((each for each in claims.claim_due(world.now) if each.do == "charge"), key=lambda each: each.step)
    assert [each.step for each in claimed] == [one.step, two.step]
    for each in (claimed[first], claimed[1 - first]):
        perform(each, effects(world.stripe, world.mail), world.now)
    assert len(world.stripe.payments) == 1
    reasons = set(charges().filter(state="dropped").values_list("reason", flat=True))
    assert "at the last look it had lost its reason" not in reasons


# ── readings that cross ──


def test_an_older_reading_does_not_overwrite_a_newer_one(world):
    world.payment_fails()
    newer = replace(world.stripe.invoice, card=NEW_CARD, processing=True)
    intake.refresh(world.case, newer, NOW + timedelta(seconds=2))
    intake.refresh(world.case, world.stripe.invoice, NOW + timedelta(seconds=1))  # begun before, and taken in after
    case = world.case
    assert (case.payment_method_id, case.processing) == (NEW_CARD.payment_method_id, True)
    assert case.read_at == NOW + timedelta(seconds=2)


def test_a_reading_that_seems_to_come_from_the_future_gives_way(world):
    world.payment_fails()
    Case.objects.update(read_at=NOW + 3 * DAY)  # a worker's wrong clock
    intake.refresh(world.case, replace(world.stripe.invoice, card=NEW_CARD), NOW + HOUR)
    assert world.case.payment_method_id == NEW_CARD.payment_method_id


# ── a person's try ──


def test_a_second_press_is_no_second_try(world):
    world.payment_fails()
    assert commands.retry_now(world.case, by="ada", now=world.now) is None
    assert "it goes out by itself" in commands.retry_now(world.case, by="ada", now=world.now).why
    live(world)
    world._at(world.now + MINUTE)
    assert "The last charge was just answered" in commands.retry_now(world.case, by="ada", now=world.now).why
    world._at(world.now + 10 * MINUTE)
    assert commands.retry_now(world.case, by="ada", now=world.now) is None
    live(world)
    assert len(world.stripe.payments) == 2


def test_a_try_is_not_asked_for_just_before_a_planned_one_nor_in_a_pause(world):
    world.payment_fails()
    live(world)
    world._at(charges().first().due_at - 5 * MINUTE)
    assert "A charge is planned for" in commands.retry_now(world.case, by="ada", now=world.now).why
    commands.pause(world.case, until=world.now + DAY, by="ada", now=world.now)
    assert "Resume it first" in commands.retry_now(world.case, by="ada", now=world.now).why


def test_a_refusal_of_the_networks_says_from_when_a_try_may_go_out(world):
    tries = tuple(a_charge(at=NOW - number * DAY, number=number) for number in range(15, 0, -1))
    world.connection.created_at = NOW - 20 * DAY
    world.payment_fails(attempts=tries)
    assert "It may go out from " in commands.retry_now(world.case, by="ada", now=world.now).why


def test_a_card_that_waits_for_the_bank_asks_for_a_person_until_it_does_not(world):
    world.payment_fails("authentication_required")
    assert world.case.attention == "authentication"
    world.change(attempts=(*world.stripe.invoice.attempts, a_charge(at=NOW + HOUR, number=2)))
    intake.refresh(world.case, world.stripe.invoice, NOW + HOUR)
    assert world.case.attention == ""

"""A message that stands in line at a slow mail server: it leaves only while it is true, and its end is known."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import make_stripe_event
from tests.fakes import effects
from tideover.gateways import email
from tideover.gateways.transport import Refused
from tideover.inbox.models import StripeEvent
from tideover.messages.models import Message, Suppression
from tideover.messages.suppression import suppress
from tideover.recovery import claims
from tideover.recovery.models import Action
from tideover.recovery.reconcile import reconcile
from tideover.worker.loop import run_once, run_until_quiet


@pytest.fixture
def first(world):
    """The first message, about to be sent."""
    world.payment_fails()
    action = Action.objects.filter(do="message").order_by("due_at").first()
    world._at(action.due_at)
    return action


def work(world):
    run_once(effects(world.stripe, world.mail), world.now)


def told(action):
    action.refresh_from_db()
    return action.state, action.outcome


def paid_and_told(world):
    make_stripe_event(
        world.connection, type="invoice.paid", object_id="in_1", state=StripeEvent.State.STORED, received_at=world.now
    )


def test_who_has_paid_while_the_message_stood_in_line_is_not_written_to(world, first):
    world.mail.in_line = lambda: paid_and_told(world)
    work(world)
    assert world.mail.accepted == []
    assert told(first) == ("planned", "")
    assert Message.objects.get().state == "claimed"


def test_who_has_paid_long_before_it_was_its_turn_is_not_written_to_though_no_webhook_came(world, first):
    def paid_at_stripe():
        world._at(world.now + timedelta(seconds=40))
        world.change(status="paid", amount_paid=9900, amount_remaining=0, status_at=world.now)

    world.mail.in_line = paid_at_stripe
    work(world)
    assert (world.mail.accepted, world.case.state) == ([], "recovered")
    assert told(first)[0] != "done"


def test_a_message_is_sent_however_long_it_stood_in_line_where_it_is_still_true(world, first):
    world.mail.in_line = lambda: world._at(world.now + timedelta(seconds=40))
    work(world)
    assert (len(world.mail.accepted), told(first)) == (1, ("done", "sent"))


def test_who_has_opted_out_meanwhile_is_not_written_to(world, first):
    def opt_out():
        suppress(
            world.connection.organization, "email", "pia@payer.example", Suppression.Reason.UNSUBSCRIBED, world.now
        )

    world.mail.in_line = opt_out
    work(world)
    assert (world.mail.accepted, told(first)) == ([], ("done", "skipped"))


def test_a_case_that_a_person_has_paused_meanwhile_is_not_written_about(world, first):
    def pause():
        case = world.case
        case.paused_until = world.now + timedelta(days=3)
        case.save(update_fields=["paused_until"])

    world.mail.in_line = pause
    work(world)
    assert (world.mail.accepted, told(first)[0]) == ([], "planned")


def others_take_it_for_unknown(world):
    """The worker sleeps past its lease after the last byte has left, and another one settles what it held."""
    world._at(world.now + timedelta(minutes=10))
    assert reconcile(effects(world.stripe, world.mail), world.now) == 1
    assert Action.objects.filter(outcome="unknown").exists()


def test_a_late_yes_puts_action_and_message_right(world, first):
    world.mail.fail = lambda: others_take_it_for_unknown(world)
    work(world)
    assert (told(first), Message.objects.get().state) == (("done", "sent"), "sent")


def test_a_late_no_puts_the_message_back_into_line(world, first):
    world.mail.fail = lambda: others_take_it_for_unknown(world)
    world.mail.refuse = Refused(permanent=False, reason="452 4.3.1 full")
    work(world)
    assert told(first)[0] == "planned"
    world.mail.fail, world.mail.refuse = lambda: None, None
    world.day(1)
    assert (told(first), len(world.mail.accepted)) == (("done", "sent"), 1)


def test_a_worker_that_lost_the_message_while_it_stood_in_line_does_not_send_it(world, first):
    def overtaken():
        world.mail.in_line = lambda: None
        world._at(world.now + timedelta(minutes=10))
        run_until_quiet(effects(world.stripe, world.mail), world.now)

    world.mail.in_line = overtaken
    work(world)
    assert (len(world.mail.accepted), told(first)) == (1, ("done", "sent"))


def test_a_worker_whose_message_another_has_taken_up_and_not_yet_sent_does_not_send_it(world, first):
    taken = []

    def taken_up():
        world._at(world.now + claims.UNTIL_ITS_TURN)
        taken.extend(claims.overdue(world.now))

    world.mail.in_line = taken_up
    work(world)
    assert [action.pk for action in taken] == [first.pk]
    assert (world.mail.accepted, told(first)) == ([], ("claimed", ""))


def test_nobody_takes_up_what_waits_for_its_verdict_however_long_it_stood_in_line(world, first):
    taken = []

    def slow_verdict():
        world._at(world.now + claims.UNTIL_ITS_VERDICT - timedelta(seconds=1))
        taken.extend(claims.overdue(world.now))

    world.mail.in_line = lambda: world._at(world.now + claims.UNTIL_ITS_TURN - timedelta(seconds=1))
    world.mail.fail = slow_verdict
    work(world)
    assert (taken, len(world.mail.accepted), told(first)) == ([], 1, ("done", "sent"))


def test_an_action_is_held_longer_than_its_message_may_take():
    talk = email.TURN_SECONDS + email.TALK_SECONDS + email.TIMEOUT_SECONDS
    assert timedelta(seconds=talk) < claims.UNTIL_ITS_TURN
    assert timedelta(seconds=email.VERDICT_SECONDS) < claims.UNTIL_ITS_VERDICT

"""What is read of a case at the last look is handed on to its settling, unless somebody has learnt something since."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.fakes import effects, perform
from tideover.core.declines import Decline
from tideover.core.facts import Learnt, fact
from tideover.core.outcomes import Outcome, Word
from tideover.gateways.answers import Busy, Declined, Paid
from tideover.inbox.translate import SubscriptionEnded
from tideover.recovery import claims, commands, hearing
from tideover.recovery.conclude import Ending, conclude
from tideover.recovery.known import known_of, lock, still_known
from tideover.recovery.models import Action
from tideover.recovery.planning import replan


def first(world, do):
    """The first action of this kind, claimed by us at its time."""
    action = Action.objects.filter(do=do).order_by("due_at").first()
    world._at(action.due_at)
    return next(mine for mine in claims.claim_due(world.now) if mine.pk == action.pk)


def test_a_settling_whose_lease_was_lost_teaches_the_case_nothing(world):
    case = world.payment_fails()
    mine = first(world, "charge")
    claims.overdue(world.now + claims.LEASE)  # somebody else has it now
    with pytest.raises(claims.LostLease):
        conclude(mine, Ending(Outcome(Word.PAID), [fact(Learnt.PAID, world.now, amount=9900)]), world.now)
    assert (world.case.state, world.case.version) == ("failing", case.version)
    assert set(world.case.facts.values_list("kind", flat=True)) == {"payment_failed"}


def test_an_ending_that_was_heard_of_while_the_mail_went_out_stays_the_end(world):
    world.payment_fails()
    mine = first(world, "message")
    ended = SubscriptionEnded("sub_1", world.now, "cancellation_requested")
    world.mail.fail = lambda: hearing.hear(world.connection, ended, world.now)
    perform(mine, effects(world.stripe, world.mail), world.now)
    mine.refresh_from_db()
    assert (mine.outcome, world.case.state) == ("sent", "churned")
    assert not Action.objects.filter(state="planned").exists()


def test_an_ending_that_was_heard_of_while_a_charge_was_out_is_not_undone_by_its_answer(world):
    world.payment_fails()
    mine = first(world, "charge")

    def answered():
        hearing.hear(world.connection, SubscriptionEnded("sub_1", world.now, "cancellation_requested"), world.now)
        return Declined(Decline("insufficient_funds"), "", "pi_1")

    world.stripe.answer = answered
    perform(mine, effects(world.stripe, world.mail), world.now)
    mine.refresh_from_db()
    assert (mine.outcome, world.case.state) == ("declined:insufficient_funds", "churned")
    assert not Action.objects.filter(state="planned").exists()


def test_a_pause_that_was_asked_for_while_stripe_was_read_holds_the_message_back(world):
    world.payment_fails()
    mine = first(world, "message")
    until = world.now + timedelta(hours=3)

    def paused():
        world.stripe.before_reading = lambda: None
        commands.pause(world.case, until=until, by="alice", now=world.now)

    world.stripe.before_reading = paused
    perform(mine, effects(world.stripe, world.mail), world.now)
    mine.refresh_from_db()
    assert (mine.state, world.mail.subjects) == ("planned", [])
    assert mine.due_at >= until


def test_what_a_person_asks_for_while_a_charge_is_out_is_kept(world):
    world.payment_fails()
    mine = first(world, "charge")

    until = world.now + timedelta(days=2)

    def answered():
        commands.pause(world.case, until=until, by="alice", now=world.now)
        return Declined(Decline("insufficient_funds"), "", "pi_1")

    world.stripe.answer = answered
    perform(mine, effects(world.stripe, world.mail), world.now)
    assert world.case.paused_until == until
    assert not Action.objects.filter(state="planned", due_at__lt=until).exists()


def test_what_was_given_back_while_a_charge_was_out_is_dropped_when_it_brings_the_money(world):
    """The look before the charge saw it held by another worker, and that is all that the settling was handed."""
    world.payment_fails()
    mine = first(world, "charge")
    other = Action.objects.filter(do="message", state="planned").order_by("due_at").first()
    Action.objects.filter(pk=other.pk).update(due_at=world.now)
    (theirs,) = claims.claim_due(world.now)

    def answered():
        claims.release(theirs, world.now, "the mail server put it off", wait=timedelta(minutes=1))
        return Paid("")

    world.stripe.answer = answered
    perform(mine, effects(world.stripe, world.mail), world.now)
    other.refresh_from_db()
    assert (world.case.state, other.state) == ("recovered", "dropped")


@pytest.mark.django_db
def test_what_was_known_is_read_again_once_the_case_has_another_version_or_card(world):
    case = world.payment_fails()
    (earlier,) = known_of([case], world.now)
    assert still_known(lock(case), world.now, earlier) is earlier
    with_another_card = lock(case)
    with_another_card.card_fingerprint = "fp_new"
    assert still_known(with_another_card, world.now, earlier) is not earlier
    commands.pause(case, until=world.now + timedelta(days=1), by="alice", now=world.now)
    assert still_known(lock(case), world.now, earlier) is not earlier


def test_a_message_that_changes_nothing_about_its_case_leaves_its_row_alone(world):
    world.payment_fails()
    mine = first(world, "message")
    seen = []
    world.mail.fail = lambda: seen.append(world.case.version)
    perform(mine, effects(world.stripe, world.mail), world.now)
    assert [world.case.version] == seen


def test_whoever_is_put_off_alone_waits_as_long_as_is_said_and_of_many_each_as_long_as_it_likes(world):
    world.payment_fails()
    mine = first(world, "charge")

    def busy(_invoice_id, **_):
        raise Busy("rate limit")

    world.stripe.pay_invoice = busy
    perform(mine, effects(world.stripe, world.mail), world.now)
    mine.refresh_from_db()
    assert world.now <= mine.due_at <= world.now + Busy.wait
    assert mine.due_at != world.now + Busy.wait


def test_a_step_that_was_claimed_a_moment_ago_is_moved_no_more(world):
    case = world.payment_fails()
    (earlier,) = known_of([case], world.now)
    mine = first(world, "message")
    earlier.case.paused_until = world.now + timedelta(hours=3)
    assert replan([earlier], world.now)
    before = mine.due_at
    mine.refresh_from_db()
    assert (mine.state, mine.due_at) == ("claimed", before)

"""Lost replies, dead workers, two workers: nothing is lost and nothing happens twice."""

from datetime import timedelta

import pytest

from tests.fakes import NOW, a_charge, effects, perform
from tideover import clock
from tideover.core.outcomes import Outcome, Word
from tideover.gateways.answers import Busy, Paid, Unknown
from tideover.gateways.line import FreeLine
from tideover.gateways.stripe import Stripe
from tideover.messages.delivery import deliver
from tideover.messages.models import Message
from tideover.recovery import claims, commands, writing
from tideover.recovery.models import Action, Attempt
from tideover.recovery.reconcile import reconcile
from tideover.worker.loop import run_until_quiet


def charges():
    return Action.objects.filter(do="charge").order_by("due_at", "id")


def lost():
    raise Unknown("connection reset")


def test_a_lost_reply_is_asked_again_under_the_same_key_and_charges_once(world):
    world.payment_fails()
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    real = world.stripe.pay_invoice

    def processed_then_lost(invoice_id: str, **kwargs: object):
        world.stripe.pay_invoice = real
        real(invoice_id, **kwargs)
        lost()

    world.stripe.answer = lambda: Paid("")
    world.stripe.pay_invoice = processed_then_lost
    action = charges().first()
    world._at(action.due_at)
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    action.refresh_from_db()
    assert (action.state, action.started_at) == ("claimed", world.now)
    world.day(1)
    action.refresh_from_db()
    assert (action.outcome, world.case.state, world.case.via) == ("paid", "recovered", "retry")
    assert len(set(world.stripe.payments)) == 1


class Sleepy(FreeLine):
    """While its turn is waited for, the machine sleeps for most of a day."""

    def turn(self) -> None:
        clock.travel_to(NOW + timedelta(hours=6))


def test_a_charge_whose_turn_comes_after_its_key_has_grown_old_is_not_sent():
    nobody = Stripe("sk_test_x", api_base="http://127.0.0.1:9", may_write=True, line=Sleepy())
    clock.travel_to(NOW)
    try:
        with pytest.raises(Unknown, match="too old"):
            nobody.pay_invoice("in_1", key="pr_1", not_after=NOW + timedelta(hours=6))
        with pytest.raises(Unknown, match="no connection"):  # an hour more, and it goes out
            nobody.pay_invoice("in_1", key="pr_1", not_after=NOW + timedelta(hours=7))
    finally:
        clock.travel_to(None)


def test_a_charge_asked_again_has_no_longer_than_its_key_had_at_first(world):
    world.payment_fails()
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    told = []
    world.stripe.pay_invoice = lambda *_, not_after, **__: told.append(not_after) or lost()
    action = charges().first()
    world._at(action.due_at)
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    world._at(action.due_at + timedelta(hours=5))
    reconcile(effects(world.stripe, world.mail), world.now)
    assert told == [action.due_at + timedelta(hours=6)] * 2


def test_while_one_charge_is_in_doubt_no_other_starts(world):
    world.payment_fails()
    world.stripe.pay_invoice = lambda *_, **__: lost()
    world.day(0.2)
    assert commands.retry_now(world.case, by="alice", now=world.now).why == (
        "A charge of this invoice is under way. Wait for its answer."
    )


@pytest.mark.parametrize(
    ("stripes_clock_is_behind", "outcome"),
    [(timedelta(0), "declined"), (timedelta(seconds=40), "declined"), (timedelta(minutes=5), "not-tried")],
)
def test_a_doubt_too_old_for_its_key_is_settled_by_reading_and_never_by_paying(world, stripes_clock_is_behind, outcome):
    world.payment_fails()
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    world.stripe.pay_invoice = lambda *_, **__: lost()
    action = charges().first()
    world._at(action.due_at)
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    failed = a_charge(at=world.now - stripes_clock_is_behind, number=7)
    world.change(attempts=(*world.stripe.invoice.attempts, failed))
    world._at(world.now + timedelta(hours=7))
    reconcile(effects(world.stripe, world.mail), world.now)
    action.refresh_from_db()
    assert (action.state, action.outcome) == ("done", outcome)
    assert Attempt.objects.get(charge_id="ch_7").by == ("us" if outcome == "declined" else "stripe")


def test_a_worker_that_lost_its_lease_settles_nothing(world):
    world.payment_fails()
    world.day(0.05)
    action = charges().first()
    world._at(action.due_at)
    (mine,) = claims.claim_due(world.now)
    (theirs,) = claims.overdue(world.now + timedelta(seconds=31))
    with pytest.raises(claims.LostLease):
        claims.settle(mine, Outcome(Word.PAID), world.now)
    claims.settle(theirs, Outcome(Word.SKIPPED), world.now)
    perform(mine, effects(world.stripe, world.mail), world.now)
    assert world.stripe.payments == []


def test_two_workers_never_claim_the_same_action(world):
    world.payment_fails()
    world._at(NOW + timedelta(days=1))
    first, second = claims.claim_due(world.now), claims.claim_due(world.now)
    assert first
    assert not {a.pk for a in first} & {a.pk for a in second}


def test_an_action_under_which_five_workers_died_is_buried(world):
    world.payment_fails()
    for _ in range(5):
        world._at(world.now + timedelta(minutes=10))  # from the second death on it waits a while
        claims.claim_due(world.now)
        world._at(world.now + timedelta(seconds=91))
        reconcile(effects(world.stripe, world.mail), world.now)
    assert Action.objects.filter(state="dead").count() == 1
    assert world.case.attention == "unknown"


def test_what_kills_workers_comes_back_at_once_the_first_time_and_later_the_next(world):
    world.payment_fails()
    action, waits = None, []
    for _ in range(4):
        world._at(world.now + timedelta(minutes=10))
        action = claims.claim_due(world.now, limit=1)[0]
        world._at(world.now + timedelta(seconds=91))
        reconcile(effects(world.stripe, world.mail), world.now)
        action.refresh_from_db()
        waits.append((action.due_at - world.now).total_seconds())
    assert waits[0] <= 0
    assert all(0 < wait <= 600 for wait in waits[1:])


def test_a_busy_stripe_costs_no_try(world):
    world.payment_fails()
    run_until_quiet(effects(world.stripe, world.mail), world.now)

    def busy(_invoice_id: str, **_: object):
        raise Busy("rate limit")

    world.stripe.pay_invoice = busy
    action = charges().first()
    world._at(action.due_at)
    for _ in range(8):
        run_until_quiet(effects(world.stripe, world.mail), world.now)
        world._at(world.now + timedelta(minutes=3))
    action.refresh_from_db()
    assert (action.state, action.tries) == ("planned", 0)


def test_a_message_that_a_sleeping_worker_sent_meanwhile_is_told_as_sent_and_not_put_off(world):
    world.payment_fails()
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    action = Action.objects.filter(do="message", state="planned").order_by("due_at").first()
    world._at(action.due_at)
    (first,) = [each for each in claims.claim_due(world.now) if each.pk == action.pk]
    perform(first, effects(world.stripe, world.mail), world.now)
    Action.objects.filter(pk=action.pk).update(state="planned", outcome="", settled_at=None)  # given back too early
    sent = len(world.mail.accepted)
    for again in claims.claim_due(world.now):
        perform(again, effects(world.stripe, world.mail), world.now)
    action.refresh_from_db()
    assert (action.state, action.outcome, len(world.mail.accepted)) == ("done", "sent", sent)


def test_a_message_that_another_worker_is_just_handing_over_leaves_its_action_in_doubt(world, monkeypatch):
    world.payment_fails()
    action = Action.objects.filter(do="message").order_by("due_at").first()
    world._at(action.due_at)

    def marked_meanwhile(message, transport, now, _grounds):
        Message.objects.filter(pk=message.pk).update(state="data_started", data_started_at=world.now)
        return deliver(Message.objects.select_related("project__organization").get(pk=message.pk), transport, now)

    monkeypatch.setattr(writing, "deliver", marked_meanwhile)
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    action.refresh_from_db()
    assert (action.state, world.mail.accepted) == ("claimed", [])
    world._at(world.now + timedelta(seconds=91))
    reconcile(effects(world.stripe, world.mail), world.now)
    action.refresh_from_db()
    assert (action.outcome, Message.objects.get(action_id=action.pk).state) == ("unknown", "unknown")

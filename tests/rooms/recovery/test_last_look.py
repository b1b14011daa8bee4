"""Right before each effect the truth is read again, and the plan is asked once more."""

from datetime import timedelta

import pytest

from tests.factories import make_action, make_plan, make_stripe_event
from tests.fakes import NOW, effects, perform
from tideover.flow import stops
from tideover.gateways.answers import Paid
from tideover.inbox.models import StripeEvent
from tideover.inbox.translate import MethodNews
from tideover.recovery import claims, hearing
from tideover.recovery.models import Action
from tideover.worker.loop import run_until_quiet


def test_nothing_is_charged_or_sent_when_the_invoice_was_paid_meanwhile(world):
    world.payment_fails()
    world.change(status="paid", amount_paid=9900, amount_remaining=0, status_at=world.now)
    world.day(10)
    assert world.story() == ["day 0  message failed: skipped"]
    assert (world.case.state, world.mail.subjects, world.stripe.payments) == ("recovered", [], [])


def test_nothing_is_charged_or_sent_while_stripe_does_not_answer(world):
    world.payment_fails()
    world.stripe.silent = True
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    action = Action.objects.get(step="message-1")
    assert action.state == "planned"
    assert world.now < action.due_at <= world.now + timedelta(minutes=10)
    assert world.mail.subjects == []
    world.stripe.silent = False
    world.day(0.5)
    assert len(world.mail.subjects) == 1


def test_while_news_of_the_invoice_is_unread_nothing_is_done_and_soon_after_it_is(world):
    """It may say that it is paid. Events are read within a second, so that nobody waits for minutes."""
    world.payment_fails()
    news = make_stripe_event(
        world.connection, object_id=world.case.invoice_id, state="stored", try_at=world.now + timedelta(minutes=1)
    )
    (action,) = claims.claim_due(world.now)
    perform(action, effects(world.stripe, world.mail), world.now)
    action.refresh_from_db()
    assert (action.state, action.tries, world.mail.subjects) == ("planned", 0, [])
    assert world.now < action.due_at <= world.now + timedelta(seconds=10)
    StripeEvent.objects.filter(pk=news.pk).update(state="irrelevant")
    world._at(action.due_at)
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    assert len(world.mail.subjects) == 1


def test_everything_rests_for_an_organization_that_was_stopped(world):
    world.payment_fails()
    organization = world.connection.organization
    organization.stopped_at = world.now
    organization.save()
    world.day(8)
    assert (world.mail.subjects, world.stripe.payments) == ([], [])


def test_what_came_due_during_a_stop_is_looked_at_anew_when_it_ends(world):
    world.payment_fails()
    stops.stop(world.connection, by="operator", now=world.now)
    world.day(0.5)
    assert world.mail.subjects == []
    stops.start(world.connection, by="operator", now=world.now)
    world.day(1)
    assert len(world.mail.subjects) == 1


@pytest.mark.parametrize("whom", ["everything", "organization", "account"])
def test_a_stop_between_claim_and_effect_holds_and_loses_nothing(world, whom):
    world.payment_fails()
    (action,) = claims.claim_due(world.now)
    target = {"everything": None, "organization": world.connection.organization, "account": world.connection}[whom]
    stops.stop(target, by="operator", now=world.now)
    perform(action, effects(world.stripe, world.mail), world.now)
    action.refresh_from_db()
    assert (world.mail.subjects, action.state, action.tries) == ([], "planned", 0)
    assert claims.claim_due(world.now) == []
    stops.start(target, by="operator", now=world.now)
    assert [found.pk for found in claims.claim_due(world.now)] == [action.pk]


def test_observe_mode_writes_messages_and_never_charges(world):
    world.connection.mode = "observe"
    world.connection.save()
    world.stripe.may_write = False
    world.payment_fails()
    world.day(30)
    assert world.stripe.writes == []
    assert len(world.mail.subjects) == 3


@pytest.mark.parametrize(
    "asked",
    [{"step": "charge-asked-1"}, {"step": "message-2", "do": "message", "template": "failed", "tone": "friendly"}],
)
def test_what_was_asked_for_before_a_plan_was_agreed_is_neither_charged_nor_sent_beside_it(world, asked):
    world.payment_fails()
    Action.objects.all().delete()
    action = make_action(world.case, due_at=NOW, state="planned", asked_by="alice@alpine.example", **asked)
    make_plan(world.case)
    world.change(amount_remaining=6600, amount_paid=3300)
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    action.refresh_from_db()
    assert (action.state, action.reason) == ("dropped", "a payment plan stands: nothing else is charged or sent")
    assert (world.stripe.payments, world.mail.subjects) == ([], [])


def test_what_was_asked_to_be_told_of_a_plan_is_not_once_it_has_ended(world):
    world.payment_fails()
    Action.objects.all().delete()
    told = {"step": "message-plan-1-part-2-due", "do": "message", "template": "part_due", "tone": "friendly"}
    action = make_action(world.case, due_at=NOW, state="planned", asked_by="alice@alpine.example", **told)
    make_plan(world.case, state="ended", ended_at=NOW, why_ended="ended by alice@alpine.example")
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    action.refresh_from_db()
    assert (action.state, action.reason) == ("dropped", "the payment plan stands no more")


def test_a_message_that_was_held_up_into_the_night_waits_for_the_morning(world):
    world._at(NOW.replace(hour=19, minute=55))
    world.payment_fails()
    world.stripe.silent = True
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    world.stripe.silent = False
    world._at(NOW.replace(hour=20, minute=30))
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    assert world.mail.subjects == []
    action = Action.objects.get(step="message-1")
    assert (action.state, action.due_at) == ("planned", (NOW + timedelta(days=1)).replace(hour=9, minute=0))


def test_a_new_card_is_what_is_charged_and_not_the_old_default(world):
    world.payment_fails("lost_card")
    world.day(1)
    news = MethodNews("cus_1", "pm_2", world.now, renewed=False, event_id="evt_9", brand="visa", fingerprint="fp_2")
    charged = []
    real = world.stripe.pay_invoice

    def seen(invoice_id: str, **kwargs: object):
        charged.append(kwargs["payment_method"])
        return real(invoice_id, **kwargs)

    world.stripe.pay_invoice = seen
    world.stripe.answer = lambda: Paid("")
    hearing.hear(world.connection, news, world.now)
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    assert charged == ["pm_2"]
    assert world.case.state == "recovered"


def test_the_same_lost_card_added_again_is_not_charged(world):
    world.payment_fails("lost_card")
    world.day(1)
    news = MethodNews("cus_1", "pm_2", world.now, renewed=False, event_id="evt_9", brand="visa", fingerprint="fp_old")
    hearing.hear(world.connection, news, world.now)
    world.day(3)
    assert world.stripe.payments == []

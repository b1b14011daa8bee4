"""A repair that is no attach: another default, corrected details; and what of a subscription lets a case rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.factories import make_connection, make_ruleset, make_stripe_event
from tests.fakes import NEW_CARD, NOW, VISA, a_charge, an_invoice, effects
from tests.rooms.recovery.conftest import World
from tideover import clock
from tideover.core.declines import Decline
from tideover.gateways.answers import Paid, Refused
from tideover.inbox.translate import MethodNews
from tideover.recovery import hearing, intake
from tideover.recovery.models import Action
from tideover.recovery.sweep import reread_stale
from tideover.recovery.telling.why import CLOSED_BY_STRIPE, why
from tideover.worker.loop import run_until_quiet
from tideover.worker.news import handle_stored

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def shop(db):
    def opened(preset: str = "tuned", **connection: object) -> World:
        made = make_connection(**connection)
        make_ruleset(made.project, preset)
        return World(made)

    yield opened
    clock.travel_to(None)


def reread(world):
    world._at(world.now + DAY + HOUR)
    reread_stale(world.connection, world.stripe, world.now)
    run_until_quiet(effects(world.stripe, world.mail), world.now)


def told(world, kind, thing):
    body = (
        f'{{"id": "evt_1", "type": "{kind}", "created": {int(world.now.timestamp())}, "data": {{"object": {thing}}}}}'
    )
    make_stripe_event(world.connection, type=kind, state="stored", body=body.encode(), try_at=world.now)
    handle_stored(lambda _connection: world.stripe, world.now)
    run_until_quiet(effects(world.stripe, world.mail), world.now)


@pytest.mark.parametrize("expires", [NEW_CARD.expires, VISA.expires])  # another card may expire like the one before
def test_another_default_is_charged_once_and_ends_the_mails(shop, expires):
    world = shop()
    world.payment_fails("expired_card")
    world.day(1)
    world.stripe.answer = lambda: Paid("")
    world.change(card=replace(NEW_CARD, expires=expires), payment_method_from="customer")
    reread(world)
    assert (world.case.state, len(world.stripe.payments)) == ("recovered", 1)
    assert Action.objects.get(do="charge", state="done").step.startswith("charge-on-")  # for that, and not on its day


@pytest.mark.parametrize(
    ("kind", "thing"),
    [
        ("customer.updated", '{"id": "cus_1"}'),
        ("customer.subscription.updated", '{"id": "sub_1"}'),
        ("payment_method.updated", '{"id": "pm_x", "customer": "cus_1"}'),
        ("customer.source.updated", '{"id": "card_x", "customer": "cus_1"}'),
        ("invoice.updated", '{"id": "in_1"}'),
    ],
)
def test_each_event_that_may_tell_of_it_is_heard(shop, kind, thing):
    world = shop()
    world.payment_fails("expired_card")
    world.day(1)
    world.stripe.answer = lambda: Paid("")
    world.change(card=NEW_CARD)
    told(world, kind, thing)
    assert world.case.state == "recovered"


def test_corrected_details_of_the_same_card_are_a_repair(shop):
    world = shop()
    world.payment_fails("expired_card")
    world.day(1)
    world.stripe.answer = lambda: Paid("")
    world.change(card=replace(VISA, expires="12/2031"))
    reread(world)
    assert world.case.state == "recovered"


def test_a_default_that_was_changed_before_the_first_reading_is_seen_too(shop):
    world = shop()
    world.stripe.invoice = an_invoice("expired_card", at=NOW - HOUR, card=NEW_CARD)
    intake.take_reading(world.connection, world.stripe.invoice, world.now)
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    assert len(world.stripe.payments) == 1


def test_a_card_that_failed_already_is_no_repair(shop):
    world = shop("windback")
    world.payment_fails("expired_card")
    world.day(0.5)
    tried = a_charge("expired_card", at=world.now, number=2, card=NEW_CARD)
    world.change(card=NEW_CARD, attempts=(*world.stripe.invoice.attempts, tried))
    reread(world)
    assert world.case.customer_acted_at is None


def test_the_kind_of_the_old_card_does_not_stick_to_another(shop):
    world = shop()
    world.payment_fails("lost_card")
    world.day(1)
    world.stripe.answer = lambda: Refused("lock_timeout", "busy")
    world.change(card=NEW_CARD)
    reread(world)
    assert Action.objects.filter(do="charge", state="planned").exists()


def test_a_bank_that_asks_is_not_answered_by_a_renewed_card(shop):
    world = shop()
    world.payment_fails("authentication_required", requires_action=True)
    hearing.hear(
        world.connection, MethodNews("cus_1", "pm_old", world.now + HOUR, True, "evt_9", "visa", "fp_old"), NOW
    )
    world.day(20)
    assert world.stripe.payments == []


@pytest.mark.parametrize("code", [None, "insufficient_funds"])
def test_a_card_attached_before_the_failure_causes_no_charge(shop, code):
    world = shop("paymentrescue")
    world.payment_fails(code, attempts=() if code is None else (a_charge(code),), requires_action=code is None)
    news = MethodNews("cus_1", "pm_2", world.now - DAY, renewed=False, event_id="evt_9")
    hearing.hear(world.connection, news, world.now)
    assert (world.case.new_method, world.case.customer_acted_at) == ("", None)
    world.day(5)
    assert world.stripe.payments == []


def test_a_method_that_is_gone_again_leaves_no_mark_and_the_old_card_alone(shop):
    world = shop("paymentrescue")
    world.payment_fails("expired_card")
    world.day(1)
    world.stripe.answer = lambda: Refused("resource_missing", "No such PaymentMethod")
    news = MethodNews("cus_1", "pm_gone", world.now, renewed=False, event_id="evt_9")
    hearing.hear(world.connection, news, world.now)
    world.day(9)
    assert len(world.stripe.payments) == 1
    assert (world.case.attention, world.case.new_method, world.case.customer_acted_at) == ("", "", None)
    assert len(world.mail.subjects) == 3


@pytest.mark.parametrize(("preset", "mode"), [("windback", "act"), ("tuned", "observe")])
def test_who_attached_a_card_that_nobody_charges_hears_on(shop, preset, mode):
    world = shop(preset, mode=mode)
    world.stripe.may_write = mode == "act"
    world.payment_fails("expired_card")
    news = MethodNews("cus_1", "pm_2", world.now + HOUR, renewed=False, event_id="evt_9")
    hearing.hear(world.connection, news, world.now)
    world.day(8)
    assert len(world.mail.subjects) >= 3


def test_a_failure_without_a_charge_opens_a_case_of_its_kind(shop):
    world = shop()
    error = Decline("payment_intent_mandate_invalid")
    case = world.payment_fails(None, attempts=(), payment_error=error, latest_charge_id="")
    assert (case.family, case.decline_code) == ("revoked", "payment_intent_mandate_invalid")
    world.day(10)
    assert world.stripe.payments == []
    assert len(world.mail.subjects) >= 2


def test_an_update_that_stripe_holds_back_opens_no_case(shop):
    world = shop()
    world.payment_fails()
    world.case.delete()
    held = replace(world.stripe.invoice, billing_reason="subscription_update", holds_update_back=True)
    assert intake.take_reading(world.connection, held, world.now) is None
    renewal = replace(held, billing_reason="subscription_cycle")
    assert intake.take_reading(world.connection, renewal, world.now) is not None


def test_paused_collection_rests_and_goes_on_when_it_is_lifted(shop):
    world = shop()
    world.payment_fails(collection_paused=True)
    world.day(40)
    assert (world.mail.subjects, world.stripe.payments, world.case.state) == ([], [], "failing")
    world.day(40)
    world.change(collection_paused=False)
    world.day(43)
    assert world.case.state == "abandoned"


def test_a_pause_that_ends_early_lets_the_plan_go_on(shop):
    world = shop()
    world.payment_fails(collection_paused=True)
    world.day(5)
    world.change(collection_paused=False)
    told(world, "customer.subscription.updated", '{"id": "sub_1"}')
    world.day(12)
    assert len(world.stripe.payments) >= 1
    assert len(world.mail.subjects) >= 1


def test_what_waits_for_the_bank_after_an_earlier_decline_is_charged_by_nobody_and_asks_for_a_person(shop):
    world = shop()
    world.payment_fails()
    world.change(requires_action=True)  # the next try was no charge, but a question to the customer
    told(world, "invoice.payment_action_required", '{"id": "in_1"}')
    assert (world.case.family, world.case.attention) == ("authentication", "authentication")
    assert not Action.objects.filter(do="charge", state="planned").exists()
    world.change(requires_action=False, attempts=(*world.stripe.invoice.attempts, a_charge(at=world.now, number=2)))
    told(world, "invoice.payment_failed", '{"id": "in_1"}')
    assert (world.case.family, world.case.attention) == ("no_funds", "")


def test_nothing_goes_out_to_who_has_cancelled_and_it_is_said_why(shop):
    world = shop()
    world.payment_fails()
    world.day(0.1)
    paid = len(world.stripe.payments)
    sent = len(world.mail.subjects)
    world.change(ends_with_its_period=True)
    world.day(35)
    assert (len(world.mail.subjects), len(world.stripe.payments)) == (sent, paid)
    dropped = Action.objects.filter(state="dropped").values_list("reason", flat=True)
    assert any("the customer has cancelled" in reason for reason in dropped)
    assert world.case.state == "abandoned"


@pytest.mark.parametrize(("after", "told"), [(timedelta(minutes=5), True), (2 * DAY, False)])
def test_an_invoice_that_stripe_closes_after_its_last_try_is_told_of(shop, after, told):
    world = shop("relay")
    world.payment_fails()
    world._at(NOW + 14 * DAY)
    last = a_charge("insufficient_funds", at=world.now, number=2)
    closed = {"status": "uncollectible", "status_at": world.now + after}
    world.change(attempts=(*world.stripe.invoice.attempts, last), **closed)
    intake.refresh(world.case, world.stripe.invoice, world.now + after)
    assert world.case.state == "canceled"
    assert (CLOSED_BY_STRIPE in why(world.case, world.now).no_charge) == told

"""After a restore nothing leaves before each open case was read again, and nothing that may have left leaves twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.factories import make_case, make_stripe_event
from tests.fakes import NOW, effects
from tideover.core.catalogue import Channel
from tideover.flow.stops import why_stopped
from tideover.flow.stripe import stripe_for
from tideover.gateways.answers import Paid, ReadOnly, Unreachable
from tideover.inbox.models import StripeEvent
from tideover.recovery import claims, quarantine
from tideover.recovery.effects import Effects
from tideover.recovery.models import Action
from tideover.recovery.reconcile import settle_doubt
from tideover.tenants.models import AuditEntry, Connection
from tideover.worker.loop import next_due, run_until_quiet

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def shop(world):
    """A shop whose Stripe also has lists: no missed events, and the invoice while it is open."""
    world.stripe.list_events = lambda _since, _types: iter([[]])
    world.stripe.list_open_invoices = lambda _since: iter(
        [[world.stripe.invoice.id] if world.stripe.invoice.status == "open" else []]
    )
    return world


def restored(shop: Any, *, days: float) -> None:
    """The database as it is now, put back that many days later."""
    shop._at(shop.now + days * DAY)
    quarantine.begin(shop.now)
    shop.connection.refresh_from_db()


def works(shop: Any) -> None:
    run_until_quiet(effects(shop.stripe, shop.mail), shop.now)


def test_in_quarantine_nothing_is_charged_and_nothing_is_sent(shop):
    shop.payment_fails()
    restored(shop, days=3)
    works(shop)
    assert (shop.stripe.writes, shop.mail.accepted) == ([], [])
    assert set(Action.objects.values_list("state", flat=True)) == {"planned"}


def test_the_gateway_itself_refuses_to_write_in_quarantine(shop):
    shop.connection.quarantined_at = NOW
    with pytest.raises(ReadOnly):
        stripe_for(shop.connection).pay_invoice("in_1", key="k")


def test_steps_that_were_due_before_the_restore_are_skipped_and_later_ones_are_done(shop):
    shop.payment_fails()
    before = set(Action.objects.filter(due_at__lte=NOW + 3 * DAY).values_list("step", flat=True))
    assert before
    restored(shop, days=3)
    assert quarantine.lift(shop.connection, shop.stripe, shop.now)
    works(shop)
    assert (shop.stripe.payments, shop.mail.accepted) == ([], [])
    assert not Action.objects.filter(step__in=before, state__in=["planned", "claimed"]).exists()
    assert Action.objects.filter(step__in=before, do="charge", outcome="skipped").exists()
    shop.stripe.answer = lambda: Paid("")
    shop.day(30)
    assert shop.case.state == "recovered"
    assert len(shop.stripe.payments) == 1


def test_a_message_sent_after_the_backup_is_not_sent_again_though_the_plan_moved_it(shop):
    """At night an overdue message stands in the plan for the next morning, and looks as if it were still ahead."""
    shop.payment_fails()
    message = Action.objects.filter(do="message").order_by("due_at").first()
    night = message.due_at.replace(hour=2) + DAY
    Action.objects.filter(pk=message.pk).update(due_at=night + 8 * HOUR, reason="put off")
    shop._at(night)
    restored(shop, days=0)
    assert quarantine.lift(shop.connection, shop.stripe, night)
    message.refresh_from_db()
    assert (message.state, message.outcome) == ("done", "skipped")


def test_an_invoice_paid_after_the_backup_is_a_recovered_case_and_nobody_hears_of_it(shop):
    shop.payment_fails()
    restored(shop, days=2)
    shop.change(status="paid", status_at=NOW + DAY, amount_paid=9900)
    assert quarantine.lift(shop.connection, shop.stripe, shop.now)
    works(shop)
    assert shop.case.state == "recovered"
    assert (shop.stripe.payments, shop.mail.accepted) == ([], [])


def test_a_case_that_the_backup_did_not_know_starts_behind_what_was_due(shop):
    shop.payment_fails()
    shop.case.delete()
    restored(shop, days=3)
    assert quarantine.lift(shop.connection, shop.stripe, shop.now)
    works(shop)
    assert shop.case.state == "failing"
    assert (shop.stripe.payments, shop.mail.accepted) == ([], [])


def test_the_news_is_read_before_quarantine_ends(shop):
    shop.payment_fails()
    restored(shop, days=1)
    event = make_stripe_event(shop.connection, state=StripeEvent.State.STORED, happened_at=NOW)
    assert not quarantine.lift(shop.connection, shop.stripe, shop.now)
    StripeEvent.objects.filter(pk=event.pk).update(state=StripeEvent.State.HANDLED)
    assert quarantine.lift(shop.connection, shop.stripe, shop.now)


def test_a_quarantine_that_begins_anew_meanwhile_is_not_lifted_for_the_earlier_one(shop):
    shop.payment_fails()
    restored(shop, days=1)
    mine, read = Connection.objects.get(pk=shop.connection.pk), shop.stripe.read_invoice

    def restored_once_more(invoice_id, known=()):
        quarantine.begin(shop.now + HOUR)
        return read(invoice_id, known)

    shop.stripe.read_invoice = restored_once_more
    assert not quarantine.lift(mine, shop.stripe, shop.now)
    assert Connection.objects.get(pk=mine.pk).quarantined_at == shop.now + HOUR
    assert not AuditEntry.objects.filter(what="quarantine.lifted").exists()


def test_news_of_what_happened_after_the_restore_does_not_hold_the_quarantine_up(shop):
    """A busy account always has some that nobody has read yet."""
    shop.payment_fails()
    restored(shop, days=1)
    later = shop.now + timedelta(minutes=1)
    make_stripe_event(shop.connection, state=StripeEvent.State.STORED, happened_at=later)
    assert quarantine.lift(shop.connection, shop.stripe, later)


def test_while_stripe_is_silent_quarantine_stays(shop):
    shop.payment_fails()
    restored(shop, days=1)
    shop.stripe.silent = True
    assert not quarantine.lift(shop.connection, shop.stripe, shop.now)
    shop.connection.refresh_from_db()
    assert shop.connection.quarantined_at is not None


def test_work_that_was_claimed_when_the_backup_was_taken_is_not_done_again(shop):
    shop.payment_fails()
    claimed = Action.objects.filter(do="message").order_by("due_at").first()
    Action.objects.filter(pk=claimed.pk).update(state="claimed", lease_until=NOW, tries=1)
    restored(shop, days=1)
    works(shop)
    assert quarantine.lift(shop.connection, shop.stripe, shop.now)
    works(shop)
    claimed.refresh_from_db()
    assert (claimed.state, claimed.outcome) == ("done", "skipped")
    assert shop.mail.accepted == []


def test_a_charge_in_doubt_in_the_backup_is_settled_after_the_quarantine_and_not_before(shop):
    shop.payment_fails()
    charge = Action.objects.filter(do="charge").order_by("due_at").first()
    Action.objects.filter(pk=charge.pk).update(state="claimed", lease_until=NOW, started_at=NOW + HOUR, tries=1)
    restored(shop, days=2)
    works(shop)
    charge.refresh_from_db()
    assert charge.state == "claimed"
    assert quarantine.lift(shop.connection, shop.stripe, shop.now)
    shop._at(shop.now + HOUR)
    works(shop)
    charge.refresh_from_db()
    assert (charge.state, charge.outcome) == ("done", "not-tried")
    assert shop.stripe.payments == []


@pytest.mark.parametrize(("sent", "meanwhile", "end"), [
    (True, "claimed", "declined:insufficient_funds"),  # sent, and its key is still good for the same answer
    (False, "planned", "skipped"),  # the worker died before it sent anything
])  # fmt: skip
def test_a_quarantine_that_begins_under_a_doubt_being_settled_holds_and_loses_nothing(shop, sent, meanwhile, end):
    def stripe_of(connection):  # what the house gives out while it may not write
        shop.stripe.may_write = not why_stopped(connection)
        return shop.stripe

    shop.payment_fails()
    charge = Action.objects.filter(do="charge").order_by("due_at").first()
    shop._at(charge.due_at)
    (begun,) = [action for action in claims.claim_due(shop.now) if action.pk == charge.pk]
    if sent:
        claims.mark_started(begun, shop.now)
    (doubt,) = [action for action in claims.overdue(shop.now + claims.LEASE) if action.pk == charge.pk]
    restored(shop, days=1 / 24)
    settle_doubt(doubt, Effects(stripe_for=stripe_of, transports={Channel.EMAIL: shop.mail}), shop.now)
    charge.refresh_from_db()
    assert (charge.state, shop.case.attention, shop.stripe.writes) == (meanwhile, "", [])
    assert quarantine.lift(shop.connection, shop.stripe, shop.now)
    shop.stripe.may_write = True
    shop._at(shop.now + HOUR)
    works(shop)
    charge.refresh_from_db()
    assert (charge.state, charge.outcome) == ("done", end)


def test_begin_and_end_are_in_the_audit_log(shop):
    shop.payment_fails()
    restored(shop, days=1)
    quarantine.lift(shop.connection, shop.stripe, shop.now)
    assert list(AuditEntry.objects.order_by("number").values_list("what", flat=True)) == [
        "quarantine.begun",
        "quarantine.lifted",
    ]


def test_what_rests_in_quarantine_is_not_the_next_thing_due(shop):
    shop.payment_fails()
    assert next_due(NOW) is not None
    type(shop.connection).objects.filter(pk=shop.connection.pk).update(quarantined_at=NOW)
    assert next_due(NOW + DAY) is None


def test_what_is_done_of_a_quarantine_is_kept_when_stripe_falls_silent_in_the_middle(shop):
    shop.payment_fails()
    for number in range(8):
        make_case(shop.connection, invoice_id=f"in_more_{number}", read_at=NOW)
    restored(shop, days=1)
    real, asked = shop.stripe.read_invoice, []

    def from_the_fourth_on_silent(invoice_id, known=()):
        asked.append(invoice_id)
        if len(asked) > 3:
            raise Unreachable("no answer")
        return replace(real(invoice_id, known), id=invoice_id)

    shop.stripe.read_invoice = from_the_fourth_on_silent
    with pytest.raises(Unreachable):
        quarantine.lift(shop.connection, shop.stripe, shop.now)
    assert len(asked) == 8, "five silences in a row are enough"
    first = set(asked[:3])
    asked[:] = []
    shop.stripe.read_invoice = lambda invoice_id, _known=(): (
        asked.append(invoice_id) or replace(real(""), id=invoice_id)
    )
    assert quarantine.lift(shop.connection, shop.stripe, shop.now)
    assert (len(asked), set(asked) & first) == (6, set())

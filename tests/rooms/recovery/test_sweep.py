"""The daily sweep: open invoices no webhook told of get their case, old debts do not, and stale cases are read again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.fakes import NOW, FakeStripe, a_charge, an_invoice
from tideover.core.declines import Decline
from tideover.recovery import intake, reading, sweep
from tideover.recovery.models import Case
from tideover.recovery.sweep import Swept

DAY = timedelta(days=1)


class OpenInvoices(FakeStripe):
    """A fake whose only invoice is in the list while it is open."""

    def list_open_invoices(self, since: datetime):
        assert since < NOW
        yield [self.invoice.id] if self.invoice.status == "open" else []


@pytest.fixture
def shop(world):
    world.stripe = OpenInvoices(invoice=an_invoice(), clock=lambda: world.now)
    world.connection.created_at = NOW - DAY
    world.connection.save()
    return world


def test_a_failed_invoice_that_no_webhook_told_of_gets_its_case(shop):
    assert sweep.sweep(shop.connection, shop.stripe, NOW) == Swept(open=1, opened=1)
    assert shop.case.actions.filter(state="planned").exists()
    assert sweep.sweep(shop.connection, shop.stripe, NOW + DAY) == Swept(open=1, opened=0)


def test_what_failed_before_the_merchant_connected_is_left_alone(shop):
    shop.stripe.invoice = an_invoice(at=NOW - 2 * DAY)
    assert sweep.sweep(shop.connection, shop.stripe, NOW) == Swept(open=1, opened=0)
    assert not Case.objects.exists()


def test_an_invoice_paid_between_list_and_look_gets_no_steps(shop):
    paid = replace(
        an_invoice(), status="paid", status_at=NOW, amount_paid=9900, attempts=(a_charge(), a_charge(None, number=2))
    )
    shop.stripe.before_reading = lambda: setattr(shop.stripe, "invoice", paid)
    sweep.sweep(shop.connection, shop.stripe, NOW)
    assert shop.case.state == "recovered"
    assert not shop.case.actions.filter(state="planned").exists()


def test_it_is_due_once_a_day(shop):
    assert sweep.is_due(shop.connection, NOW)
    sweep.sweep(shop.connection, shop.stripe, NOW)
    assert not sweep.is_due(shop.connection, NOW + timedelta(hours=23))
    assert sweep.is_due(shop.connection, NOW + DAY)


def test_a_case_nobody_looked_at_for_a_day_is_held_against_stripe(shop):
    shop.payment_fails()
    shop.change(status="paid", status_at=NOW, amount_paid=9900)
    assert sweep.reread_stale(shop.connection, shop.stripe, NOW + timedelta(hours=23)) == 0
    assert sweep.reread_stale(shop.connection, shop.stripe, NOW + DAY + timedelta(minutes=1)) == 1
    assert shop.case.state == "recovered"


# ── old debts: one rule, whoever brings the news ──


def heard(shop, read):
    return intake.take_reading(shop.connection, read, NOW)


def swept(shop, read):
    shop.stripe.invoice = read
    sweep.sweep(shop.connection, shop.stripe, NOW)
    return Case.objects.first()


def failed_on(*days):
    """An invoice that failed so many days before NOW, each time."""
    tries = tuple(a_charge(at=NOW - day * DAY, number=number) for number, day in enumerate(days, 1))
    return an_invoice(at=NOW - max(days) * DAY, attempts=tries)


@pytest.mark.parametrize("told", [heard, swept])
def test_what_failed_before_the_merchant_connected_gets_no_case_whoever_tells(shop, told):
    assert told(shop, failed_on(10, 3)) is None
    assert told(shop, replace(an_invoice(at=NOW - 2 * DAY), attempts=(), requires_action=True)) is None
    assert not Case.objects.exists()


@pytest.mark.parametrize("told", [heard, swept])
def test_an_old_debt_that_fails_again_begins_with_that_failure(shop, told):
    case = told(shop, failed_on(10, 3, 0.5))
    assert case.opened_at == NOW - DAY / 2
    first = case.actions.filter(state="planned", do="message").order_by("due_at").first()
    assert first.template == "failed"


@pytest.mark.parametrize("told", [heard, swept])
def test_what_failed_while_the_account_was_disconnected_is_an_old_debt_too(shop, told):
    shop.connection.connected_at = NOW - timedelta(hours=1)
    assert told(shop, failed_on(0.5)) is None


# ── what fails again without a charge: only Stripe's events tell when ──

WITHOUT_CHARGE = {
    "mandate": {"payment_error": Decline("payment_intent_mandate_invalid")},
    "bank asks": {"requires_action": True},
    "no method": {"card": None},
}


def old_debt(what, *days):
    """Finalized before the connection; failed with a charge so many days ago, and stands so now."""
    tries = tuple(a_charge(at=NOW - day * DAY, number=number) for number, day in enumerate(days, 1))
    return replace(an_invoice(at=NOW - 10 * DAY), attempts=tries, **WITHOUT_CHARGE[what])


@pytest.mark.parametrize("days", [(), (10, 3)], ids=["never charged", "charged before"])
@pytest.mark.parametrize("what", WITHOUT_CHARGE)
def test_an_old_debt_that_fails_again_without_a_charge_begins_when_stripe_said_so(shop, what, days):
    again = NOW - DAY / 2
    case = heard(shop, reading.dated(old_debt(what, *days), NOW, [NOW - 3 * DAY, again]))
    assert (case.opened_at, case.amount_due) == (again, 9900)
    first = case.actions.filter(state="planned", do="message").order_by("due_at").first()
    assert first.template in {"failed", "authenticate", "update_card"}


@pytest.mark.parametrize("what", WITHOUT_CHARGE)
def test_an_old_debt_of_which_nothing_was_said_since_is_left_alone_whoever_tells(shop, what):
    for old in (old_debt(what), old_debt(what, 10, 3)):
        assert swept(shop, old) is None
        assert heard(shop, reading.dated(old, NOW, [NOW - 3 * DAY])) is None
    assert not Case.objects.exists()


def test_news_of_an_old_charge_makes_no_failure_of_today(shop):
    """The event came after the connection, and all that failed is of before."""
    assert heard(shop, reading.dated(failed_on(10, 3), NOW, [NOW - DAY / 2])) is None

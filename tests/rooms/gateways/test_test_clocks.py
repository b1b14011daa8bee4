"""Test clocks as our gateway meets them: read, advanced, on their way, broken down, gone, and not ours to read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import stripe

from tests.contracts.merchant import Merchant
from tideover.gateways.answers import Busy, ClockRead, LockedOut, NotPossible, OnItsWay
from tideover.gateways.permissions import asked_of
from tideover.gateways.stripe import Stripe
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import running

BEGIN = datetime(2025, 6, 15, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass
class Rehearsal:
    """A customer on a test clock, whose renewal failed a month after it was made."""

    merchant: Merchant
    ours: Stripe
    clock: str
    invoice: str

    def gateway(self, lacks: str) -> Stripe:
        names = [each.name for each in asked_of(act=True, testing=True) if each.word != lacks]
        key = self.merchant.world.pull("restricted_key", permissions=names)["key"]
        return Stripe(key, api_base=self.merchant.world.base_url, may_write=True)

    def does(self, what: str) -> None:
        self.merchant.world.pull("test_clock", test_clock=self.clock, does=what)


@pytest.fixture
def rehearsal() -> Iterator[Rehearsal]:
    sim = new_simulator(seed=3, start=1_790_000_000)
    with running(sim) as world:
        merchant = Merchant(stripe.StripeClient(sim.keys.secret, base_addresses={"api": world.base_url}), world)
        ours = Stripe(sim.keys.secret, api_base=world.base_url, may_write=True)
        clock = merchant.v1.test_helpers.test_clocks.create({"frozen_time": int(BEGIN.timestamp()), "name": "28 days"})
        subscription = merchant.subscription(merchant.customer(clock=clock.id))
        card = merchant.v1.payment_methods.attach(
            "pm_card_chargeCustomerFail", {"customer": str(subscription.customer)}
        )
        merchant.v1.subscriptions.update(subscription.id, {"default_payment_method": card.id})
        moved(ours, clock.id, BEGIN + 31 * DAY)
        invoice = merchant.v1.invoices.list({"customer": str(subscription.customer), "status": "open"}).data[0]
        yield Rehearsal(merchant, ours, clock.id, str(invoice.id))


def moved(ours: Stripe, clock: str, to: datetime) -> ClockRead:
    assert ours.advance_clock(clock, to, key=f"clock_{to}").status == "advancing"
    while ours.read_clock(clock).status == "advancing":
        pass  # each question lets the simulator go on
    return ours.read_clock(clock)


def test_an_invoice_comes_with_what_its_customers_clock_shows(rehearsal: Rehearsal):
    read = rehearsal.ours.read_invoice(rehearsal.invoice)
    assert read.clock == ClockRead(rehearsal.clock, "ready", BEGIN + 31 * DAY, None, "28 days")


def test_an_invoice_of_nobody_on_a_clock_is_read_without_a_further_question(rehearsal: Rehearsal):
    invoice = rehearsal.merchant.failed_invoice()
    rehearsal.ours.read_invoice(str(invoice.id))
    asked = [each["path"] for each in rehearsal.merchant.world.look("requests", n=4)["requests"]]
    assert not [path for path in asked if "test_clocks" in path]


def test_while_a_clock_is_on_its_way_its_invoices_are_neither_read_nor_paid(rehearsal: Rehearsal):
    rehearsal.does("hold")
    asked = rehearsal.ours.advance_clock(rehearsal.clock, BEGIN + 32 * DAY, key="clock")
    assert (asked.status, asked.target) == ("advancing", BEGIN + 32 * DAY)
    with pytest.raises(OnItsWay, match="is being advanced"):
        rehearsal.ours.read_invoice(rehearsal.invoice)
    with pytest.raises(OnItsWay, match="advancement underway"):
        rehearsal.ours.pay_invoice(rehearsal.invoice, key="pr_1")
    assert issubclass(OnItsWay, Busy)
    rehearsal.does("go")
    assert rehearsal.ours.read_invoice(rehearsal.invoice).clock.shows == BEGIN + 32 * DAY


@pytest.mark.parametrize(("days", "why"), [(30, "after the current one"), (120, "two intervals")])
def test_what_stripe_does_not_allow_is_refused_in_its_words(rehearsal: Rehearsal, days: int, why: str):
    with pytest.raises(NotPossible, match=why):
        rehearsal.ours.advance_clock(rehearsal.clock, BEGIN + days * DAY, key="clock")


def test_a_clock_that_broke_down_says_so(rehearsal: Rehearsal):
    rehearsal.does("fail")
    assert rehearsal.ours.read_clock(rehearsal.clock).status == "internal_failure"
    assert rehearsal.ours.read_invoice(rehearsal.invoice).clock.status == "internal_failure"
    with pytest.raises(NotPossible, match="has failed"):
        rehearsal.ours.advance_clock(rehearsal.clock, BEGIN + 32 * DAY, key="clock")


def test_a_clock_that_was_deleted_is_told_as_such(rehearsal: Rehearsal):
    rehearsal.merchant.v1.test_helpers.test_clocks.delete(rehearsal.clock)
    assert rehearsal.ours.read_clock(rehearsal.clock) == ClockRead(rehearsal.clock, "deleted")


def test_a_key_that_may_not_read_clocks_reads_invoices_all_the_same(rehearsal: Rehearsal):
    read = rehearsal.gateway("billing_clock").read_invoice(rehearsal.invoice)
    assert (read.test_clock, read.clock.shows) == (rehearsal.clock, None)
    assert "rak_billing_clock_read" in read.clock.closed
    with pytest.raises(LockedOut, match="rak_billing_clock_write"):
        rehearsal.gateway("billing_clock").advance_clock(rehearsal.clock, BEGIN + 32 * DAY, key="clock")

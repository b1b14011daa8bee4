"""A case that is opened late, or hears late of a charge, counts nothing that had gone back before."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from tests.factories import make_connection, make_stripe_event
from tests.fakes import NOW, a_charge, an_invoice, effects
from tideover.core.proceeds import proceeds
from tideover.gateways.answers import Paid, PaymentRead, Unknown
from tideover.inbox.models import StripeEvent
from tideover.recovery import intake
from tideover.recovery.learnt import as_fact
from tideover.recovery.models import Case
from tideover.recovery.reconcile import reconcile
from tideover.recovery.sweep import sweep
from tideover.tenants.secrets import sealed_field
from tideover.worker.loop import run_until_quiet
from tideover.worker.news import handle_stored

HOUR = timedelta(hours=1)
FAILED = a_charge(at=NOW)


def a_payment(number: int = 2, *, amount: int = 9900, intent: str = "pi_1", **values):
    charge = a_charge(None, at=NOW + number * HOUR, number=number)
    return replace(charge, amount=amount, payment_intent_id=intent, **values)


def paid_by(*payments):
    """The invoice, all of it paid by these."""
    last = payments[-1].at
    listed = tuple(PaymentRead(each.id, each.amount, each.at) for each in payments)
    return an_invoice(
        status="paid", amount_paid=9900, amount_remaining=0, status_at=last, attempts=(FAILED, *payments), payments=listed
    )  # fmt: skip


def lost(*_, **__):
    raise Unknown("connection reset")


def tell(world, kind: str, thing: dict, *, hour: float, connection=None, **values) -> StripeEvent:
    """An event of that hour is stored, and the next look of a worker reads it."""
    at = NOW + hour * HOUR
    connection = connection or world.connection
    event = make_stripe_event(connection, type=kind, object_id=thing["id"], happened_at=at, state="stored", try_at=at)
    body = {"id": event.event_id, "type": kind, "created": int(at.timestamp()), "data": {"object": thing}}
    StripeEvent.objects.filter(pk=event.pk).update(
        body=sealed_field(StripeEvent, "body").sealed(event.pk, json.dumps(body).encode()), **values
    )
    return event


def read_news(world) -> None:
    world._at(world.now + HOUR)
    handle_stored(lambda _connection: world.stripe, world.now)


def dispute(world, kind: str, status: str = "needs_response", *, hour: float, charge: str = "ch_2", amount: int = 9900):
    thing = {"id": f"du_{charge}", "charge": charge, "payment_intent": "pi_1", "amount": amount, "status": status}
    tell(world, f"charge.dispute.{kind}", thing, hour=hour)


def refund(world, total: int, *, hour: float, charge: str = "ch_2"):
    tell(world, "charge.refunded", {"id": charge, "payment_intent": "pi_1", "amount_refunded": total}, hour=hour)


def failed_refund(world, amount: int, *, hour: float, number: int = 1):
    tell(world, "refund.failed", {"id": f"re_{number}", "charge": "ch_2", "amount": amount}, hour=hour)


def open_late(world, *payments) -> Case:
    """The events so far are read, and only then comes that of the failure."""
    world._at(NOW + 20 * HOUR)
    read_news(world)
    assert not Case.objects.exists()
    world.stripe.invoice = paid_by(*payments)
    tell(world, "invoice.payment_failed", {"id": "in_1"}, hour=0)
    read_news(world)
    return world.case


def kept(case: Case) -> tuple[str, int, int]:
    case.refresh_from_db()
    brought = proceeds([as_fact(row) for row in case.facts.all()], case.amount_due, case.opened_at)
    assert (brought.kept, brought.back) == (case.amount_recovered, case.amount_returned)
    return case.state, case.amount_recovered, case.amount_returned


def read_again(world) -> None:
    intake.take_reading(world.connection, world.stripe.invoice, world.now + HOUR)


# ── disputes ──

COURSES = {
    "it is open": ([("created", "needs_response"), ("funds_withdrawn", "needs_response")], 0),
    "it was lost": ([("created", "needs_response"), ("closed", "lost")], 0),
    "it was won": ([("created", "needs_response"), ("funds_reinstated", "won"), ("closed", "won")], 9900),
    "the bank only inquires": ([("created", "warning_needs_response")], 9900),
}


@pytest.mark.parametrize(("course", "stayed"), COURSES.values(), ids=COURSES)
def test_a_dispute_from_before_the_case_is_counted(world, course, stayed):
    for number, (kind, status) in enumerate(course):
        dispute(world, kind, status, hour=3 + number)
    case = open_late(world, a_payment(disputed=True))
    assert kept(case) == ("recovered", stayed, 9900 - stayed)
    read_again(world)
    assert kept(case) == ("recovered", stayed, 9900 - stayed)


def test_it_is_counted_also_where_the_invoice_was_read_before_the_dispute_and_taken_in_after_it(world):
    dispute(world, "created", hour=3)
    assert kept(open_late(world, a_payment(disputed=False))) == ("recovered", 0, 9900)


def test_a_dispute_that_is_won_after_the_case_was_opened_brings_it_back(world):
    dispute(world, "created", hour=3)
    case = open_late(world, a_payment(disputed=True))
    dispute(world, "closed", "won", hour=22)
    read_news(world)
    assert kept(case) == ("recovered", 9900, 0)


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_in_whatever_order_events_come_the_same_stayed(world, order):
    events = [
        lambda: dispute(world, "created", hour=3),
        lambda: dispute(world, "closed", "lost", hour=4),
        lambda: tell(world, "invoice.payment_failed", {"id": "in_1"}, hour=0),
    ]
    world.stripe.invoice = paid_by(a_payment(disputed=True))
    world._at(NOW + 20 * HOUR)
    for number in order:
        events[number]()
        read_news(world)
    assert kept(world.case) == ("recovered", 0, 9900)


# ── refunds ──


@pytest.mark.parametrize("refunded", [1000, 9900])
def test_a_refund_from_before_the_case_is_counted_once(world, refunded):
    refund(world, refunded, hour=3)
    case = open_late(world, a_payment(refunded=refunded))
    assert kept(case) == ("recovered", 9900 - refunded, refunded)
    assert case.facts.get(kind="refunded").at == NOW + 3 * HOUR, "when it happened, and not when it was read"


def test_refunds_in_parts_of_several_charges_are_added_up(world):
    refund(world, 500, hour=6)
    refund(world, 1500, hour=7)
    refund(world, 700, hour=8, charge="ch_3")
    payments = a_payment(2, amount=4000, refunded=1500), a_payment(3, amount=5900, intent="pi_2", refunded=700)
    assert kept(open_late(world, *payments)) == ("recovered", 7700, 2200)


def test_what_is_left_of_a_refunded_charge_may_be_disputed(world):
    refund(world, 4000, hour=3)
    dispute(world, "created", hour=4, amount=5900)
    assert kept(open_late(world, a_payment(refunded=4000, disputed=True))) == ("recovered", 0, 9900)


@pytest.mark.parametrize("again", [False, True])
def test_a_refund_that_had_failed_before_the_case_took_nothing(world, again):
    refund(world, 4000, hour=3)
    failed_refund(world, 4000, hour=4)
    if again:
        refund(world, 4000, hour=5)
    back = 4000 if again else 0
    assert kept(open_late(world, a_payment(refunded=back))) == ("recovered", 9900 - back, back)


def test_a_refund_that_the_reading_was_too_early_for_is_counted(world):
    refund(world, 4000, hour=3)
    assert kept(open_late(world, a_payment(refunded=0))) == ("recovered", 5900, 4000)


# ── the first reader ──


def test_the_daily_sweep_counts_what_had_gone_back_of_a_part_that_was_paid(world):
    dispute(world, "created", hour=3, amount=4000)
    world._at(NOW + 20 * HOUR)
    read_news(world)
    part = a_payment(amount=4000, disputed=True)
    world.stripe.invoice = an_invoice(amount_paid=4000, amount_remaining=5900, attempts=(FAILED, part))
    world.stripe.list_open_invoices = lambda _since: [["in_1"]]
    assert sweep(world.connection, world.stripe, world.now).opened == 1
    assert kept(world.case) == ("failing", 0, 4000)


def test_a_charge_of_another_intent_was_disputed_before_a_reading_told_of_it(world):
    case = world.payment_fails()
    dispute = {"id": "du_1", "charge": "ch_2", "payment_intent": "pi_2", "amount": 9900, "status": "needs_response"}
    tell(world, "charge.dispute.created", dispute, hour=3)
    read_news(world)
    world.stripe.invoice = paid_by(a_payment(intent="pi_2", disputed=True))
    read_again(world)
    assert kept(case) == ("recovered", 0, 9900)


def test_our_own_charge_was_disputed_before_its_answer_was_known(world):
    """Nothing had been tried before, so that no event finds the case by an earlier try of the payment."""
    case = world.payment_fails(attempts=(), card=None)
    attached = {"id": "pm_new", "customer": "cus_1", "type": "card", "card": {"brand": "visa", "fingerprint": "fp_new"}}
    tell(world, "payment_method.attached", attached, hour=1)
    read_news(world)
    world.stripe.pay_invoice = lost
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    dispute(world, "created", hour=2)
    world._at(world.now + HOUR)
    read_news(world)
    world.stripe.pay_invoice = lambda *_, **__: Paid("ch_2", replace(paid_by(a_payment()), attempts=()))
    reconcile(effects(world.stripe, world.mail), world.now)
    assert kept(case) == ("recovered", 0, 9900)


# ── what is no news of it ──


def test_events_of_another_account_or_charge_and_those_nobody_understands_say_nothing(world):
    another = {"id": "du_1", "charge": "ch_2", "amount": 9900, "status": "needs_response"}
    tell(world, "charge.dispute.created", another, hour=3, connection=make_connection())
    tell(world, "charge.dispute.created", another, hour=3, state="refused")
    tell(world, "charge.dispute.created", {"id": "du_2", "amount": 9900}, hour=3)
    tell(world, "charge.dispute.created", another | {"charge": "ch_of_somebody"}, hour=3)
    assert kept(open_late(world, a_payment())) == ("recovered", 9900, 0)

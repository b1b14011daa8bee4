"""Stored events become facts: read once per invoice, sorted out by the hundred, put off when Stripe is silent."""

import json
from datetime import timedelta

import pytest

from tests.factories import make_connection
from tests.fakes import NOW, FakeStripe
from tideover.inbox.models import StripeEvent
from tideover.recovery.models import Case
from tideover.worker.news import handle_stored

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection():
    return make_connection()


def stored(connection, kind, thing, number=1):
    body = {"id": f"evt_{number}", "type": kind, "created": int(NOW.timestamp()), "data": {"object": thing}}
    return StripeEvent.objects.create(
        organization=connection.organization,
        connection=connection,
        event_id=f"evt_{number}",
        type=kind,
        object_id=thing["id"],
        happened_at=NOW,
        received_at=NOW,
        try_at=NOW,
        body=json.dumps(body).encode(),
    )


class Counting(FakeStripe):
    reads = 0

    def read_invoice(self, invoice_id, known=()):
        Counting.reads += 1
        return super().read_invoice(invoice_id, known)


def handle(stripe, now=NOW):
    Counting.reads = 0
    return handle_stored(lambda _connection: stripe, now)


def states():
    return sorted(StripeEvent.objects.values_list("state", flat=True))


def test_several_events_about_one_invoice_are_one_reading(connection):
    for number, kind in enumerate(["invoice.payment_failed", "invoice.updated", "invoice.payment_action_required"]):
        stored(connection, kind, {"id": "in_1"}, number)
    assert handle(Counting()) == 3
    assert (Counting.reads, Case.objects.count(), states()) == (1, 1, ["handled"] * 3)


def test_a_renewal_that_simply_worked_costs_no_call(connection):
    stored(connection, "invoice.paid", {"id": "in_fine"})
    handle(Counting())
    assert (Counting.reads, states()) == (0, ["irrelevant"])


def test_ten_thousand_kinds_of_things_that_are_none_of_our_business_are_not_failures(connection):
    for number in range(50):
        stored(connection, "payout.paid", {"id": "po_1"}, number)
    handle(Counting())
    assert states() == ["irrelevant"] * 50


def test_the_handling_of_a_hundred_idle_events_takes_a_handful_of_queries(connection, django_assert_max_num_queries):
    for number in range(100):
        stored(connection, "invoice.paid", {"id": f"in_{number}"}, number)
    with django_assert_max_num_queries(12):
        handle(Counting())


def test_a_silent_stripe_puts_events_off_and_however_long_it_is_silent_none_is_given_up(connection):
    stored(connection, "invoice.payment_failed", {"id": "in_1"})
    now = NOW
    for _ in range(9):
        assert handle(Counting(silent=True), now) == 1
        event = StripeEvent.objects.get()
        assert (event.state, event.tries, event.reason) == ("stored", 0, "no route")
        now = event.try_at
    assert handle(Counting(), now) == 1
    assert states() == ["handled"]


def test_an_event_of_a_shape_nobody_knows_does_not_stop_the_others(connection):
    stored(connection, "charge.dispute.created", {"id": "dp_1"}, 1)  # no charge in it
    stored(connection, "invoice.payment_failed", {"id": "in_1"}, 2)
    handle(Counting())
    assert states() == ["handled", "stored"]


def test_an_invoice_that_exists_no_more_is_the_end_of_its_case(connection):
    stored(connection, "invoice.payment_failed", {"id": "in_1"}, 1)
    handle(Counting())
    stored(connection, "invoice.deleted", {"id": "in_1"}, 2)
    handle(Counting(invoice=None))
    assert Case.objects.get().state == "canceled"


def test_a_worker_that_died_with_an_event_leaves_it_to_the_next(connection):
    stored(connection, "invoice.payment_failed", {"id": "in_1"})

    class Killed(BaseException):
        pass

    def die():
        raise Killed

    with pytest.raises(Killed):
        handle(FakeStripe(before_reading=die))
    assert handle(Counting()) == 0
    assert handle(Counting(), NOW + timedelta(seconds=31)) == 1
    assert states() == ["handled"]

"""Stored events become facts: read once per invoice, sorted out by the hundred, put off when Stripe is silent."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
import stripe

from tests.factories import make_connection, make_ruleset
from tests.fakes import NOW, FakeStripe, a_charge, an_invoice
from tideover.failpoints import arm
from tideover.gateways.answers import Busy, Unreachable
from tideover.gateways.errors import in_words
from tideover.inbox import queue
from tideover.inbox.models import StripeEvent
from tideover.mirror.importing import begin
from tideover.mirror.models import Customer
from tideover.recovery.known import known_of
from tideover.recovery.ledger import that_count
from tideover.recovery.models import Action, Attempt, Case, LearntFact
from tideover.worker import news
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


class Any(FakeStripe):
    """Every invoice one asks for exists, each with a charge of its own."""

    def __init__(self, **values) -> None:
        super().__init__()
        self.values = values

    def read_invoice(self, invoice_id, known=()):
        charge = replace(a_charge(at=NOW), id=f"ch_{invoice_id}")
        return replace(an_invoice(), id=invoice_id, attempts=(charge,), **self.values)


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
    with django_assert_max_num_queries(13):  # one asks whether the account is mirrored
        handle(Counting())


def test_however_long_stripe_is_silent_no_event_is_given_up(connection):
    stored(connection, "invoice.payment_failed", {"id": "in_1"})
    waits, now = [], NOW
    for _ in range(20):
        assert handle(Counting(silent=True), now) == 1
        event = StripeEvent.objects.get()
        waits.append((event.try_at - now).total_seconds())
        now = event.try_at
    assert all(30 <= wait <= 60 for wait in waits)
    assert len(set(waits)) > 10, "those put off together must not come back together"
    assert (event.state, event.tries, event.reason) == ("stored", 0, "no route")
    handle(Counting(), now)
    assert states() == ["handled"]


def test_an_event_that_nobody_understands_waits_at_once_for_a_person_who_may_have_it_tried_again(connection):
    event = stored(connection, "charge.dispute.created", {"id": "dp_1"})  # no charge in it
    assert handle(Counting()) == 1
    event.refresh_from_db()
    assert (event.state, event.reason) == ("failed", "not understood: charge is missing")
    assert handle(Counting(), NOW + timedelta(days=1)) == 0
    assert queue.replay(event.pk, NOW)
    assert not queue.replay(event.pk, NOW), "it is not failed any more"
    assert handle(Counting()) == 1


def test_an_event_under_which_five_workers_died_is_taken_up_no_more(connection):
    event = stored(connection, "invoice.payment_failed", {"id": "in_1"})

    class Killed(BaseException):
        pass

    def die():
        raise Killed

    for number in range(5):
        with pytest.raises(Killed):
            handle(FakeStripe(before_reading=die), NOW + number * timedelta(minutes=1))
    handle(FakeStripe(before_reading=die), NOW + timedelta(minutes=6))
    event.refresh_from_db()
    assert (event.state, event.reason) == ("failed", "5 workers died holding it")


def test_a_bug_under_one_event_stops_no_other(connection):
    stored(connection, "invoice.payment_failed", {"id": "in_1"}, 1)
    stored(connection, "customer.deleted", {"id": "cus_1"}, 2)

    stripe = FakeStripe()
    stripe.invoice = replace(an_invoice(), currency=None)  # no row can be made of this
    handle(stripe)
    assert states() == ["irrelevant", "stored"]
    assert "while it was handled" in StripeEvent.objects.get(state="stored").reason


class OneIsStrange(Any):
    """Of one invoice no row can be made."""

    def read_invoice(self, invoice_id, known=()):
        read = super().read_invoice(invoice_id, known)
        return replace(read, currency=None, amount_paid="much") if invoice_id == "in_7" else read


def test_a_bug_under_one_event_takes_none_of_those_along_that_are_taken_in_with_it(connection):
    for number in range(15):
        stored(connection, "invoice.payment_failed", {"id": f"in_{number}"}, number)
    handle(OneIsStrange())
    assert states() == ["handled"] * 14 + ["stored"]
    strange = StripeEvent.objects.get(state="stored")
    assert (strange.event_id, "while it was handled" in strange.reason) == ("evt_7", True)
    assert Case.objects.count() == Attempt.objects.count() == LearntFact.objects.count() == 14
    assert set(Case.objects.values_list("version", flat=True)) == {1}, "the first try left nothing behind"


def test_a_bug_under_one_event_undoes_nothing_of_the_cases_that_were_there_before(connection):
    for number in range(10):
        stored(connection, "invoice.payment_failed", {"id": f"in_{number}"}, number)
    handle(Any())
    for number in range(10):
        stored(connection, "invoice.paid", {"id": f"in_{number}"}, number + 10)
    handle(OneIsStrange(status="paid", amount_paid=9900, amount_remaining=0, status_at=NOW))
    assert set(Case.objects.exclude(invoice_id="in_7").values_list("state", "version")) == {("recovered", 2)}
    assert Case.objects.filter(invoice_id="in_7").values_list("state", "version").get() == ("failing", 1)


def test_an_error_before_the_commit_of_many_is_the_end_of_none(connection):
    for number in range(5):
        stored(connection, "invoice.payment_failed", {"id": f"in_{number}"}, number)
    arm("case.before_commit=raise")
    handle(Any())
    assert (states(), Case.objects.count()) == (["handled"] * 5, 5)


def test_what_is_taken_in_together_is_taken_in_before_what_was_heard_after_it(connection):
    for number in range(3):
        stored(connection, "invoice.payment_failed", {"id": f"in_{number}"}, number)
    stored(connection, "customer.subscription.deleted", {"id": "sub_1", "ended_at": int(NOW.timestamp())}, 3)
    stored(connection, "invoice.payment_failed", {"id": "in_4"}, 4)
    handle(Any())
    assert dict(Case.objects.values_list("invoice_id", "state")) == {
        "in_0": "churned",
        "in_1": "churned",
        "in_2": "churned",
        "in_4": "failing",
    }


def test_of_invoices_taken_in_together_each_knows_the_others_tries_on_its_card(connection):
    make_ruleset(connection.project)
    for number in range(20):
        stored(connection, "invoice.payment_failed", {"id": f"in_{number}"}, number)
    handle(Any())  # all with one card, and fifteen tries a month are the most that its network allows
    assert {len(that_count(known.case, known.attempts, NOW)) for known in known_of(Case.objects.all(), NOW)} == {20}
    assert not Action.objects.filter(do="charge", due_at__lt=NOW + timedelta(days=29)).exists()


def test_an_account_with_a_flood_of_events_leaves_the_others_their_share(connection):
    for number in range(300):
        stored(connection, "payout.paid", {"id": "po_1"}, number)
    other = make_connection()
    late = stored(other, "payout.paid", {"id": "po_2"}, 1)
    StripeEvent.objects.filter(pk=late.pk).update(try_at=NOW + timedelta(seconds=1))
    assert handle(Counting(), NOW + timedelta(seconds=1)) <= 100
    late.refresh_from_db()
    assert late.state == "irrelevant"


def test_ten_failures_that_open_a_case_cost_three_queries_each(connection, django_assert_max_num_queries):
    make_ruleset(connection.project)
    for number in range(10):
        stored(connection, "invoice.payment_failed", {"id": f"in_{number}"}, number)
    with django_assert_max_num_queries(30):
        assert handle(Any()) == 10
    assert Case.objects.filter(state="failing").count() == 10
    assert Action.objects.filter(state="planned").count() >= 30


def test_ten_payments_that_end_a_case_cost_three_queries_each(connection, django_assert_max_num_queries):
    for number in range(10):
        stored(connection, "invoice.payment_failed", {"id": f"in_{number}"}, number)
    handle(Any())
    for number in range(10):
        stored(connection, "invoice.paid", {"id": f"in_{number}"}, number + 10)
    with django_assert_max_num_queries(30):
        assert handle(Any(status="paid", amount_paid=9900, amount_remaining=0, status_at=NOW)) == 10
    assert Case.objects.filter(state="recovered").count() == 10
    assert Action.objects.filter(state="planned").count() == 0


def test_an_event_of_a_shape_nobody_knows_does_not_stop_the_others(connection):
    stored(connection, "charge.dispute.created", {"id": "dp_1"}, 1)  # no charge in it
    stored(connection, "invoice.payment_failed", {"id": "in_1"}, 2)
    handle(Counting())
    assert states() == ["failed", "handled"]


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


def test_the_more_workers_died_under_events_the_fewer_of_them_are_taken_together(connection):
    for number in range(30):
        stored(connection, "payout.paid", {"id": "po_1"}, number)
    StripeEvent.objects.filter(event_id__in=[f"evt_{number}" for number in range(12)]).update(tries=2)
    StripeEvent.objects.filter(event_id__in=["evt_20", "evt_21"]).update(tries=4)
    assert [handle(Counting()) for _ in range(6)] == [10, 2, 30 - 12 - 2, 1, 1, 0]
    assert states() == ["irrelevant"] * 30


def test_events_are_marked_batch_by_batch_so_that_who_dies_in_the_second_keeps_the_first(connection, monkeypatch):
    class Dying(Any):
        def read_invoice(self, invoice_id, known=()):
            if invoice_id == "in_2":
                raise KeyboardInterrupt
            return super().read_invoice(invoice_id, known)

    monkeypatch.setattr(news, "TOGETHER", 1)
    for number in range(4):
        stored(connection, "invoice.payment_failed", {"id": f"in_{number}"}, number)
    with pytest.raises(KeyboardInterrupt):
        handle(Dying())
    assert states() == ["handled"] * 2 + ["stored"] * 2


def test_where_an_account_is_busy_nobody_else_of_the_batch_stands_in_its_line(connection):
    class Busily(Counting):
        def read_invoice(self, invoice_id, known=()):
            super().read_invoice(invoice_id, known)
            raise Busy("its share is used up")

    for number in range(5):
        stored(connection, "invoice.payment_failed", {"id": f"in_{number}"}, number)
    handle(Busily())
    assert Counting.reads == 1
    assert (states(), set(StripeEvent.objects.values_list("tries", flat=True))) == (["stored"] * 5, {0})


def test_what_is_not_read_well_before_the_leases_end_is_given_back_untouched(connection, monkeypatch):
    for number in range(3):
        stored(connection, "invoice.payment_failed", {"id": f"in_{number}"}, number)
    monkeypatch.setattr(news, "READS_FOR_SECONDS", -1.0)
    handle(Counting())
    assert (Counting.reads, states()) == (0, ["stored"] * 3)
    assert set(StripeEvent.objects.values_list("tries", flat=True)) == {0}


def test_garbage_from_stripe_puts_an_event_off_and_is_kept_in_words_that_every_database_takes(connection):
    def garbage(_handler, *_):
        raise Unreachable(in_words(stripe.APIError("<html>\x00 upstream \x07connect")))

    silent = type("Garbage", (Counting,), {"read_invoice": garbage})
    stored(connection, "invoice.payment_failed", {"id": "in_1"})
    handle(silent())
    assert StripeEvent.objects.get().reason == "<html> upstream connect"


def test_what_an_event_tells_is_mirrored_before_it_is_settled(connection, monkeypatch):
    """Cut off between the two, the event is claimed again; afterwards its words may be gone."""

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    begin(connection, NOW)
    stored(connection, "customer.updated", {"id": "cus_1", "object": "customer", "created": 1, "name": "Pia"})
    monkeypatch.setattr(news, "_sorted_out", dies)
    with pytest.raises(KeyboardInterrupt):
        handle_stored(lambda _: FakeStripe(), NOW)
    assert Customer.objects.get().name == "Pia"
    assert StripeEvent.objects.get().state == "stored"

"""The worker in real time: real threads, a real database, and Stripes that are slow, hang or break."""

import threading
from datetime import timedelta

import pytest
from django.db import DataError, connections

from tests.factories import make_action, make_case, make_connection
from tests.fakes import FakeMail, FakeStripe, an_invoice
from tideover import clock
from tideover.cli.stopping import switch
from tideover.core.catalogue import Channel
from tideover.core.steps import Do
from tideover.flow.stripe import stripe_for
from tideover.gateways.answers import Unreachable
from tideover.recovery.effects import Effects
from tideover.recovery.models import Action
from tideover.worker import crew

pytestmark = pytest.mark.django_db(transaction=True)
AT_LAST = 120  # seconds after which a thread that waits gives up, so that a broken test ends; none is waited for


class Hanging(FakeStripe):
    """Answers nobody until it is let go. `full` once as many ask as there are hands for one account."""

    def __init__(self) -> None:
        super().__init__()
        self.full, self.let_go = threading.Event(), threading.Event()
        self.asked, self._counting = 0, threading.Lock()

    def read_invoice(self, invoice_id, known=()):
        with self._counting:
            self.asked += 1
            if self.asked == crew.HANDS_PER_LANE:
                self.full.set()
        assert self.let_go.wait(AT_LAST)
        raise Unreachable("no answer")


class Void(FakeStripe):
    """Every invoice is void: each action comes to nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.was_read = threading.Event()
        self.asked: list[str] = []

    def read_invoice(self, invoice_id, known=()):
        self.asked.append(invoice_id)
        self.was_read.set()


def due(connection, number, **values):
    at = clock.now() - timedelta(seconds=1)
    return [make_action(make_case(connection), due_at=at, **values) for _ in range(number)]


def effects(stripe_of):
    return Effects(stripe_for=stripe_of, transports={Channel.EMAIL: FakeMail()})


def hands(stripes):
    """The hands of a worker, whose rounds the test counts itself."""
    return crew.Crew(effects(lambda connection: stripes[connection.pk]), clock.now)


def working(stripes):
    """A worker that goes on until the event is set."""
    stop = threading.Event()
    ways = effects(lambda connection: stripes[connection.pk])
    worker = threading.Thread(target=lambda: (crew.work(ways, clock.now, stop), connections.close_all()))
    worker.start()
    return stop, worker


def next_round(mine):
    """How much is begun once every hand is empty."""
    for future in list(mine.under_way):
        future.result(AT_LAST)
    return mine.round()


def ended(stop, worker):
    stop.set()
    worker.join(AT_LAST)
    return not worker.is_alive()


def test_an_account_all_of_whose_calls_hang_does_not_delay_another():
    tarpit, other = make_connection(), make_connection()
    hanging, void = Hanging(), Void()
    due(tarpit, 60)
    stop, worker = working({tarpit.pk: hanging, other.pk: void})
    try:
        assert hanging.full.wait(AT_LAST)
        due(other, 1)
        assert void.was_read.wait(AT_LAST)
        assert hanging.asked == crew.HANDS_PER_LANE, "they hang still, and no hand more"
    finally:
        hanging.let_go.set()
        assert ended(stop, worker)


def test_a_worker_that_is_told_to_stop_finishes_what_is_under_way_and_begins_nothing():
    connection = make_connection()
    hanging = Hanging()
    due(connection, 10)
    stop, worker = working({connection.pk: hanging})
    assert hanging.full.wait(AT_LAST)
    stop.set()
    hanging.let_go.set()
    assert ended(stop, worker)
    assert hanging.asked == crew.HANDS_PER_LANE
    assert Action.objects.filter(state="claimed").count() == 0
    assert Action.objects.filter(state="planned", do=Do.CHARGE).count() == 10


@pytest.mark.parametrize("whom", ["everything", "organization"])
def test_a_stop_is_felt_with_the_next_round_of_a_worker_and_so_is_its_end(whom):
    connection, other = make_connection(), make_connection()
    stopped, free = Void(), Void()
    due(connection, 60)
    due(other, 60)
    slug = connection.organization.slug if whom == "organization" else ""
    mine = hands({connection.pk: stopped, other.pk: free})
    assert mine.round() == 2 * crew.HANDS_PER_LANE
    assert switch(slug, "", on=False) == 0
    others = crew.HANDS_PER_LANE if whom == "organization" else 0
    assert [next_round(mine) for _ in range(3)] == [others] * 3
    assert len(stopped.asked) <= crew.HANDS_PER_LANE, "those in hand, and no more"
    assert not Action.objects.filter(connection=connection, state="claimed").exists()
    assert Action.objects.filter(connection=connection, state="planned").exists()
    before = len(stopped.asked)
    assert switch(slug, "", on=True) == 0
    assert next_round(mine) == 2 * crew.HANDS_PER_LANE
    mine.finish()
    assert len(stopped.asked) == before + crew.HANDS_PER_LANE


@pytest.mark.parametrize("whom", ["everything", "organization"])
def test_a_charge_that_a_stop_overtakes_after_its_last_look_is_not_sent(whom):
    connection = make_connection(api_base="http://127.0.0.1:9")  # where a write would be lost, and stay in doubt
    looked, about_to_pay, let_go = False, threading.Event(), threading.Event()

    def stripe_of(account):
        nonlocal looked
        stripe = stripe_for(account)
        if looked:  # the look is done, the charge is marked as begun, and the way to pay is in hand
            about_to_pay.set()
            assert let_go.wait(AT_LAST)
        looked = True
        stripe.read_invoice = lambda *_: an_invoice()
        return stripe

    (charge,) = due(connection, 1, asked_by="alice")
    mine = crew.Crew(effects(stripe_of), clock.now)
    assert mine.round() == 1
    assert about_to_pay.wait(AT_LAST)
    charge.refresh_from_db()
    assert charge.started_at is not None
    switch(connection.organization.slug if whom == "organization" else "", "", on=False)
    let_go.set()
    mine.finish()
    charge.refresh_from_db()
    assert (charge.state, charge.outcome, charge.reason) == ("planned", "", "stopped right before it")
    assert hands({}).round() == 0


def test_a_bug_under_one_action_leaves_it_in_doubt_and_stops_no_other():
    broken, other = make_connection(), make_connection()

    class Broken(FakeStripe):
        def read_invoice(self, invoice_id, known=()):
            raise ZeroDivisionError

    (stuck,), (fine,) = due(broken, 1), due(other, 1)
    mine = hands({broken.pk: Broken(), other.pk: Void()})
    assert mine.round() == 2
    mine.finish()
    fine.refresh_from_db()
    stuck.refresh_from_db()
    assert fine.outcome == "skipped"
    assert (stuck.state, stuck.tries) == ("claimed", 1)


def test_a_bug_under_one_action_takes_no_verdict_from_those_that_end_with_it():
    broken, other = make_connection(), make_connection()
    (stuck,), (fine,) = due(broken, 1), due(other, 1)
    mine = hands({other.pk: Void()})  # nobody knows a way to Stripe for the broken one
    assert mine.round() == 2
    mine.finish()
    fine.refresh_from_db()
    stuck.refresh_from_db()
    assert (fine.outcome, stuck.state) == ("skipped", "claimed")


def test_what_nobody_foresaw_ends_neither_the_thread_nor_the_worker(monkeypatch):
    rounds, thrice = [], threading.Event()

    def strange(*_args, **_kwargs):
        rounds.append(1)
        if len(rounds) == 3:
            thrice.set()
        raise DataError("a value that the database does not take")

    monkeypatch.setattr(crew, "handle_stored", strange)
    monkeypatch.setattr(crew, "PAUSE_SECONDS", 0.01)
    stop, worker = working({})
    try:
        assert thrice.wait(AT_LAST)
    finally:
        assert ended(stop, worker)

"""The worker in real time: real threads, a real database, and Stripes that are slow, hang or break."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import DataError, connections

from tests.factories import make_action, make_case, make_connection
from tests.fakes import FakeMail, FakeStripe, an_invoice
from tideover import clock
from tideover.cli.stopping import switch
from tideover.core.steps import Do
from tideover.flow.stripe import stripe_for
from tideover.gateways.answers import Unreachable
from tideover.recovery.effects import Effects
from tideover.recovery.models import Action
from tideover.worker import crew

pytestmark = pytest.mark.django_db(transaction=True)


class Hanging(FakeStripe):
    """Answers nobody until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()
        self.asked = 0

    def read_invoice(self, invoice_id, known=()):
        self.asked += 1
        self.let_go.wait(20)
        raise Unreachable("no answer")


class Closed(FakeStripe):
    """Every invoice is void: each action comes to nothing."""

    def read_invoice(self, invoice_id, known=()):
        self.read_at = time.monotonic()


class Steady(FakeStripe):
    """Finds each invoice void, a fifth of a second after it was asked, and knows when that was."""

    def __init__(self) -> None:
        super().__init__()
        self.asked_at: list[float] = []

    def read_invoice(self, invoice_id, known=()):
        self.asked_at.append(time.monotonic())
        time.sleep(0.2)


def due(connection, number, **values):
    at = clock.now() - timedelta(seconds=1)
    return [make_action(make_case(connection), due_at=at, **values) for _ in range(number)]


def working(stripes):
    return working_with(lambda connection: stripes[connection.pk])


def working_with(stripe_of):
    stop = threading.Event()
    effects = Effects(stripe_for=stripe_of, mail=FakeMail())
    worker = threading.Thread(target=lambda: (crew.work(effects, clock.now, stop), connections.close_all()))
    worker.start()
    return stop, worker


def until(true, seconds=15.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def test_an_account_whose_calls_hang_delays_another_by_less_than_two_seconds():
    tarpit, other = make_connection(), make_connection()
    hanging, closed = Hanging(), Closed()
    due(tarpit, 60)
    stop, worker = working({tarpit.pk: hanging, other.pk: closed})
    try:
        until(lambda: hanging.asked == crew.HANDS_PER_LANE)
        planned = time.monotonic()
        (action,) = due(other, 1)
        until(lambda: Action.objects.get(pk=action.pk).state != "planned")
        until(lambda: hasattr(closed, "read_at"))
        assert closed.read_at - planned < 2.0
        assert hanging.asked == crew.HANDS_PER_LANE
    finally:
        stop.set()
        hanging.let_go.set()
        worker.join(30)


def test_a_worker_that_is_told_to_stop_finishes_what_is_under_way_and_begins_nothing():
    connection = make_connection()
    hanging = Hanging()
    due(connection, 10)
    stop, worker = working({connection.pk: hanging})
    until(lambda: hanging.asked == crew.HANDS_PER_LANE)
    stop.set()
    hanging.let_go.set()
    worker.join(30)
    assert not worker.is_alive()
    assert hanging.asked == crew.HANDS_PER_LANE
    assert Action.objects.filter(state="claimed").count() == 0
    assert Action.objects.filter(state="planned", do=Do.CHARGE).count() == 10


@pytest.mark.parametrize("whom", ["everything", "organization"])
def test_a_stop_is_felt_by_a_running_worker_within_five_seconds_and_so_is_its_end(whom):
    connection, other = make_connection(), make_connection()
    stopped, free = Steady(), Steady()
    due(connection, 60)
    due(other, 60)
    slug = connection.organization.slug if whom == "organization" else ""
    stop, worker = working({connection.pk: stopped, other.pk: free})
    try:
        until(lambda: stopped.asked_at and free.asked_at)
        assert switch(slug, "", on=False) == 0
        claimed = Action.objects.filter(connection=connection, state="claimed")
        until(lambda: not claimed.exists(), seconds=5.0)
        quiet_at = time.monotonic()
        while time.monotonic() < quiet_at + 3 * crew.PAUSE_SECONDS:
            assert not claimed.exists()
            time.sleep(0.02)
        assert max(stopped.asked_at) < quiet_at
        assert (max(free.asked_at) > quiet_at + crew.PAUSE_SECONDS) == (whom == "organization")
        assert Action.objects.filter(connection=connection, state="planned").exists()
        assert switch(slug, "", on=True) == 0
        until(lambda: max(stopped.asked_at) > quiet_at, seconds=5.0)
    finally:
        stop.set()
        worker.join(30)


@pytest.mark.parametrize("whom", ["everything", "organization"])
def test_a_charge_that_a_stop_overtakes_after_its_last_look_is_not_sent(whom):
    connection = make_connection(api_base="http://127.0.0.1:9")  # where a write would be lost, and stay in doubt
    looked, let_go = threading.Event(), threading.Event()

    def stripe_of(account):
        if looked.is_set():
            let_go.wait(20)  # the look is done, and the way to the effect is asked for
        stripe = stripe_for(account)
        stripe.read_invoice = lambda *_: looked.set() or an_invoice()
        return stripe

    (charge,) = due(connection, 1, asked_by="alice")
    stop, worker = working_with(stripe_of)
    try:
        assert looked.wait(15)
        until(lambda: Action.objects.get(pk=charge.pk).started_at is not None)
        switch(connection.organization.slug if whom == "organization" else "", "", on=False)
        let_go.set()
        until(lambda: Action.objects.get(pk=charge.pk).state == "planned", seconds=5.0)
        time.sleep(2 * crew.PAUSE_SECONDS)
    finally:
        stop.set()
        let_go.set()
        worker.join(30)
    charge.refresh_from_db()
    assert (charge.state, charge.outcome, charge.reason) == ("planned", "", "stopped right before it")


def test_a_bug_under_one_action_leaves_it_in_doubt_and_stops_no_other():
    broken, other = make_connection(), make_connection()

    class Broken(FakeStripe):
        def read_invoice(self, invoice_id, known=()):
            raise ZeroDivisionError

    (stuck,), (fine,) = due(broken, 1), due(other, 1)
    stop, worker = working({broken.pk: Broken(), other.pk: Closed()})
    try:
        until(lambda: Action.objects.get(pk=fine.pk).outcome == "skipped")
    finally:
        stop.set()
        worker.join(30)
    stuck.refresh_from_db()
    assert (stuck.state, stuck.tries) == ("claimed", 1)


def test_a_bug_under_one_action_takes_no_verdict_from_those_that_end_with_it():
    broken, other = make_connection(), make_connection()
    (stuck,), (fine,) = due(broken, 1), due(other, 1)
    stripes = {other.pk: Closed()}  # nobody knows a way to Stripe for the broken one
    hands = crew.Crew(Effects(stripe_for=lambda connection: stripes[connection.pk], mail=FakeMail()), clock.now)
    assert hands.round() == 2
    hands.finish()
    fine.refresh_from_db()
    stuck.refresh_from_db()
    assert (fine.outcome, stuck.state) == ("skipped", "claimed")


def test_what_nobody_foresaw_ends_neither_the_thread_nor_the_worker(monkeypatch):
    rounds = []

    def strange(*_args, **_kwargs):
        rounds.append(1)
        raise DataError("a value that the database does not take")

    monkeypatch.setattr(crew, "handle_stored", strange)
    monkeypatch.setattr(crew, "PAUSE_SECONDS", 0.01)
    stop, worker = working({})
    try:
        until(lambda: len(rounds) > 2)
    finally:
        stop.set()
        worker.join()

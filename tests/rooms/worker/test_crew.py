"""The worker in real time: real threads, a real database, and Stripes that are slow, hang or break."""

import sqlite3
import threading
import time
from contextlib import closing
from datetime import timedelta

import pytest
from django.db import DataError, connections

from tests.factories import make_action, make_case, make_connection
from tests.fakes import FakeMail, FakeStripe
from tideover import clock
from tideover.core.situation import Do
from tideover.gateways.answers import Unreachable
from tideover.recovery.models import Action
from tideover.recovery.perform import Effects
from tideover.worker import crew

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _database_for_threads(transactional_db, tmp_path):
    """As in production: the tests' SQLite in memory knows no waiting for a lock between threads, a file does."""
    kept = connections["default"]
    if kept.vendor != "sqlite":
        yield
        return
    with closing(sqlite3.connect(tmp_path / "crew.sqlite3")) as file:
        kept.connection.backup(file)
    name = connections.settings["default"]["NAME"]
    connections.settings["default"]["NAME"] = str(tmp_path / "crew.sqlite3")
    connections["default"] = connections.create_connection("default")
    yield
    connections["default"].close()
    connections.settings["default"]["NAME"], connections["default"] = name, kept


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


def due(connection, number):
    return [make_action(make_case(connection), due_at=clock.now() - timedelta(seconds=1)) for _ in range(number)]


def working(stripes):
    stop = threading.Event()
    effects = Effects(stripe_for=lambda connection: stripes[connection.pk], mail=FakeMail())
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

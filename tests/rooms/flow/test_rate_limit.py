"""The calls of one account wait for their turn, those of all workers together; another account's do not."""

from datetime import timedelta

import pytest
from django.db.models import QuerySet

from tests.factories import make_connection
from tests.fakes import NOW
from tests.rooms.flow.work import SECOND
from tideover.flow.models import Lane
from tideover.flow.rate_limit import take_turn
from tideover.flow.stripe import stripe_for_workers
from tideover.gateways.answers import Busy

pytestmark = pytest.mark.django_db


def test_a_worker_that_was_told_to_end_asks_stripe_nothing_more():
    connection = make_connection(api_base="http://127.0.0.1:9")
    with pytest.raises(Busy):
        stripe_for_workers(connection, ended=lambda: True).read_invoice("in_1")
    assert not Lane.objects.exists()


def test_a_clock_that_was_set_back_an_hour_stops_no_calls():
    connection = make_connection()
    take_turn(connection, NOW)
    assert take_turn(connection, NOW - timedelta(hours=1)) <= timedelta(seconds=1)


def test_calls_of_one_account_are_five_a_second_with_five_at_once():
    connection, other = make_connection(), make_connection()
    waits = [take_turn(connection, NOW).total_seconds() for _ in range(10)]
    assert waits == pytest.approx([0, 0, 0, 0, 0, 0.2, 0.4, 0.6, 0.8, 1.0])
    assert take_turn(other, NOW).total_seconds() == 0
    assert take_turn(connection, NOW + 10 * SECOND).total_seconds() == 0


def test_two_that_reach_for_one_turn_get_one_each(monkeypatch):
    connection = make_connection()
    for _ in range(4):
        take_turn(connection, NOW)
    update, of_the_other = QuerySet.update, []

    def a_moment_too_late(self, **values):
        monkeypatch.undo()
        of_the_other.append(take_turn(connection, NOW).total_seconds())
        return update(self, **values)

    monkeypatch.setattr(QuerySet, "update", a_moment_too_late)
    ours = take_turn(connection, NOW).total_seconds()
    assert (of_the_other, ours) == ([0], pytest.approx(0.2))


def test_who_would_wait_too_long_for_a_turn_takes_none():
    connection = make_connection()
    for _ in range(20):
        take_turn(connection, NOW)
    with pytest.raises(Busy):
        take_turn(connection, NOW)
    assert take_turn(connection, NOW + SECOND / 5).total_seconds() == pytest.approx(3.0)

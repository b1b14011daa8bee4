"""Two workers take in the same readings at the same moment, on two database connections: each case once, no deadlock."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from django.db import connection, connections, transaction

from tests.factories import make_attempt, make_case, make_connection, make_ruleset
from tests.fakes import NOW, a_charge, an_invoice
from tests.waiting import until
from tideover.recovery import intake
from tideover.recovery.models import Action, Attempt, Case, LearntFact

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def account():
    account = make_connection()
    make_ruleset(account.project)
    return account


def readings(account, **values):
    def one(number):
        charge = replace(a_charge(at=NOW), id=f"ch_{number}")
        return account, replace(an_invoice(), **{"id": f"in_{number}", "attempts": (charge,), **values})

    return [one(number) for number in range(10, 20)]


def take_by_two_workers(read, obstacle) -> None:
    """One has the readings in this order, the other from the end; both run into the obstacle until it is gone again."""
    raised = []

    def take(in_order):
        try:
            intake.take_readings(in_order, NOW)
        except Exception as wrong:  # noqa: BLE001 - whatever it was, the test tells
            raised.append(wrong)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=take, args=(in_order,)) for in_order in (read, read[::-1])]
    with transaction.atomic():
        obstacle()
        for worker in workers:
            worker.start()
        until_both_wait()
        transaction.set_rollback(True)
    for worker in workers:
        worker.join()
    assert raised == []


def until_both_wait() -> None:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with connection.cursor() as cursor:

        def both() -> bool:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            return cursor.execute(waiting).fetchone()[0] == 2

        until(both)


# SQLite has one lock for all: nobody holds one row there and waits for another.
if connection.vendor == "postgresql":

    @pytest.mark.parametrize("values", [{}, {"attempts": (), "card": None}], ids=["declined", "without a card"])
    def test_two_workers_that_open_the_same_cases_in_opposite_orders_open_each_once(account, values):
        def somebody_is_opening_one():
            make_attempt(make_case(account, invoice_id="in_15"), charge_id="ch_15")

        take_by_two_workers(readings(account, **values), somebody_is_opening_one)
        assert Case.objects.count() == 10
        assert Attempt.objects.count() == LearntFact.objects.count() == (0 if values else 10)
        assert set(Case.objects.values_list("version", flat=True)) == {2}, "who came second has taken it in again"
        assert Action.objects.count() == 10 * Case.objects.first().actions.count() > 0

    @pytest.mark.parametrize("invoice_id", ["in_10", "in_15", "in_19"])
    def test_two_workers_that_end_the_same_cases_in_opposite_orders_both_do(account, invoice_id):
        intake.take_readings(readings(account), NOW)

        def somebody_has_one_in_hand():
            Case.objects.select_for_update().get(invoice_id=invoice_id)

        paid = readings(account, status="paid", amount_paid=9900, amount_remaining=0, status_at=NOW)
        take_by_two_workers(paid, somebody_has_one_in_hand)
        assert set(Case.objects.values_list("state", "version")) == {("recovered", 3)}
        assert not Action.objects.filter(state="planned").exists()

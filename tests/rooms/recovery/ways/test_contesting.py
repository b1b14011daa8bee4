"""A customer disputes a payment: what else they owe waits, once, and a person may let it go on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import make_attempt, make_case, make_connection, make_customer, make_payment
from tests.fakes import NOW
from tideover.core.facts import Learnt
from tideover.inbox.translate import ChargeNews
from tideover.recovery import commands
from tideover.recovery.hearing import hear

DAY = timedelta(days=1)


def dispute(world, charge="ch_paid", kind=Learnt.DISPUTED, about="dp_1"):
    hear(world.connection, ChargeNews(charge, "", kind, about, 9900, world.now), world.now)


@pytest.fixture
def open_case(world):
    """An open case of a customer who has paid another invoice before."""
    case = world.payment_fails()
    paid = make_case(case.connection, customer_id=case.customer_id, invoice_id="in_paid", state="recovered")
    make_attempt(paid, charge_id="ch_paid", outcome="paid", card_brand="visa")
    return case


def test_what_else_they_owe_waits_and_is_told_why(world, open_case):
    dispute(world)
    open_case.refresh_from_db()
    assert (open_case.paused_until, open_case.paused_by) == (NOW + 14 * DAY, "a dispute of another payment of theirs")
    assert not open_case.actions.filter(
        state="planned", due_at__lt=NOW + 14 * DAY, do__in=["charge", "message"]
    ).exists()


def test_a_payment_that_no_case_was_about_is_known_by_the_mirror(world):
    case = world.payment_fails()
    customer = make_customer(case.connection, stripe_id=case.customer_id)
    make_payment(customer, stripe_id="ch_other", brand="visa")
    dispute(world, "ch_other")
    assert world.case.paused_until == NOW + 14 * DAY


def test_who_is_resumed_is_not_held_again_by_what_is_told_twice(world, open_case):
    dispute(world)
    commands.resume(open_case, by="alice", now=NOW)
    dispute(world)
    open_case.refresh_from_db()
    assert open_case.paused_until is None
    dispute(world, about="dp_2")  # another one
    open_case.refresh_from_db()
    assert open_case.paused_until is not None


def test_a_debit_that_comes_back_holds_nothing(world, open_case):
    paid = type(open_case).objects.get(invoice_id="in_paid")
    make_attempt(paid, charge_id="py_1", outcome="paid", card_brand="sepa_debit")
    dispute(world, "py_1")
    open_case.refresh_from_db()
    assert open_case.paused_until is None


def test_nobody_elses_case_waits(world, open_case):
    somebody = make_case(open_case.connection, customer_id="cus_Somebody0000001", invoice_id="in_2")
    elsewhere = make_case(make_connection(), customer_id=open_case.customer_id, invoice_id="in_3")
    dispute(world)
    for case in (somebody, elsewhere):
        case.refresh_from_db()
        assert case.paused_until is None


@pytest.mark.parametrize("kind", [Learnt.DISPUTE_WON, Learnt.REFUNDED])
def test_other_money_that_moves_holds_nothing(world, open_case, kind):
    dispute(world, kind=kind)
    open_case.refresh_from_db()
    assert open_case.paused_until is None

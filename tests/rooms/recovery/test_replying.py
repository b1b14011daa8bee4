"""A customer wrote or called: a person says so, and all that they owe waits for the answer."""

from __future__ import annotations

from datetime import timedelta

import pytest
import typer

from tests.factories import make_case, make_connection
from tests.fakes import NOW
from tideover import clock
from tideover.cli.cases.replying import they_replied as typed
from tideover.recovery import commands
from tideover.recovery.commands import Refusal

DAY = timedelta(days=1)
UNTIL = NOW + 8 * DAY


def held(case, until=UNTIL):
    return commands.they_replied(case, until=until, by="alice@alpine.example", now=NOW)


def test_nothing_is_charged_or_sent_before_the_day_and_the_plan_goes_on_after_it(world):
    world.payment_fails()
    assert held(world.case) == [world.case]
    world.day(7.9)
    assert (world.mail.subjects, world.stripe.payments) == ([], [])
    world.day(12)
    assert world.mail.subjects or world.stripe.payments


def test_every_open_case_of_theirs_waits_and_nobody_elses(world):
    case = world.payment_fails()
    another = make_case(case.connection, customer_id=case.customer_id, invoice_id="in_2")
    ended = make_case(case.connection, customer_id=case.customer_id, invoice_id="in_3", state="recovered")
    somebody = make_case(case.connection, customer_id="cus_other", invoice_id="in_4")
    elsewhere = make_case(make_connection(), customer_id=case.customer_id, invoice_id="in_5")
    assert {one.pk for one in held(case)} == {case.pk, another.pk}
    for one, until in ((another, UNTIL), (ended, None), (somebody, None), (elsewhere, None)):
        one.refresh_from_db()
        assert one.paused_until == until


def test_invoices_without_a_customer_have_nobody_in_common(world):
    case = world.payment_fails(customer_id="")
    stranger = make_case(case.connection, customer_id="", invoice_id="in_2")
    assert held(case) == [case]
    stranger.refresh_from_db()
    assert stranger.paused_until is None


def test_it_is_told_by_whom_and_why_and_a_longer_pause_stays(world):
    case = world.payment_fails()
    commands.pause(case, until=NOW + 20 * DAY, by="bob", now=NOW)
    held(case)
    assert (world.case.paused_until, world.case.paused_by) == (
        NOW + 20 * DAY,
        "alice@alpine.example, as the customer's reply waits for an answer",
    )
    [learnt] = world.case.facts.filter(kind="replied")
    assert learnt.detail == {"by": "alice@alpine.example"}
    commands.resume(case, by="alice", now=NOW)
    assert world.case.paused_until is None


def test_a_day_that_has_passed_or_a_case_that_has_ended_holds_nothing(world):
    case = world.payment_fails()
    assert isinstance(held(case, NOW - DAY), Refusal)
    commands.stop(case, by="alice", now=NOW)
    assert held(world.case) == Refusal("This case is canceled: there is nothing to hold.")
    assert world.case.paused_until is None


def test_the_command_holds_them_and_says_until_when(world, capsys):
    case = world.payment_fails()
    clock.travel_to(NOW)
    assert typed(case.public_id, "2026-11-09") == 0
    assert "waits until Monday, 09 November 2026. Nothing is charged or sent before." in capsys.readouterr().out
    assert world.case.paused_until is not None


@pytest.mark.parametrize(
    ("day", "says"), [("soon", "that is no day"), ("9999-12-31", "out of reach"), ("2026-10-01", "in the future")]
)
def test_what_is_no_day_to_wait_for_is_told(world, capsys, day, says):
    case = world.payment_fails()
    clock.travel_to(NOW)
    with pytest.raises(typer.Exit):
        typed(case.public_id, day)
    assert says in capsys.readouterr().err
    assert world.case.paused_until is None

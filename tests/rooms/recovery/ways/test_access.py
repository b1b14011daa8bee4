"""The day until which access is promised: kept from the failure on, named everywhere, and moved by a promise alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
import typer

from tests.factories import make_case, make_connection, make_plan
from tests.fakes import NOW
from tests.rooms.recovery.conftest import World
from tideover import clock
from tideover.cli.cases.accessing import tell_access
from tideover.core.catalogue import Consequence
from tideover.core.rules import PRESETS, to_json
from tideover.gateways.answers import Paid
from tideover.recovery.intake import refresh
from tideover.recovery.models import LearntFact, Plan, Ruleset
from tideover.recovery.ways import promises
from tideover.recovery.ways.accessing import access_by, access_of_customer
from tideover.recovery.ways.promises import Whose

UNTIL = date(2026, 11, 12)  # ten days after the failure
ALICE = Whose(by="alice@alpine.example")


@pytest.fixture
def world(db):
    connection = make_connection()
    rules = replace(PRESETS["revguard"], consequence=Consequence.PAUSED, consequence_day=10)
    Ruleset.objects.create(
        organization=connection.organization,
        project=connection.project,
        version=1,
        name="ours",
        rules=to_json(rules),
        created_at=NOW,
    )
    there = World(connection)
    there.payment_fails()
    yield there
    clock.travel_to(None)


def told(world):
    return [row.detail["until"] for row in LearntFact.objects.filter(kind="access_promised").order_by("learnt_at")]


def test_the_day_is_promised_as_the_payment_fails(world):
    assert (world.case.access_until, world.case.access_then, told(world)) == (UNTIL, "limited", [UNTIL.isoformat()])
    assert access_by(world.case, world.now).standing == "warned"


def test_tries_do_not_extend_it(world):
    world.day(9)
    assert len(world.stripe.payments) > 1
    assert (world.case.access_until, told(world)) == (UNTIL, [UNTIL.isoformat()])
    world.day(10.5)
    assert access_by(world.case, world.now).standing == "limited"


def test_other_rules_do_not_move_it(world):
    later = to_json(replace(PRESETS["revguard"], consequence=Consequence.PAUSED, consequence_day=5))
    Ruleset.objects.update(rules=later)
    refresh(world.case, world.stripe.invoice, world.now)
    assert world.case.access_until == UNTIL


def test_payment_restores_it_at_once(world):
    world.day(10.5)
    world.stripe.answer = lambda: Paid("")
    world.change(status="paid", amount_paid=9900, amount_remaining=0, status_at=world.now)
    refresh(world.case, world.stripe.invoice, world.now)
    assert access_by(world.case, world.now).standing == "full"


@pytest.mark.parametrize(("day", "until"), [(date(2026, 11, 9), UNTIL), (date(2026, 11, 14), date(2026, 11, 14))])
def test_a_promise_keeps_the_later_of_both_days(world, day, until):
    promises.promise(world.case, day, ALICE, world.now)
    assert world.case.access_until == until
    assert told(world)[-1] == until.isoformat()


def test_every_message_names_that_day_and_no_other(world):
    promises.promise(world.case, date(2026, 11, 14), ALICE, world.now)
    promises.call_off(world.case, by="alice", now=world.now)
    world.day(8)
    said = "".join(mail.get_body(("plain",)).get_content() for _, mail in world.mail.accepted)
    assert "November 14" in said
    assert "November 12" not in said


def test_a_single_invoice_promises_nothing(world):
    world.stripe.invoice = replace(world.stripe.invoice, subscription_id="", billing_reason="manual")
    LearntFact.objects.all().delete()
    world.case.delete()
    world.payment_fails(subscription_id="", billing_reason="manual")
    assert (world.case.access_until, told(world)) == (None, [])


def test_it_is_told_by_customer(world, capsys):
    assert tell_access("cus_1") == 0
    told = capsys.readouterr().out
    assert f"{world.connection.account_id}: warned until 2026-11-12." in told
    assert "promised until 2026-11-12" in told
    with pytest.raises(typer.Exit):
        tell_access("cus_nobody")


def test_of_another_account_nothing_is_told(world):
    assert access_of_customer(make_connection(), "cus_1", world.now).standing == "full"


def test_the_plans_of_all_that_failed_are_asked_for_at_once(db, django_assert_num_queries):
    connection = make_connection()
    past = {"customer_id": "cus_1", "access_until": date(2026, 11, 1), "access_then": "limited"}
    cases = [make_case(connection, **past) for _ in range(3)]
    for case in cases:
        make_plan(case)
    with django_assert_num_queries(2):
        assert access_of_customer(connection, "cus_1", NOW).standing == "full"
    Plan.objects.filter(case=cases[1]).update(state=Plan.State.BROKEN, ended_at=NOW)
    assert access_of_customer(connection, "cus_1", NOW).standing == "limited"

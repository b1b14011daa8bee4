"""`tideover plan case_…`: what is paid in parts, offered by hand, and ended."""

from __future__ import annotations

import json

import pytest
import typer

from tests.factories import DAY, NOW, make_case, make_connection, make_plan, make_project
from tideover import clock
from tideover.cli.cases import plan
from tideover.recovery.models import Case, Plan
from tideover.tenants.models import AuditEntry

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_noon():
    clock.travel_to(NOW)
    yield
    clock.travel_to(None)


@pytest.fixture
def case():
    connection = make_connection(make_project(plans_enabled=True))
    return make_case(connection, payment_method_id="pm_old", opened_at=NOW - DAY)


def test_people_read_each_part_with_its_day_and_what_became_of_it(case, capsys):
    make_plan(case)
    assert plan.show(case.public_id, as_json=False) == 0
    told = capsys.readouterr().out
    for words in (
        "Plan 1 over $99.00, agreed by the customer on 2026-11-20. It stands.",
        "1  2026-11-20  $33.00  paid",
        "2  2026-12-20  $33.00  to come",
        "still to come: $66.00",
    ):
        assert words in told


def test_programs_read_the_same_in_minor_units(case, capsys):
    make_plan(case)
    plan.show(case.public_id, as_json=True)
    [told] = json.loads(capsys.readouterr().out)["plans"]
    assert (told["total"], told["left"], told["stands"]) == (9900, 6600, True)
    assert [part["state"] for part in told["parts"]] == ["paid", "to come", "to come"]


def test_one_is_offered_by_hand_once_and_that_is_on_the_record(case, capsys):
    for _ in range(2):
        assert plan.offer(case.public_id) == 0
    case.refresh_from_db()
    assert (case.plan_offered_at, case.plan_offered_by) == (NOW, "operator")
    assert AuditEntry.objects.filter(what="offered a plan").count() == 1
    plan.show(case.public_id, as_json=False)
    assert "Offered by operator on 2026-11-20." in capsys.readouterr().out


def test_whoever_can_have_none_is_told_why(case, capsys):
    Case.objects.filter(pk=case.pk).update(amount_due=5000)
    with pytest.raises(typer.Exit):
        plan.offer(case.public_id)
    assert "not large enough" in capsys.readouterr().err


def test_ending_a_plan_lets_the_rules_go_on(case, capsys):
    make_plan(case)
    assert plan.end(case.public_id) == 0
    ended = Plan.objects.get()
    assert (ended.state, ended.ended_at, ended.why_ended) == ("ended", NOW, "ended by operator")
    assert case.actions.filter(state="planned").exists()
    with pytest.raises(typer.Exit):
        plan.end(case.public_id)
    assert "No plan stands." in capsys.readouterr().err

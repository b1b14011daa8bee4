"""`tideover why case_…`: for people, for programs, and for who mistypes."""

import json
import os
import subprocess
import sys

import pytest
import typer
from django.db import connection

from tests.factories import NOW, make_action, make_case
from tests.fakes import NOW as SOME_TIME
from tideover.cli.cases.why import tell_why
from tideover.flow import stops
from tideover.ids import new_id, public
from tideover.tenants.models import Connection

pytestmark = pytest.mark.django_db


def told(capsys, case, **how):
    assert tell_why(case.public_id, **{"as_json": False, **how}) == 0
    return capsys.readouterr().out


def test_people_read_what_comes_next_and_why_it_does_not(capsys):
    case = make_case()
    make_action(case, due_at=NOW, step="charge-1", asked_by="alice", reason="Stripe did not answer: no route")
    make_action(case, step="charge-0", state="done", outcome="refused", reason="Visa: enough.", settled_at=NOW)
    stops.stop(case.organization, by="operator", now=SOME_TIME)
    text = told(capsys, case)
    for words in (
        f"{case.public_id}  failing",
        f"invoice {case.invoice_id} of {case.organization.slug}, account {case.connection.account_id}, act mode",
        "Next\n  charge-1, 2026-11-20 12:00 UTC\n  Insufficient funds: the next try is on day 2.",
        "instead: Day 1 was passed over: too close to the failure.",
        "put off: Stripe did not answer: no route",
        "Held back\n  stop: Everything is stopped for this organization.",
        f"Then: tideover start --organization {case.organization.slug}",
        "Charges that were not made\n  2026-11-20 12:00 UTC  charge-0: refused, Visa: enough.",
    ):
        assert words in text


def test_what_there_is_nothing_of_has_no_heading(capsys):
    text = told(capsys, make_case(state="recovered"))
    assert "ended 2026-11-20 12:00 UTC, by: retry" in text
    assert "No step is planned." in text
    for heading in ("Held back", "To be known", "Charges that were not made"):
        assert heading not in text


def test_nobody_learns_from_it_who_owes(capsys):
    case = make_case()
    for text in (told(capsys, case), told(capsys, case, as_json=True)):
        assert case.customer_name not in text
        assert case.customer_email not in text


def test_programs_read_the_same_as_one_object(capsys):
    case = make_case()
    action = make_action(case, due_at=NOW, asked_by="alice")
    stops.stop(case.connection, by="operator", now=NOW)
    answer = json.loads(told(capsys, case, as_json=True))
    assert (answer["case"], answer["state"], answer["mode"]) == (case.public_id, "failing", "act")
    assert (answer["next"]["step"], answer["next"]["due_at"]) == (action.step, "2026-11-20T12:00:00+00:00")
    assert answer["holds"][0] == {
        "by": "stop",
        "why": "Everything is stopped for this account.",
        "about": "",
        "since": "2026-11-20T12:00:00+00:00",
        "until": None,
        "then": f"tideover start --account {case.connection.account_id}",
    }
    assert (answer["no_charge"], answer["undone"]) == ([], [])


@pytest.mark.parametrize("wrong", ["in_1", "case_nonsense", "", "act_01KAJ2R9ZP8F6M5V1C3X7Y0WQT"])
def test_what_is_no_id_of_a_case_is_said_with_what_one_looks_like(capsys, wrong):
    with pytest.raises(typer.Exit):
        tell_why(wrong, as_json=False)
    assert "is no id of a case" in (said := capsys.readouterr().err)
    assert "case_01" in said


def test_a_case_nobody_has_is_said(capsys):
    with pytest.raises(typer.Exit):
        tell_why(public("case", new_id()), as_json=False)
    assert "there is no case case_01" in capsys.readouterr().err


def test_no_key_is_needed_for_an_answer_without_secrets(capsys):
    case = make_case()
    Connection.objects.filter(pk=case.connection_id).update(stopped_at=NOW)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE tenants_connection SET api_key = 'sealed with a key that is gone'")
    assert "Everything is stopped for this account." in told(capsys, case)


def test_a_database_without_tables_is_said_with_what_makes_them(tmp_path):
    fresh = {**os.environ, "TIDEOVER_HOME": str(tmp_path)}
    fresh.pop("TIDEOVER_DATABASE_URL", None)
    for command in (["why", public("case", new_id())], ["stop"], ["dead-letters"]):
        run = subprocess.run(
            [sys.executable, "-m", "tideover", *command], env=fresh, capture_output=True, text=True, check=False
        )
        assert (run.returncode, run.stdout) == (1, "")
        assert run.stderr.startswith("tideover: this database has no tables yet")

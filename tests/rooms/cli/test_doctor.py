"""`tideover doctor`: what is wrong in words and in JSON, and an exit code that says how bad it is."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from tests.factories import NOW, make_organization
from tideover.cli.main import app
from tideover.upkeep.doctor import examine
from tideover.upkeep.doctor.findings import Finding, Level, Mend

pytestmark = pytest.mark.django_db
DEAD = Finding(
    "key",
    Level.BAD,
    "Stripe refuses the key",
    "Stripe says: Expired API Key.",
    "Alpine (live)",
    Mend("Replace the key", page="dashboard:connections"),
    {"usd": 9900},
)
NOTE = Finding("failures", Level.NOTE, "No payment has failed yet", mend=Mend("Look", command="tideover demo"))
UNSURE = Finding("domain", Level.UNKNOWN, "Could not be looked at")


@pytest.fixture
def finds(monkeypatch):
    """Lets every examination find this, each of one organization."""

    def find(*found: Finding):
        make_organization(name="Alpine", slug="alpine")
        monkeypatch.setattr(examine, "examine", lambda *_: list(found))

    return find


def said(*arguments: str):
    return CliRunner().invoke(app, ["doctor", *arguments])


@pytest.mark.parametrize(("found", "code"), [((), 0), ((NOTE,), 0), ((UNSURE, NOTE), 3), ((DEAD, NOTE), 4)])
def test_the_exit_code_says_how_bad_it_is(finds, found, code):
    finds(*found)
    assert said().exit_code == code


def test_each_finding_has_its_evidence_its_price_and_its_step(finds):
    finds(DEAD)
    told = " ".join(said().stdout.split())
    for words in (
        "bad Alpine (live): Stripe refuses the key",
        "Stripe says: Expired API Key.",
        "Money that waits: $99.00",
        "-> Replace the key",
        "fine The clock is right",
    ):
        assert words in told


def test_a_complaint_is_answered_by_its_own_checks(finds):
    finds(DEAD, NOTE)
    answer = said("no-mail")
    assert answer.exit_code == 0
    assert "Stripe refuses" not in answer.stdout
    assert "SPF" in answer.stdout


def test_a_program_reads_the_same(finds):
    finds(DEAD)
    [found] = json.loads(said("--json", "--organization", "alpine").stdout)["alpine"]
    assert (found["check"], found["level"], found["waits"]) == ("key", "bad", {"usd": 9900})
    assert found["mend"]["words"] == "Replace the key"


def test_with_nobody_to_look_at_it_says_what_to_do_first():
    answer = said()
    assert answer.exit_code == 1
    assert "tideover connect" in answer.stderr


def test_it_looks_by_itself_and_asks_nobody_where_nothing_is_connected(monkeypatch):
    from tideover.upkeep.doctor import asking  # noqa: PLC0415

    monkeypatch.setattr(asking, "questions", lambda *_: {})
    monkeypatch.setattr(examine, "questions", lambda *_: {})
    make_organization(name="Alpine", slug="alpine", stopped_at=NOW)
    answer = said()
    assert answer.exit_code == 4
    assert "No Stripe account is connected" in answer.stdout
    assert "Everything is stopped" in answer.stdout

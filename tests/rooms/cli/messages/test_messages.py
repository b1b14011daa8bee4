"""`tideover messages`: the list with the page's filters, and how messages do; for people and as JSON."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from tests import factories as make
from tests.factories import DAY, NOW
from tideover import clock
from tideover.cli.main import app

pytestmark = pytest.mark.django_db
AT = NOW - timedelta(hours=1)


@pytest.fixture(autouse=True)
def _present():
    clock.travel_to(NOW)
    yield
    clock.travel_to(None)


@pytest.fixture
def case():
    case = make.make_case(customer_name="Pia Payer", state="recovered", ended_at=NOW, via="email")
    message = make.make_message(case, at=AT)
    make.make_event(message, "opened", by="machine")
    make.make_event(message, "clicked", at=AT + timedelta(minutes=9))
    make.make_message(case, at=AT - 40 * DAY, template="urgent", locale="de")
    make.make_action(
        case, do="message", state="done", outcome="skipped", template="final", reason="no-address", settled_at=NOW
    )
    return case


def said(*typed, code=0):
    done = CliRunner().invoke(app, ["messages", *typed])
    assert done.exit_code == code, done.output
    return done.output.splitlines()


def test_the_messages_of_thirty_days_are_told_with_what_came_of_them(case):
    counts, unsent, left = said()
    assert counts == "0 queued, 1 sent, 1 delivered, 1 opened by person, 1 clicked by person, 0 bounced, 1 unsent"
    assert left == (
        "2026-11-20 11:00 UTC  Payment failed  Pia Payer  Clicked by a person: "
        "clicked 2026-11-20 11:09, paid 2026-11-20 12:00"
    )
    assert unsent.endswith("Final notice  Pia Payer  Not sent: there is no email address at Stripe")


@pytest.mark.parametrize(
    ("typed", "kinds"),
    [
        (["--range", "all"], ["final", "failed", "urgent"]),
        (["--range", "all", "--limit", "1"], ["final"]),
        (["--status", "unsent"], ["final"]),
        (["--kind", "failed"], ["failed"]),
        (["--range", "all", "--language", "de"], ["urgent"]),
        (["--from", "2026-10-01", "--to", "2026-10-30"], ["urgent"]),
        (["--search", "nobody"], []),
    ],
)
def test_the_filters_are_those_of_the_page(case, typed, kinds):
    told = json.loads("\n".join(said(*typed, "--json")))
    assert [each["kind"] for each in told["messages"]] == kinds


def test_as_json_the_counts_and_each_message_are_told(case):
    told = json.loads("\n".join(said("--json")))
    assert told["counts"]["clicked_by_person"] == 1
    assert (told["messages"][1]["status"], told["messages"][1]["case"]) == ("Clicked by a person", case.public_id)


def test_how_messages_do_is_told_by_what_is_asked_for(case):
    [line] = said("--by", "kind")
    assert line.startswith("Payment failed: 1 sent, 1 delivered, 0 bounced; 1 opened by people, 100.0%; ")
    assert line.endswith("1 paid within 7 days after it ($99.00); 1 by a message's link")
    told = json.loads("\n".join(said("--by", "language", "--range", "90d", "--json")))
    assert [line["key"] for line in told["lines"]] == ["de", "en"]
    assert said("--by", "kind", "--currency", "EUR") == ["No message about an invoice in EUR left in these days."]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (["--status", "ghost"], "there is no status 'ghost'"),
        (["--kind", "ghost"], "there is no kind 'ghost'"),
        (["--language", "xx"], "there is no language 'xx'"),
        (["--range", "1y"], "there is no range '1y'"),
        (["--by", "ghost"], "there is no by 'ghost'"),
        (["--by", "kind", "--within", "2"], "there is no within '2'"),
        (["--by", "kind", "--range", "all"], "there is no range 'all'"),
        (["--by", "kind", "--status", "sent", "--kind", "failed"], "Leave out --status and --kind."),
        (["--by", "kind", "--search", "Pia"], "Leave out --search."),
        (["--from", "yesterday", "--to", "today"], "--from and --to are two days"),
    ],
)
def test_a_word_nobody_knows_is_refused_with_those_there_are(case, typed, words):
    assert words in "\n".join(said(*typed, code=1))

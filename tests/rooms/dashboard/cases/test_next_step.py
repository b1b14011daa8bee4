"""The head of a case: what comes next, what holds it back, and why no charge is planned."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests import factories as make
from tests.factories import NOW
from tideover import clock
from tideover.flow import circuit_breaker, stops
from tideover.recovery import intake
from tideover.recovery.models import Action, Case
from tideover.tenants.models import Connection

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_now():
    clock.travel_to(NOW)
    yield
    clock.travel_to(None)


def planned(connection, preset="tuned", **values):
    make.make_ruleset(connection.project, preset)
    case = make.make_case(connection, **{"opened_at": NOW, "family": "other", "decline_code": "", **values})
    intake.learn(case, [], NOW)
    return Case.objects.get(pk=case.pk)


def head(person, case):
    """The card as it is read: no tags, one space between words."""
    html = person.browser().get(f"/cases/{case.public_id}/").content.decode()
    [card] = re.findall(r'<section class="card next".*?</section>', html, re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", card)).strip()


def test_the_first_step_to_come_is_named_with_its_time_and_its_reason(alice, connection):
    case = planned(connection)
    step = Action.objects.filter(case=case).order_by("due_at").first()
    said = head(alice, case)
    assert said.startswith("Next: ")
    assert f"{step.due_at.day}, {step.due_at:%H:%M}" in said
    assert step.why in said.replace("&#x27;", "'")
    assert "No charge is planned" not in said


@pytest.mark.parametrize("whom", ["everybody", "organization", "account", "quarantine", "breaker"])
def test_a_time_that_will_not_be_kept_is_not_said_as_the_next(alice, connection, whom):
    case = planned(connection)
    Action.objects.filter(case=case).update(due_at=NOW)
    if whom == "quarantine":
        Connection.objects.update(quarantined_at=NOW)
    elif whom == "breaker":
        for _ in range(5):
            circuit_breaker.record_failure("stripe", NOW, connection)
    else:
        stops.stop({"everybody": None, "organization": alice.organization}.get(whom, connection), by="x", now=NOW)
    said = head(alice, case)
    assert said.startswith("Held back: ")
    expected = {
        "everybody": "Everything is stopped. Since Nov 20, 12:00.",
        "organization": "Everything is stopped for this organization. Since Nov 20, 12:00.",
        "account": "Everything is stopped for this account. Since Nov 20, 12:00.",
        "quarantine": "Restored from a backup: Stripe is read first. Since Nov 20, 12:00.",
        "breaker": "Stripe did not answer for this account 5 times in a row: nobody asks for a while. Until Nov 20",
    }
    assert expected[whom] in said


def test_what_is_over_by_then_is_not_said(alice, connection):
    case = planned(connection)
    Action.objects.filter(case=case).update(due_at=NOW + timedelta(hours=1))
    for _ in range(5):
        circuit_breaker.record_failure("stripe", NOW, connection)
    assert "did not answer" not in head(alice, case)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"family": "card_dead", "decline_code": "lost_card"}, "only another card or corrected details help"),
        ({"family": "authentication", "decline_code": "authentication_required"}, "only the customer can confirm"),
    ],
)
def test_a_plan_without_a_charge_says_why_it_has_none(alice, connection, values, why):
    said = head(alice, planned(connection, **values))
    assert "No charge is planned." in said
    assert why in said


def test_in_observe_mode_the_page_says_why_nothing_is_charged(alice, connection):
    Connection.objects.update(mode="observe")
    connection.refresh_from_db()
    assert "connected in observe mode" in head(alice, planned(connection, "windback"))


def test_where_no_step_is_planned_at_all_it_is_told_why(alice, connection):
    Connection.objects.update(mode="observe")
    connection.refresh_from_db()
    case = planned(connection, "windback")
    Action.objects.filter(case=case).update(state="dead", reason="5 workers died holding it", settled_at=NOW)
    said = head(alice, case)
    assert said.startswith("No step is planned")
    assert "connected in observe mode" in said


def test_an_ended_case_is_held_back_by_nothing(alice, connection):
    case = make.make_case(connection, state="recovered")
    stops.stop(None, by="operator", now=NOW)
    said = head(alice, case)
    assert said.startswith("Recovered")
    assert "stopped" not in said

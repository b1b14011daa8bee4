"""Help: what there is and where, for each role what it may open; and where to write, on every page of the house."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.factories import NOW
from tests.people import colleague
from tideover.config import Config, config
from tideover.dashboard.help.doctor import LEVELS
from tideover.tenants.roles import Role
from tideover.upkeep.doctor import kept
from tideover.upkeep.doctor.findings import Finding, Level
from tideover.upkeep.doctor.table import CHECKS, Symptom
from tideover.upkeep.models import Examination

pytestmark = pytest.mark.django_db
ADDRESS = "help@operator.example"


@pytest.fixture
def with_an_address(monkeypatch):
    monkeypatch.setattr(config(), "support_email", ADDRESS)


@pytest.mark.parametrize("page", ["/", "/help/", "/help/features/", "/status/", "/nowhere/"])
def test_a_member_reads_where_to_write_on_every_page(alice, with_an_address, page):
    assert f'href="mailto:{ADDRESS}"' in alice.browser().get(page).content.decode()


@pytest.mark.parametrize("page", ["/sign-in/", "/nowhere/", "/signup/"])
def test_so_does_who_is_not_signed_in(with_an_address, page):
    assert f'href="mailto:{ADDRESS}"' in Client().get(page).content.decode()


@pytest.mark.parametrize("page", ["/c/mangled", "/u/mangled", "/c/mangled/x/y"])
def test_a_payer_is_not_sent_to_the_operator_who_knows_nothing_of_their_bill(with_an_address, page):
    assert ADDRESS not in Client().get(page).content.decode()


def test_without_an_address_nothing_is_promised(alice):
    said = alice.browser().get("/help/").content.decode()
    assert "mailto:" not in said
    assert "TIDEOVER_SUPPORT_EMAIL" in said


def test_an_address_that_is_none_is_refused_at_the_start():
    with pytest.raises(ValueError, match="is no email address"):
        Config(support_email="help at operator")


def test_the_list_leads_to_the_pages_and_shows_who_may_not_open_one_its_address_alone(alice):
    of_alice = alice.browser().get("/help/features/").content.decode()
    assert 'href="/connections/new/"' in of_alice
    assert "<code>tideover settings export</code>" in of_alice
    assert "<code>POST /hooks/stripe/TOKEN</code>" in of_alice
    analyst = colleague("Ann", alice, Role.ANALYST).browser().get("/help/features/").content.decode()
    assert 'href="/connections/new/"' not in analyst
    assert "/connections/new/" in analyst


@pytest.mark.parametrize(("asked", "leads_to"), [("/dashboard", "/"), ("/dashboard?range=30d", "/?range=30d")])
def test_the_names_that_home_has_elsewhere_lead_there(alice, asked, leads_to):
    answer = alice.browser().get(asked)
    assert (answer.status_code, answer["Location"]) == (302, leads_to)


def test_the_help_leads_to_doctor_with_each_complaint(alice):
    said = alice.browser().get("/help/").content.decode()
    for symptom in Symptom:
        assert f'href="/help/doctor/?for={symptom}"' in said


def examined(alice, *found):
    findings = [Finding(check, Level.BAD, f"Says of {check}").to_json() for check in found]
    Examination.objects.create(
        organization=alice.organization, asked_at=NOW, done_at=NOW, found_at=NOW, findings=findings
    )


def test_doctor_shows_what_was_found_and_what_is_fine(alice):
    examined(alice, "key")
    said = alice.browser().get("/help/doctor/").content.decode()
    assert "Says of key" in said
    assert CHECKS["clock"].fine in said
    assert CHECKS["key"].fine not in said


def test_a_complaint_shows_its_own_checks_alone(alice):
    examined(alice, "key", "addresses")
    said = alice.browser().get("/help/doctor/?for=no-mail").content.decode()
    assert "Says of addresses" in said
    assert "Says of key" not in said
    assert CHECKS["clock"].fine not in said
    assert "Says of key" in alice.browser().get("/help/doctor/?for=nonsense").content.decode()


def test_nothing_is_looked_at_before_somebody_asks_and_then_the_page_waits_for_a_worker(alice):
    browser = alice.browser()
    assert "Nobody has looked yet" in browser.get("/help/doctor/").content.decode()
    assert not Examination.objects.exists()
    answer = browser.post("/help/doctor/?for=empty")
    assert (answer.status_code, answer["Location"]) == (302, "/help/doctor/?for=empty")
    waits = browser.get("/help/doctor/?for=empty").content.decode()
    assert 'hx-get="/help/doctor/found/?for=empty"' in waits
    assert "reload this page" in waits


def test_where_no_worker_comes_the_page_says_so(alice):
    examined(alice)
    kept.ask(alice.organization, NOW)
    said = alice.browser().get("/help/doctor/found/").content.decode()
    assert "No worker has taken this up" in said


def test_what_was_found_of_alice_is_nobody_elses(alice, mallory):
    examined(alice, "key")
    assert "Says of key" not in mallory.browser().get("/help/doctor/").content.decode()
    assert "Says of key" not in mallory.browser().get("/help/doctor/found/").content.decode()


@pytest.mark.parametrize("level", Level)
def test_each_level_has_a_word(level):
    assert LEVELS[level].label

"""Help: what there is and where, for each role what it may open; and where to write, on every page of the house."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.people import colleague
from tideover.config import Config, config
from tideover.tenants.roles import Role

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

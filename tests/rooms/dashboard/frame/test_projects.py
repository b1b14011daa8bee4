"""A second project, or another organization of the same person, is one press away and remembered; nobody else's is."""

from __future__ import annotations

import pytest

from tests import factories as make
from tideover.config import config
from tideover.ids import public
from tideover.tenants.models import Member, Project

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(alice):
    return Project.objects.create(
        organization=alice.organization, name="Second shop", slug="second", created_at=make.NOW
    )


def test_one_project_needs_no_switch(alice, case):
    assert "Switch project" not in alice.browser().get("/").content.decode()


def test_the_cases_of_a_second_project_are_reached_and_stay_in_sight(alice, case, second):
    make.make_case(make.make_connection(second), customer_name="Fjord Data")
    browser = alice.browser()
    assert "Second shop" in browser.get("/").content.decode()
    assert browser.post("/project/", {"project": "second"}).url == "/"
    for page in ("/cases/", "/cases/?q=fjord", "/find/?q=fjord"):
        html = browser.get(page).content.decode()
        assert "Fjord Data" in html
        assert "Northwind Ops" not in html
    browser.post("/project/", {"project": alice.project.slug})
    assert "Northwind Ops" in browser.get("/cases/").content.decode()


def test_another_merchants_project_is_absent(alice, mallory, case):
    browser = mallory.browser()
    assert browser.post("/project/", {"project": alice.project.slug}).status_code == 404
    assert browser.post("/project/", {"project": "\x00"}).status_code == 404
    assert "Northwind Ops" not in browser.get("/cases/").content.decode()


def test_a_switch_is_a_post_with_a_token(alice, second):
    assert alice.browser().get("/project/").status_code == 405
    assert alice.browser(enforce_csrf_checks=True).post("/project/", {"project": "second"}).status_code == 403


@pytest.fixture
def consulted(alice):
    """Another merchant whom Alice helps out."""
    project = make.make_project(make.make_organization(name="Bergdata"), name="Berg shop")
    make.make_case(make.make_connection(project), customer_name="Fjord Data")
    Member.objects.create(user=alice.user, organization=project.organization, role="analyst")
    return project.organization


def test_the_cases_of_another_organization_are_reached_with_the_role_one_has_there(alice, case, consulted):
    browser = alice.browser()
    assert "Bergdata" in browser.get("/").content.decode()
    assert browser.post("/organization/", {"organization": consulted.slug}).url == "/"
    html = browser.get("/cases/").content.decode()
    assert "Fjord Data" in html
    assert "Northwind Ops" not in html
    assert browser.post(f"/cases/{case.public_id}/resume/").status_code == 403
    browser.post("/organization/", {"organization": alice.organization.slug})
    assert "Northwind Ops" in browser.get("/cases/").content.decode()


def test_the_project_one_looked_at_is_not_taken_along_to_another_organization(alice, second, consulted):
    browser = alice.browser()
    browser.post("/project/", {"project": "second"})
    browser.post("/organization/", {"organization": consulted.slug})
    assert "Berg shop" in browser.get("/").content.decode()


def test_another_merchant_is_absent_and_one_that_was_left_is_so_at_once(alice, mallory, consulted):
    browser = alice.browser()
    for slug in (mallory.organization.slug, "", "\x00"):
        assert browser.post("/organization/", {"organization": slug}).status_code == 404
    browser.post("/organization/", {"organization": consulted.slug})
    Member.objects.filter(organization=consulted).delete()
    assert browser.get("/").wsgi_request.organization == alice.organization
    assert "Bergdata" not in browser.get("/").content.decode()


def test_a_letters_link_opens_its_project_and_organization_whatever_was_shown_before(alice, case, second, consulted):
    make.make_case(make.make_connection(second), customer_name="Helio Parts")
    browser, berg = alice.browser(), consulted.projects.get()
    for project, name in ((second, "Helio Parts"), (berg, "Fjord Data"), (alice.project, "Northwind Ops")):
        answer = browser.get(f"/at/{public('proj', project.pk)}/cases/?state=failing", follow=True)
        assert answer.redirect_chain == [("/cases/?state=failing", 302)]
        assert name in answer.content.decode()


def test_whoever_is_not_signed_in_comes_to_it_after_signing_in(client, second):
    address = f"/at/{public('proj', second.pk)}/cases/"
    assert client.get(address).url == f"/sign-in/?next={address}"


@pytest.mark.parametrize(
    "page", ["/evil.example/", "//evil.example/", "\\evil.example", "cases", "nowhere/", "%0d%0a/"]
)
def test_a_link_leads_to_no_address_that_is_not_ours(alice, second, page):
    browser = alice.browser()
    assert browser.get(f"/at/{public('proj', second.pk)}/{page}").status_code == 404
    assert browser.get("/").wsgi_request.project == alice.project


def test_a_link_into_a_project_of_another_merchant_opens_nothing(mallory, second):
    assert mallory.browser().get(f"/at/{public('proj', second.pk)}/cases/").status_code == 404
    assert mallory.browser().get("/at/proj_nothing/cases/").status_code == 404


@pytest.mark.parametrize(("sign_up", "offered"), [("open", True), ("invited", True), ("closed", False)])
def test_another_organization_is_begun_from_the_menu_where_members_may(alice, monkeypatch, sign_up, offered):
    monkeypatch.setattr(config(), "sign_up", sign_up)
    html = alice.browser().get("/").content.decode()
    assert ("Begin another organization" in html) is offered
    assert "Switch project" not in html

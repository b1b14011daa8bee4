"""A second project of the same organization is one press away, and remembered; nobody else's is."""

from __future__ import annotations

import pytest

from tests import factories as make
from tideover.tenants.models import Project

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

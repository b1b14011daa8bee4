"""Erasing the organization on its page: what goes is told, its name confirms it, and whoever did it is out."""

from __future__ import annotations

import pytest

from tests.factories import make_connection, make_member, make_message
from tests.people import PASSWORD, colleague
from tideover.tenants.models import Connection, Organization, OrganizationErasure, User

pytestmark = pytest.mark.django_db
PAGE = "/settings/data/erase-organization/"


def test_what_goes_is_told_before_it_does(alice, case):
    make_message(case)
    colleague("Carol", alice, "support")
    told = alice.browser().get(PAGE).content.decode()
    for words in (
        "1 open case ends",
        "1 case and 1 message are erased",
        "2 people are out",
        "Download everything",
        "is disconnected",
    ):
        assert words in told
    assert alice.organization.slug in told
    assert not OrganizationErasure.objects.exists()


def test_once_its_name_was_typed_everything_stops_and_nobody_is_in_it(alice, case):
    browser, helper = alice.browser(), colleague("Carol", alice, "support").browser()
    done = browser.post(PAGE, {"confirm": f" {alice.organization.slug.upper()} "})
    assert (done.status_code, done["Location"]) == (302, "/erased/")
    assert "It is being erased" in browser.get("/erased/").content.decode()
    assert Connection.objects.get().state == "disconnected"
    assert not User.objects.exists()
    for each in (browser, helper):
        assert each.get("/cases/")["Location"].startswith("/sign-in/")


def test_who_signed_in_long_ago_types_their_password_first_and_goes_on_from_there(alice):
    browser = alice.browser(lately=False)
    for ask in (browser.get, browser.post):
        asked = ask(PAGE, {"confirm": alice.organization.slug}).content.decode()
        assert "Is it you?" in asked
        assert f'name="next" value="{PAGE}"' in asked
    assert not OrganizationErasure.objects.exists()
    assert browser.post("/account/prove/", {"password": "no", "next": PAGE}).status_code == 422
    done = browser.post("/account/prove/", {"password": PASSWORD, "next": PAGE})
    assert (done.status_code, done["Location"]) == (302, PAGE)
    assert "What happens" in browser.get(PAGE).content.decode()


def test_by_script_the_whole_page_goes_on(alice):
    done = alice.browser().post(PAGE, {"confirm": alice.organization.slug}, headers={"HX-Request": "true"})
    assert done["HX-Redirect"] == "/erased/"


def test_who_belongs_elsewhere_too_goes_on_there(alice, mallory):
    make_member(alice.user, mallory.organization, role="support")
    browser = alice.browser()
    browser.post("/organization/", {"organization": str(alice.organization.pk)})
    done = browser.post(PAGE, {"confirm": alice.organization.slug}, follow=True)
    assert (done.status_code, done.redirect_chain[-1][0]) == (200, "/")
    assert "is being erased" in done.content.decode()
    assert mallory.organization.name in done.content.decode()


@pytest.mark.parametrize("typed", ["", "erase", "alpine2"])
def test_without_its_name_nothing_goes(alice, typed):
    make_connection(alice.project)
    answer = alice.browser().post(PAGE, {"confirm": typed})
    assert (answer.status_code, Organization.objects.get().ended_at) == (422, None)
    assert Connection.objects.get().state == "active"


@pytest.mark.parametrize("role", ["admin", "support", "analyst"])
def test_only_an_owner_erases_it(alice, role):
    browser = colleague("Carol", alice, role).browser()
    assert "Erase everything" not in browser.get("/settings/data/").content.decode()
    assert browser.get(PAGE).status_code == browser.post(PAGE, {"confirm": alice.organization.slug}).status_code == 403
    assert Organization.objects.get().ended_at is None

"""Who belongs to an organization, in a real browser: accessible in every look, and used from invitation to removal."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("axe_playwright_python", reason="axe is not installed (requirements/e2e.txt)")

from playwright.sync_api import expect

from tests.browser.test_dashboard import LOOKS, named, violations
from tests.factories import DAY
from tests.people import PASSWORD, colleague
from tideover import clock
from tideover.config import config
from tideover.tenants.founding import setup_code
from tideover.tenants.models import Invitation
from tideover.tenants.people import OPERATOR, invite
from tideover.tenants.roles import Role
from tideover.tenants.second_factor import STEP_SECONDS, code_at

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def link(alice, bob):
    colleague("Carol", alice, Role.OWNER)
    invite(alice.organization, "late@alpine.example", Role.ANALYST, OPERATOR, clock.wall() - 9 * DAY)
    return f"/invitations/{invite(alice.organization, 'dora@alpine.example', Role.SUPPORT, OPERATOR, clock.wall())}/"


@pytest.fixture
def people(signed_in, open_page, live_server, alice, bob):
    """Alice's page, a stranger's and Bob's."""
    return lambda look: [signed_in(alice, **look), open_page(base_url=live_server.url, **look), signed_in(bob, **look)]


@pytest.mark.parametrize("look", LOOKS, ids=named)
def test_the_team_and_an_invitation_are_accessible_and_fit(people, link, look):
    page, *visitors = people(look)
    page.goto("/settings/team/")
    for summary in page.locator("main details summary").all():
        summary.click()
        assert violations(page) == []
        summary.click()
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]
    for visitor in visitors:
        for address in (link, "/invitations/gone/"):
            visitor.goto(address)
            assert violations(visitor) == [], address


def test_somebody_is_invited_joins_and_is_removed(signed_in, open_page, live_server, alice, monkeypatch):
    monkeypatch.setattr(config(), "smtp_port", 1)  # no mail server: the link is shown
    page = signed_in(alice)
    page.goto("/settings/team/")
    page.get_by_label("Email").fill("dora@alpine.example")
    page.get_by_role("radio", name="Analyst").check()
    page.get_by_role("button", name="Invite").click()
    shown = page.get_by_role("alert").get_by_role("button")
    expect(shown).to_contain_text("/invitations/")
    dora = open_page(base_url=live_server.url)
    dora.goto(re.search(r"/invitations/\S+/", shown.inner_text())[0])
    dora.get_by_label("Choose a password").fill(PASSWORD)
    dora.get_by_role("button", name="Join").click()
    expect(dora.get_by_role("heading", name="Home", level=1)).to_be_visible()
    page.goto("/settings/team/")
    page.get_by_label("More for dora@alpine.example").click()
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.get_by_text("dora@alpine.example was removed.")).to_be_visible()
    dora.reload()
    expect(dora.get_by_text("belong to no organization")).to_be_visible()
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("look", LOOKS, ids=named)
def test_signing_up_is_accessible_and_the_first_visitor_gets_in(open_page, live_server, look):
    page = open_page(base_url=live_server.url, **look)
    page.goto("/")
    page.get_by_role("link", name="Set it up").click()
    page.get_by_role("button", name="Create the account").click()
    expect(page.get_by_text("This is missing.").first).to_be_visible()
    assert violations(page) == []
    page.get_by_label("Set-up code").fill(setup_code())
    page.get_by_label("Name of your company").fill("Fjord Data")
    page.get_by_label("Your email").fill("eve@newcomer.example")
    page.get_by_label("Choose a password").fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()
    expect(page.get_by_role("heading", name="Home", level=1)).to_be_visible()


@pytest.mark.parametrize("look", LOOKS, ids=named)
def test_an_account_and_the_ways_in_are_accessible_and_an_app_is_set_up(open_page, live_server, alice, look):
    page = open_page(base_url=live_server.url, **look)
    for address in ("/sign-in/", "/sign-in/mail/"):
        page.goto(address)
        assert violations(page) == [], address
    page.goto("/sign-in/?next=/account/")
    page.get_by_label("Email").fill(alice.user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="My account", level=1)).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]
    page.get_by_role("link", name="Set up").click()
    secret = page.get_by_text(re.compile(r"^[A-Z2-7 ]{30,}$"))
    expect(secret).to_be_visible()
    assert violations(page) == []
    step = int(clock.wall().timestamp()) // STEP_SECONDS
    page.get_by_label("Code of the app").fill(code_at(secret.inner_text().replace(" ", ""), step))
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_text("Signing in asks for a code now")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("link", name="I have written them down").click()
    expect(page.get_by_text("10 left")).to_be_visible()
    assert violations(page) == []

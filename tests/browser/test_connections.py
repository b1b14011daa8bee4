"""The connections in a real browser: accessible in every look, wide enough for a phone, connected with one field."""

from __future__ import annotations

import pytest

pytest.importorskip("axe_playwright_python", reason="axe is not installed (requirements/e2e.txt)")

from playwright.sync_api import expect

from tests.browser.test_dashboard import LOOKS, named, violations
from tests.factories import NOW, make_connection
from tideover.config import config
from tideover.flow import refusals
from tideover.flow.stripe import stripe_for
from tideover.gateways.app import asks
from tideover.gateways.permissions import asked_of
from tideover.ids import public
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import running

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def stripe(monkeypatch):
    with running(new_simulator(seed=3, start=1_790_000_000)) as world:
        monkeypatch.setattr(config(), "stripe_api_base", world.base_url)
        yield world


def published(stripe, monkeypatch) -> None:
    """The operator has an app."""
    told = stripe.pull("app", permissions=list(asks(act=True)))
    monkeypatch.setattr(config(), "stripe_app_link", told["link"])
    monkeypatch.setattr(config(), "stripe_app_secret_key", told["secret"])


@pytest.mark.parametrize("look", LOOKS, ids=named)
def test_the_ways_to_connect_are_accessible_and_fit(signed_in, alice, stripe, monkeypatch, look):
    monkeypatch.setattr(config(), "stripe_client_id", stripe.sim.platform.client_id)
    monkeypatch.setattr(config(), "stripe_secret_key", stripe.sim.platform.secret)
    published(stripe, monkeypatch)
    page = signed_in(alice, **look)
    page.goto("/connections/new/")
    expect(page.get_by_role("link", name="Agree to read-only")).to_be_visible()
    expect(page.get_by_role("link", name="Install to act")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]


def test_an_account_is_connected_by_two_clicks_of_which_one_is_at_stripe(
    signed_in, alice, stripe, monkeypatch, live_server
):
    monkeypatch.setattr(config(), "stripe_client_id", stripe.sim.platform.client_id)
    monkeypatch.setattr(config(), "stripe_secret_key", stripe.sim.platform.secret)
    monkeypatch.setattr(config(), "base_url", live_server.url)
    page = signed_in(alice)
    page.goto("/connections/new/")
    page.get_by_role("link", name="Agree to read-only").click()
    page.get_by_role("button", name="Connect my Stripe account").click()
    expect(page.get_by_text("is connected in observe mode.")).to_be_visible()


def test_an_account_is_connected_by_an_app_in_two_clicks_and_installed_once_more(
    signed_in, alice, stripe, monkeypatch, live_server
):
    published(stripe, monkeypatch)
    monkeypatch.setattr(config(), "base_url", live_server.url)
    page = signed_in(alice)
    page.goto("/connections/new/")
    page.get_by_role("link", name="Install to observe").click()
    page.get_by_role("button", name="Install").click()
    expect(page.get_by_text("is connected in observe mode.")).to_be_visible()
    page.get_by_role("link", name="Install once more").click()
    page.get_by_role("button", name="Install").click()
    expect(page.get_by_text("is connected in observe mode.")).to_be_visible()


@pytest.mark.parametrize("look", LOOKS, ids=named)
def test_the_connections_are_accessible_and_fit(signed_in, alice, look):
    page = signed_in(alice, **look)
    page.goto("/connections/")
    assert violations(page) == []
    refused = make_connection(alice.project, livemode=True, account_name="Acme Japan K.K.")
    make_connection(alice.project, mode="observe", webhook_secret="", account_name="Acme Analytics sandbox")
    make_connection(alice.project, state="disconnected", account_name="Acme before")
    make_connection(alice.project, kind="app", account_name="Acme by an app", webhook_secret="")
    refusals.record(refused, "Expired API Key", NOW, all_calls=True)
    hers = f"/connections/{public('conn', refused.pk)}/"
    for address in ("/connections/", "/connections/new/", f"{hers}key/", f"{hers}disconnect/"):
        page.goto(address)
        assert violations(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"], address


def test_an_account_is_connected_with_one_field_and_its_key_checked(signed_in, alice, stripe):
    names = [permission.name for permission in asked_of(act=True, testing=True)]
    key = stripe.pull("restricted_key", permissions=[name for name in names if name != "rak_webhook_write"])["key"]
    page = signed_in(alice)
    page.goto("/connections/")
    page.get_by_role("link", name="Connect an account").click()
    page.get_by_role("radio", name="Act").check()
    page.get_by_label("Restricted key").fill("pk_test_wrong")
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_text("A restricted key begins with").first).to_be_visible()
    page.get_by_label("Restricted key").fill(key)
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_role("heading", name="Connections")).to_be_visible()
    expect(page.get_by_text("One step by hand")).to_be_visible()
    page.get_by_role("button", name="Check the key").click()
    expect(page.get_by_text("Missing", exact=True)).to_be_visible()
    assert violations(page) == []


def test_an_account_is_disconnected_with_one_word(signed_in, alice):
    make_connection(alice.project, account_name="Acme Analytics")
    page = signed_in(alice)
    page.goto("/connections/")
    page.get_by_role("link", name="Disconnect").click()
    expect(page.get_by_role("heading", name="Disconnect Acme Analytics?")).to_be_visible()
    page.get_by_label("Type disconnect to confirm").fill("no")
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_text("The word is disconnect.").first).to_be_visible()
    page.get_by_label("Type disconnect to confirm").fill("disconnect")
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_text("nothing is charged or sent any more")).to_be_visible()
    expect(page.get_by_role("link", name="Connect again")).to_be_visible()


@pytest.mark.parametrize("look", LOOKS, ids=named)
def test_the_endpoints_of_an_account_are_accessible_and_fit(signed_in, alice, stripe, look):
    made = make_connection(alice.project, api_key=stripe.sim.keys.secret, api_base=stripe.base_url)
    gateway = stripe_for(made)
    for number, host in enumerate(("https://old.example/hooks/stripe/gone", "https://other.example/hook")):
        gateway.create_webhook_endpoint(host, ["*"], key=f"k{number}")
    page = signed_in(alice, **look)
    page.goto(f"/connections/{public('conn', made.pk)}/endpoints/")
    expect(page.get_by_text("Left over by a Tideover")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]

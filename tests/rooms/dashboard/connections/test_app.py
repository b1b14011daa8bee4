"""Connecting by a Stripe App: installed at Stripe, its tokens kept encrypted and rolling, its events by its endpoint."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.urls import reverse
from typer.testing import CliRunner

from tests.people import colleague
from tideover import clock
from tideover.cli.main import app as commands
from tideover.config import Config, config
from tideover.flow.stripe import stripe_for, stripe_for_leaving
from tideover.gateways.app import asks, manifest
from tideover.gateways.permissions import needed
from tideover.ids import public
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import Running, running
from tideover.tenants.models import AuditEntry, Connection
from tideover.tenants.roles import Role
from tideover.upkeep.rounds import wind_up_all

pytestmark = pytest.mark.django_db
BEGIN, BACK = "/api/stripe/app", "/connections/installed/"


@pytest.fixture
def stripe(monkeypatch) -> Iterator[Running]:
    with running(new_simulator(seed=3)) as world:
        told = world.pull("app", permissions=list(asks(act=True)), url="http://127.0.0.1:1/api/stripe/webhook")
        monkeypatch.setattr(config(), "stripe_api_base", world.base_url)
        monkeypatch.setattr(config(), "stripe_app_link", told["link"])
        monkeypatch.setattr(config(), "stripe_app_secret_key", told["secret"])
        monkeypatch.setattr(config(), "stripe_app_webhook_secret", told["webhook_secret"])
        yield world


def asked(browser, mode="observe") -> dict[str, str]:
    answer = browser.get(BEGIN, {"mode": mode})
    assert urlsplit(answer["Location"]).path == "/oauth/v2/authorize"
    return {name: value for name, [value] in parse_qs(urlsplit(answer["Location"]).query).items()}


def at_stripe(stripe, question, answer="yes") -> dict[str, str]:
    page = httpx.get(f"{stripe.base_url}/oauth/v2/authorize", params=question)
    assert page.status_code == 200, page.text
    back = httpx.post(f"{stripe.base_url}/oauth/v2/authorize", data={"answer": answer, **question})
    assert urlsplit(back.headers["Location"]).path == BACK
    return {name: value for name, [value] in parse_qs(urlsplit(back.headers["Location"]).query).items()}


def install(person, stripe, mode="observe") -> str:
    browser = person.browser()
    return browser.get(BACK, at_stripe(stripe, asked(browser, mode)), follow=True).content.decode()


def at(connection, name="") -> str:
    return f"/connections/{public('conn', connection.pk)}/{name}/"


def test_installed_the_account_is_connected_with_tokens_that_no_page_and_no_row_shows(alice, stripe):
    page = install(alice, stripe, "act")
    made = Connection.objects.get()
    assert (made.project, made.kind, made.mode, made.account_id) == (
        alice.project, "app", "act", stripe.sim.keys.account,
    )  # fmt: skip
    assert made.api_key in stripe.sim.app.access
    assert made.refresh_token in stripe.sim.app.refresh
    assert (made.api_key in page, made.refresh_token in page) == (False, False)
    kept = str(Connection.objects.extra(select={"a": "api_key", "b": "refresh_token"}).values("a", "b").get())
    assert (made.api_key in kept, made.refresh_token in kept) == (False, False)
    assert AuditEntry.objects.get(what="connected").who == alice.user.email
    for said in ("by Stripe App", "The app's own endpoint".replace("'", "&#x27;"), "Install once more"):
        assert said in page.replace("app's", "app&#x27;s"), said


def test_it_is_called_like_the_project_or_as_it_was_known(alice, stripe):
    install(alice, stripe)
    assert Connection.objects.get().account_name == alice.project.name
    Connection.objects.update(account_name="Acme Analytics")
    install(alice, stripe)
    assert Connection.objects.get().account_name == "Acme Analytics"


def test_an_older_version_of_the_app_that_may_not_write_observes_and_says_what_is_missing(alice, stripe):
    stripe.pull("app", permissions=list(asks(act=False)))
    page = install(alice, stripe, "act")
    assert Connection.objects.get().mode == "observe"
    assert "Invoices, write" in page


def test_permissions_grow_only_by_installing_once_more(alice, stripe):
    stripe.pull("app", permissions=list(asks(act=False)))
    install(alice, stripe)
    made = Connection.objects.get()
    stripe.pull("app", permissions=list(asks(act=True)))
    to_act = alice.browser().post(at(made, "mode"), {"mode": "act"}, follow=True).content.decode()
    assert "install the app once more" in to_act
    install(alice, stripe, "act")
    assert Connection.objects.get().mode == "act"
    found = alice.browser().post(at(made, "check")).content.decode()
    assert "invoice_write" in found
    assert "Missing" not in found


@pytest.mark.parametrize("wrong", ["another state", "no", "nonsense", "again"])
def test_what_is_no_answer_connects_nothing(alice, stripe, wrong):
    browser = alice.browser()
    question = asked(browser)
    answer = at_stripe(stripe, question, "no" if wrong == "no" else "yes")
    if wrong == "another state":
        answer["state"] = "x" * 43
    if wrong == "nonsense":
        answer["code"] = "ac_nonsense"
    if wrong == "again":
        browser.get(BACK, {**answer, "state": "x"})
    page = browser.get(BACK, answer, follow=True).content.decode()
    said = {"no": "Nothing was agreed to", "nonsense": "used, expired or none"}
    assert said.get(wrong, "belongs to no question of yours") in page
    assert not Connection.objects.exists()


def test_an_account_of_another_merchant_is_refused_in_words_that_name_nobody(alice, mallory, stripe):
    install(alice, stripe)
    page = install(mallory, stripe)
    assert "for another organization of this installation" in page
    assert alice.organization.name not in page
    assert Connection.objects.get().organization == alice.organization


def test_disconnected_the_tokens_are_forgotten_and_the_rest_is_told(alice, stripe):
    install(alice, stripe, "act")
    made = Connection.objects.get()
    assert (
        "The app stays installed until you uninstall it" in alice.browser().get(at(made, "disconnect")).content.decode()
    )
    alice.browser().post(at(made, "disconnect"), {"word": "disconnect"})
    assert wind_up_all(stripe_for_leaving, clock.now()) == 1
    made.refresh_from_db()
    assert (made.api_key, made.refresh_token) == ("", "")
    assert made.left_undone.startswith("The app stays installed at Stripe")


def test_a_key_takes_the_place_of_the_app_and_nothing_rolls_any_more(alice, stripe):
    install(alice, stripe)
    names = [permission.name for permission in needed(act=False)]
    key = stripe.pull("restricted_key", permissions=names)["key"]
    alice.browser().post("/connections/new/", {"mode": "observe", "api_key": key})
    made = Connection.objects.get()
    assert (made.kind, made.api_key, made.refresh_token, made.api_key_until) == ("key", key, "", None)
    stripe_for(made).feel()


# ── where the operator has set up none ──


def test_an_app_that_the_operator_has_not_set_up_is_not_shown_and_not_there(alice):
    assert "Install to observe" not in alice.browser().get("/connections/new/").content.decode()
    assert [alice.browser().get(address).status_code for address in (BEGIN, BACK)] == [404, 404]


def test_where_it_is_set_up_it_is_compared_with_the_other_ways(alice, stripe):
    page = alice.browser().get("/connections/new/").content.decode()
    for said in ("Stripe App", "3 clicks", "Install to observe", "Install to act", "Restricted key"):
        assert said in page, said


def test_who_may_not_connect_is_not_let_begin(alice, stripe):
    assert colleague("Carol", alice, Role.SUPPORT).browser().get(BEGIN).status_code == 403


@pytest.mark.parametrize("one", ["stripe_app_link", "stripe_app_secret_key"])
def test_half_an_app_is_refused_at_the_start(one):
    with pytest.raises(ValueError, match="belong together"):
        Config(**{one: "x"})


def test_a_link_that_is_none_is_refused_at_the_start():
    with pytest.raises(ValueError, match="copy the whole install link"):
        Config(stripe_app_link="chnlink_1", stripe_app_secret_key="sk_test_1")


# ── its manifest ──


@pytest.mark.parametrize("mode", ["observe", "act"])
def test_the_command_prints_the_manifest_of_the_one_table(mode, monkeypatch):
    monkeypatch.setattr(config(), "base_url", "https://pay.acme.example")
    told = CliRunner().invoke(commands, ["app-manifest", "--mode", mode])
    assert told.exit_code == 0, told.output
    read = json.loads(told.output)
    assert read["allowed_redirect_uris"] == [f"https://pay.acme.example{reverse('dashboard:connect-installed')}"]
    assert {each["permission"] for each in read["permissions"]} == set(asks(act=mode == "act"))
    assert any(each["permission"].endswith("_write") for each in read["permissions"]) == (mode == "act")
    assert (read["stripe_api_access_type"], read["id"]) == ("oauth", "example.acme.pay.tideover")


def test_the_manifest_names_nothing_that_an_app_cannot_have_and_says_why_of_each():
    made = manifest(address="https://a.example", callback="/b/", home="/c/", act=True)
    names = {each["permission"] for each in made["permissions"]}
    assert not {name for name in names if name.startswith(("accounts", "webhook"))}
    assert all(each["purpose"] for each in made["permissions"])
    assert {"invoice_read", "invoice_write", "event_read"} <= names

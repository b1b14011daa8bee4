"""Connecting an account: every step may be repeated, observe mode writes nothing, and mistakes are said."""

from __future__ import annotations

import json
import subprocess
import sys

import httpx
import pytest
import typer
from typer.testing import CliRunner

from tests.rooms.gateways.bodies import ACCOUNT
from tests.rooms.gateways.strange import hangs_up, refuses, says, strange_stripe
from tests.rooms.tenants.lost_keys import damage
from tideover import config
from tideover.cli.connections.connecting import Wish, connect_account
from tideover.cli.main import app
from tideover.cli.stopping import switch
from tideover.gateways import skew
from tideover.gateways.permissions import PERMISSIONS, key_form, needed
from tideover.recovery.models import Ruleset
from tideover.tenants.connecting import standing
from tideover.tenants.models import Connection, Member, Organization

KEY = "rk_test_51QxVb02eZvKYlo2CcanaryT8hJ3kLm9Nq4Ws7Yx"


@pytest.fixture
def simulator():
    process = subprocess.Popen([sys.executable, "-m", "tideover.simulator", "--port", "0"], stdout=subprocess.PIPE)
    yield json.loads(process.stdout.readline())
    process.terminate()
    process.wait(10)


def a_wish(said, **values):
    wish = {
        "api_key": said["api_key"],
        "mode": "act",
        "webhook_secret": "",
        "publishable_key": "",
        "project": "",
        "api_base": said["api_base"],
        "organization": "Alpine",
        "preset": "tuned",
        "email": "alice@alpine.example",
    }
    return Wish(**{**wish, **values})


@pytest.mark.django_db(transaction=True)
def test_an_account_is_connected_in_one_step_and_again_without_a_second(simulator, capsys):
    assert connect_account(a_wish(simulator)) == 0
    assert connect_account(a_wish(simulator, preset="revguard")) == 0
    connection = Connection.objects.get()
    assert (connection.mode, connection.account_id) == ("act", simulator["account"])
    assert connection.webhook_secret.startswith("whsec_")
    assert (Organization.objects.count(), Member.objects.get().role) == (1, "owner")
    assert list(Ruleset.objects.order_by("version").values_list("name", flat=True)) == ["tuned", "revguard"]
    assert "act mode" in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_observe_mode_writes_nothing_to_stripe_and_tells_how_to_make_the_webhook(simulator, capsys):
    connect_account(a_wish(simulator, mode="observe"))
    said = capsys.readouterr().out
    connection = Connection.objects.get()
    assert connection.hook_token in said
    assert "invoice.payment_failed" in said
    requests = httpx.get(f"{simulator['api_base']}/_sim/requests", trust_env=False).json()
    assert requests["writes"] == 0
    connect_account(a_wish(simulator, mode="observe", webhook_secret="whsec_mine"))
    connection.refresh_from_db()
    assert connection.webhook_secret == "whsec_mine"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"mode": "destroy"}, "--mode is 'destroy'"),
        ({"preset": "magic"}, "there is no preset 'magic'"),
        ({"api_key": "pk_test_x"}, "a pk_ key cannot read invoices"),
        ({"webhook_secret": "secret"}, "must start with whsec_"),
        ({"api_key": "sk_test_wrong"}, "Stripe refuses this key"),
        ({"api_base": "http://127.0.0.1:9"}, "Stripe does not answer"),
    ],
)
def test_a_mistake_is_said_and_nothing_is_changed(simulator, capsys, wrong, said):
    with pytest.raises(typer.Exit):
        connect_account(a_wish(simulator, **wrong))
    printed = capsys.readouterr().err
    assert said in printed
    assert simulator["api_key"] not in printed
    assert "sk_test_wrong" not in printed
    assert not Connection.objects.exists()


# ── what is not said stays ──


def endpoints(simulator) -> list[str]:
    """Where the account's endpoints lead, by Stripe's own list."""
    key = (simulator["api_key"], "")
    there = httpx.get(f"{simulator['api_base']}/v1/webhook_endpoints", auth=key, trust_env=False)
    return [endpoint["url"] for endpoint in there.json()["data"]]


@pytest.mark.django_db(transaction=True)
def test_repeating_it_for_one_thing_changes_that_thing_and_says_so(simulator, capsys):
    connect_account(a_wish(simulator, preset="recover"))
    before = standing(simulator["account"], livemode=False)
    capsys.readouterr()
    connect_account(Wish(simulator["api_key"], sender="billing@alpine.example"))
    told = capsys.readouterr().out
    assert standing(simulator["account"], livemode=False) == {**before, "sender": "billing@alpine.example"}
    assert "  changed  sender: billing@alpine.example, before none\n" in told
    assert told.count("  changed ") == 1
    assert Ruleset.objects.get().name == "recover"
    connect_account(Wish(simulator["api_key"]))
    assert "Nothing of it has changed." in capsys.readouterr().out
    assert (Connection.objects.count(), Member.objects.count(), len(endpoints(simulator))) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("then", [{"mode": "observe"}, {"webhook_secret": "whsec_told"}, {"preset": "windback"}])
def test_the_documented_second_command_finds_the_first_ones_account(simulator, then):
    connect_account(a_wish(simulator, organization="Shop", project="Boxes", email="me@shop.example"))
    connect_account(Wish(simulator["api_key"], **then))
    connection = Connection.objects.select_related("organization", "project").get()
    assert (connection.organization.name, connection.project.name) == ("Shop", "Boxes")
    assert [member.user.email for member in Member.objects.select_related("user")] == ["me@shop.example"]


@pytest.mark.django_db(transaction=True)
def test_a_new_public_address_moves_the_endpoint_and_says_so(simulator, capsys, monkeypatch):
    connect_account(a_wish(simulator))
    (before,) = endpoints(simulator)
    monkeypatch.setattr(config.config(), "base_url", "http://127.0.0.1:8103")
    connect_account(Wish(simulator["api_key"]))
    assert endpoints(simulator) == [before.replace(":8000", ":8103")]
    led = "leads to http://127.0.0.1:8103 from now on; it led to http://127.0.0.1:8000."
    assert led in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_an_endpoint_that_the_merchant_made_is_the_merchants_to_move(simulator, capsys, monkeypatch):
    observed = a_wish(simulator, mode="observe", webhook_secret="whsec_mine")
    connect_account(observed)
    monkeypatch.setattr(config.config(), "base_url", "http://127.0.0.1:8103")
    connect_account(Wish(simulator["api_key"]))
    assert "led to http://127.0.0.1:8000. Change it:\n  URL     http://127.0.0.1:8103/hooks/" in capsys.readouterr().out
    connect_account(Wish(simulator["api_key"], webhook_secret="whsec_mine"))
    connect_account(Wish(simulator["api_key"]))
    assert "Change it" not in capsys.readouterr().out


# ── what the key may do ──


def a_key(simulator, *names: str) -> str:
    """A restricted key with these permissions."""
    lever = f"{simulator['api_base']}/_sim/restricted_key"
    return str(httpx.post(lever, json={"permissions": names}, trust_env=False).json()["key"])


OBSERVING = [permission.name for permission in PERMISSIONS if not permission.acting]


@pytest.mark.django_db(transaction=True)
def test_a_key_that_lacks_what_the_mode_needs_connects_nothing_and_all_it_lacks_is_said(simulator, capsys):
    short = [name for name in OBSERVING if name not in {"rak_charge_read", "rak_event_read"}]
    with pytest.raises(typer.Exit):
        connect_account(a_wish(simulator, api_key=a_key(simulator, *short), mode="act"))
    out, err = capsys.readouterr()
    for name in ("rak_charge_read", "rak_event_read", "rak_invoice_write", "rak_webhook_write"):
        assert f"({name})" in out
    assert "(rak_invoice_read)" not in out
    assert "Of 21 permissions 14 are missing" in out
    assert "act mode is not possible with this key; nothing was connected" in err
    assert not Connection.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_a_mode_can_do_without_is_said_and_the_account_connected(simulator, capsys):
    short = [name for name in OBSERVING if name != "rak_event_read"]
    connect_account(a_wish(simulator, api_key=a_key(simulator, *short), mode="observe"))
    assert "Of 9 permissions 1 are missing:\n  Events, read (rak_event_read)\n" in capsys.readouterr().out
    assert Connection.objects.get().mode == "observe"


@pytest.mark.django_db
def test_an_unrestricted_key_is_refused_with_the_reason_and_the_form_for_a_better_one(capsys):
    with pytest.raises(typer.Exit):
        connect_account(Wish("sk_live_" + "51QxVb02eZvKYlo2Ccanary", "act"))
    said = capsys.readouterr().err
    assert "may pay out, refund and read everything" in said
    assert key_form(act=True) in said
    assert "canary" not in said


# ── a Stripe that answers oddly ──

ACCOUNT_SAID = says(200, ACCOUNT)
# The key is tried with one call a permission; what it is asked for by this Stripe, it may.
TRIED = [says(200, {"object": "list", "data": [], "has_more": False})] * len(needed(act=True, testing=True))
NO_ENDPOINTS = says(200, {"object": "list", "data": [], "has_more": False})


@pytest.fixture
def strange():
    with strange_stripe() as there:
        yield there
    skew.take()


def typed(strange, *words: str):
    flags = ["--api-key", KEY, "--api-base", strange.url, "--mode", "act", *words]
    return CliRunner().invoke(app, ["connect", *flags])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (refuses(401, message=f"Invalid API Key provided: {KEY}"), "Stripe refuses this key"),
        (refuses(403, message="lacks rak_accounts_read"), "docs/operate/stripe-key.md"),
        (refuses(429, message="Slow down"), "Nothing was changed"),
        (refuses(500), "Nothing was changed"),
        (says(200, f"<html>{KEY}</html>"), "not Stripe's"),
        (says(200, {"object": "account"}), "cannot be read: id"),
        (says(302, "", Location="https://elsewhere.example"), "HTTP 302"),
        (hangs_up, "no connection"),
    ],
)  # fmt: skip
def test_a_stripe_that_does_not_say_whose_key_it_is_connects_nothing(strange, answer, said):
    strange.says(answer)
    result = typed(strange)
    assert (result.exit_code, said in result.stderr, "canary" in result.output) == (1, True, False)
    assert not Organization.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "answer",
    [
        refuses(400, message="Invalid URL"),
        refuses(402),
        refuses(403),
        refuses(429),
        refuses(500),
        hangs_up,
        says(200, {"id": "we_1"}),
    ],
)
def test_an_endpoint_that_could_not_be_made_is_said_with_the_way_on(strange, answer):
    strange.says(ACCOUNT_SAID, *TRIED, NO_ENDPOINTS, answer)
    result = typed(strange)
    connection = Connection.objects.get()
    assert (result.exit_code, connection.webhook_secret) == (1, "")
    assert f"Make it in Stripe for http://127.0.0.1:8000/hooks/stripe/{connection.hook_token}" in result.stderr
    assert "canary" not in result.output
    strange.says(ACCOUNT_SAID, *TRIED, NO_ENDPOINTS, says(200, {"id": "we_1", "secret": "whsec_canary"}))
    again = typed(strange)
    assert (again.exit_code, "canary" in again.output) == (0, False)
    assert Connection.objects.get().webhook_secret == "whsec_canary"


@pytest.mark.django_db
def test_while_everything_is_stopped_no_endpoint_is_made_and_the_reason_is_said(strange):
    strange.says(ACCOUNT_SAID)
    switch("", "", on=False)
    result = typed(strange)
    hooks = [asked.method for asked in strange.asked if asked.path.startswith("/v1/webhook_endpoints?")]
    made = [asked for asked in strange.asked if (asked.method, asked.path) == ("POST", "/v1/webhook_endpoints")]
    assert (result.exit_code, hooks, made) == (1, ["GET"], [])
    assert "the webhook endpoint could not be made" in result.stderr


@pytest.mark.django_db
def test_an_account_that_is_connected_elsewhere_is_told_so(strange):
    strange.says(ACCOUNT_SAID)
    made = typed(strange, "--webhook-secret", "whsec_canary")
    assert (made.exit_code, "canary" in made.output) == (0, False)
    result = typed(strange, "--organization", "Malt", "--webhook-secret", "whsec_canary")
    assert result.exit_code == 1
    assert "is connected already, for another organization" in result.stderr
    assert "Alpine Analytics" not in result.output.replace(made.output, "")


@pytest.mark.django_db
def test_connecting_again_heals_an_account_whose_secrets_cannot_be_read(strange):
    strange.says(ACCOUNT_SAID)
    typed(strange, "--webhook-secret", "whsec_old")
    for column in ("api_key", "webhook_secret"):
        damage(Connection.objects.get(), column=column)
    strange.says(ACCOUNT_SAID, *TRIED, NO_ENDPOINTS, says(200, {"id": "we_2", "secret": "whsec_new"}))
    assert typed(strange).exit_code == 0
    read = Connection.objects.get()
    assert (read.api_key, read.webhook_secret, read.webhook_endpoint_id) == (KEY, "whsec_new", "we_2")


@pytest.mark.django_db(transaction=True)
def test_in_observe_mode_the_endpoint_is_made_where_that_is_said_and_it_stays_said(simulator, capsys):
    assert connect_account(a_wish(simulator, mode="observe", own_endpoint="on")) == 0
    made = Connection.objects.get()
    assert (made.mode, made.own_endpoint, made.webhook_secret[:6]) == ("observe", True, "whsec_")
    capsys.readouterr()
    assert connect_account(a_wish(simulator, mode=None)) == 0
    assert "Nothing of it has changed." in capsys.readouterr().out
    assert connect_account(a_wish(simulator, mode=None, own_endpoint="off")) == 0
    assert "own endpoint: off, before on" in capsys.readouterr().out
    assert not Connection.objects.get().may_make_endpoint

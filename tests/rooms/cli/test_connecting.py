"""Connecting an account: every step may be repeated, observe mode writes nothing, and mistakes are said."""

from __future__ import annotations

import json
import subprocess
import sys

import httpx
import pytest
import typer

from tideover.cli.connecting import Wish, connect_account
from tideover.recovery.models import Ruleset
from tideover.tenants.models import Connection, Member, Organization


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

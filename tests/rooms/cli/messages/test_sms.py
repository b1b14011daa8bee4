"""`tideover sms`: an account kept, the rules by SMS, and a test message, on the server."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from tests.rooms.messages.texting import MOBILE, NUMBER, SID, TOKEN, WRONG_TOKEN
from tideover.cli.main import app
from tideover.config import config
from tideover.recovery.rulesets import newest, rules_of
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import running
from tideover.tenants.kept_apart import SmsAccount

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]


@pytest.fixture(autouse=True)
def simulator(monkeypatch):
    with running(new_simulator(seed=7)) as there:
        monkeypatch.setattr(config(), "twilio_api_base", there.base_url)
        yield there


def typed(*words, token=TOKEN):
    return CliRunner().invoke(app, ["sms", *words], input=f"{token}\n")


def test_an_account_is_kept_shown_without_its_token_and_forgotten(alice):
    kept = typed("set", "--account", SID, "--sender", NUMBER)
    assert (kept.exit_code, "Kept: Simulated account" in kept.stdout) == (0, True)
    assert SmsAccount.objects.get(project=alice.project).auth_token == TOKEN
    shown = typed("show").stdout
    assert "Simulated account, sends from" in shown
    assert "1 part(s)" in shown
    assert TOKEN not in kept.stdout + shown
    assert typed("forget").exit_code == 0
    assert not SmsAccount.objects.exists()


def test_what_twilio_does_not_take_is_not_kept(alice):
    refused = typed("set", "--account", SID, "--sender", NUMBER, token=WRONG_TOKEN)
    assert (refused.exit_code, "does not take this Account SID" in refused.stderr) == (1, True)
    assert not SmsAccount.objects.exists()


def test_the_rules_go_by_sms_and_by_mail_again(alice):
    assert "Version" in typed("steps", "beside").stdout
    assert {step.channel.value for step in rules_of(newest(alice.project)).messages} == {"email", "sms"}
    assert "Version" in typed("steps", "mail").stdout
    assert typed("steps", "pigeon").exit_code == 1


def test_a_test_message_is_sent_once_there_is_an_account(alice, simulator):
    assert "no Twilio account is kept" in typed("test", MOBILE).stderr
    typed("set", "--account", SID, "--sender", NUMBER)
    assert f"took a test message for {MOBILE}" in typed("test", MOBILE).stdout
    assert typed("test", "call us").exit_code == 1
    assert [text["to"] for text in simulator.look("texts")["texts"]] == [MOBILE]

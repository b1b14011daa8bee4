"""Settings, SMS: an account that Twilio knows, what each text costs in parts, and a test message."""

from __future__ import annotations

import pytest

from tests.people import colleague
from tests.rooms.messages.texting import MOBILE, NUMBER, SID, TOKEN, WRONG_TOKEN, with_sms
from tideover.config import config
from tideover.recovery.rulesets import newest, rules_of
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import running
from tideover.tenants.kept_apart import SmsAccount
from tideover.tenants.models import AuditEntry, Project
from tideover.tenants.roles import Role

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]
PAGE = "/settings/sms/"
GIVEN = {"account_sid": SID, "auth_token": TOKEN, "sender": NUMBER, "steps": ""}


@pytest.fixture(scope="module")
def simulator():
    with running(new_simulator(seed=7)) as there:
        yield there


@pytest.fixture(autouse=True)
def _by_the_simulator(monkeypatch, simulator):
    monkeypatch.setattr(config(), "twilio_api_base", simulator.base_url)


def send(person, **fields):
    return person.browser().post(PAGE, {**GIVEN, **fields}, follow=True)


def project_of(person):
    return Project.objects.get(pk=person.project.pk)


def test_an_account_that_twilio_knows_is_kept_sealed_and_its_token_never_shown(alice):
    page = send(alice, enabled="on").content.decode()
    account = SmsAccount.objects.get(project=alice.project)
    assert (account.account_sid, account.sender, account.account_name) == (SID, NUMBER, "Simulated account")
    assert account.auth_token == TOKEN
    assert project_of(alice).sms_enabled
    assert f"/twilio/{account.hook_token}/inbound" in page
    told = [*AuditEntry.objects.filter(organization=alice.organization).values_list("before", "after")]
    assert TOKEN not in page + str(told)


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        ({"auth_token": WRONG_TOKEN}, "does not take this Account SID with this Auth Token"),
        ({"account_sid": "AC1"}, "An Account SID is AC and 32 characters"),
        ({"sender": "Acme"}, "A number of yours as in"),
        ({"auth_token": ""}, "The token of this account is needed"),
        (
            {"account_sid": "", "auth_token": "", "sender": "", "enabled": "on"},
            "Nothing can be sent without an account",
        ),
    ],
)
def test_what_cannot_be_sent_by_is_not_kept_and_says_why(alice, odd, said):
    answer = send(alice, **odd)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not SmsAccount.objects.exists()
    assert not project_of(alice).sms_enabled


def test_an_account_that_twilio_has_suspended_is_not_kept(alice, simulator):
    simulator.pull("texts/odd", status="suspended")
    answer = send(alice).content.decode()
    simulator.pull("texts/odd")
    assert "Twilio says that this account is suspended." in answer
    assert not SmsAccount.objects.exists()


def test_an_empty_token_is_the_one_that_is_kept_and_an_empty_account_is_none(alice):
    send(alice)
    send(alice, auth_token="", sender="MG" + "a" * 32)
    assert SmsAccount.objects.get().auth_token == TOKEN
    assert SmsAccount.objects.get().sender.startswith("MG")
    send(alice, account_sid="", auth_token="", sender="")
    assert not SmsAccount.objects.exists()


@pytest.mark.parametrize(("steps", "channels"), [("instead", {"email", "sms"}), ("mail", {"email"})])
def test_where_text_messages_stand_makes_the_next_version_of_the_rules(alice, steps, channels):
    send(alice, steps="instead")
    send(alice, steps=steps)
    assert {step.channel.value for step in rules_of(newest(alice.project)).messages} == channels


def test_each_text_is_shown_with_the_parts_that_it_takes(alice):
    page = alice.browser().get(PAGE).content.decode()
    assert "did not go through" in page
    assert "GSM-7" in page


def test_a_test_message_goes_to_the_number_that_is_typed_in(alice, simulator):
    with_sms(alice.project)
    answer = alice.browser().post(f"{PAGE}test/", {"number": "+44 7911 123456"}, follow=True)
    assert f"Twilio took a test message for {MOBILE}" in answer.content.decode()
    assert simulator.look("texts")["texts"][-1]["to"] == MOBILE
    refused = alice.browser().post(f"{PAGE}test/", {"number": "call us"}, follow=True)
    assert "Type a mobile number with its country" in refused.content.decode()


def test_a_sixth_test_message_within_an_hour_is_not_sent(alice, simulator):
    with_sms(alice.project)
    browser = alice.browser()
    before = len(simulator.look("texts")["texts"])
    answers = [browser.post(f"{PAGE}test/", {"number": MOBILE}, follow=True).content.decode() for _ in range(6)]
    assert "sixth test message" in answers[-1]
    assert len(simulator.look("texts")["texts"]) == before + 5


def test_who_may_only_look_sees_the_page_and_sends_nothing(alice):
    with_sms(alice.project)
    analyst = colleague("Carol", alice, Role.ANALYST)
    assert analyst.browser().get(PAGE).status_code == 200
    assert b"Send a test message" not in analyst.browser().get(PAGE).content
    assert send(analyst, enabled="on").status_code == 403
    assert analyst.browser().post(f"{PAGE}test/", {"number": MOBILE}).status_code == 403

"""A test mail: it leaves as messages do, is plainly a test, and tells truly and soon what the server said."""

from __future__ import annotations

import socket
from email import message_from_string, policy

import pytest

from tests.factories import NOW
from tests.rooms.gateways.mail_server import HANGS_UP, SAYS_NOTHING
from tideover.config import config
from tideover.flow import circuit_breaker, proof
from tideover.flow.models import Provider
from tideover.messages.languages import languages, spoken_in
from tideover.messages.trial import CalledOff, Departure, try_out

pytestmark = pytest.mark.django_db
ENGLISH = spoken_in("en")
SOON = 0.2  # seconds; only a silent server is waited for


def tried(person, address="", **options):
    return try_out(person.project, person.user.name, address or person.user.email, ENGLISH, NOW, **options)


def test_it_is_taken_as_a_mail_of_the_merchant_marked_as_a_test(alice, server):
    alice.project.sender_email = "billing@alpine.example"
    trial = tried(alice)
    assert trial.taken
    assert f"127.0.0.1:{server.port}" in trial.says
    assert alice.user.email in trial.says
    assert ["MAIL FROM:<billing@alpine.example>", f"RCPT TO:<{alice.user.email}>"] == server.heard[1:3]
    mail = message_from_string(server.mails[0], policy=policy.default)
    assert mail["Subject"] == "[Test] Mail from Alpine Analytics arrives"
    assert mail["List-Unsubscribe"] is None
    for kind in ("plain", "html"):
        body = mail.get_body((kind,)).get_content()
        assert "This is a test." in body
        assert "None" not in body
        assert "unsubscribe" not in body.lower()


def test_from_then_on_the_way_out_is_known_to_work_until_another_server_is_set(alice, server):
    for _ in range(circuit_breaker.OPENS_AFTER["provider"]):
        circuit_breaker.record_failure("mail", NOW)
    name = f"127.0.0.1:{server.port}"
    assert not proof.proven("mail", name).exists()
    assert tried(alice).taken
    assert proof.proven("mail", name).exists()
    assert not proof.proven("mail", "mail.example:25").exists()
    assert Provider.objects.get(name="mail").failures == 0


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        ({"RCPT": "550 5.7.1 relaying denied"}, "refused the test mail: 550 5.7.1 relaying denied"),
        ({"MAIL": "553 5.7.1 sender not allowed"}, "refused the test mail: 553 5.7.1 sender not allowed"),
        ({".": "451 4.7.1 greylisted"}, "refused the test mail: 451 4.7.1 greylisted"),
        ({"greeting": HANGS_UP}, "No test mail left"),
        ({".": HANGS_UP}, "may have taken the test mail"),
    ],
)
def test_what_the_server_said_is_told_in_its_words(alice, server, odd, said):
    server.odd = odd
    trial = tried(alice)
    assert (trial.taken, said in trial.says) == (False, True)
    assert not Provider.objects.exists()  # a person who tries things out holds nobody's messages back


def test_a_server_that_is_not_there_is_told(alice, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setattr(config(), "smtp_port", listener.getsockname()[1])
    trial = tried(alice)
    assert (trial.taken, "the mail server refuses connections" in trial.says) == (False, True)


@pytest.mark.parametrize("step", ["greeting", "EHLO", "MAIL", "DATA"])
def test_nobody_waits_for_a_silent_server_and_what_was_given_up_does_not_leave(alice, server, step):
    server.odd = {step: SAYS_NOTHING}
    trial = tried(alice, patience=SOON)
    assert (trial.taken, "did not answer in time" in trial.says) == (False, True)
    assert server.mails == []


def test_a_server_that_is_silent_after_the_last_byte_leaves_a_doubt_and_it_is_told(alice, server):
    server.odd = {".": SAYS_NOTHING}
    assert "may have taken the test mail" in tried(alice, patience=SOON).says


def test_what_was_said_to_stay_stays_and_what_has_left_is_not_said_to_stay():
    given_up, left = Departure(), Departure()
    assert given_up.called_off()
    with pytest.raises(CalledOff):
        given_up.leaving()
    left.leaving()
    assert not left.called_off()


def test_an_address_that_is_none_is_told_without_asking_the_server(alice, server):
    trial = tried(alice, "nonsense")
    assert (trial.taken, "'nonsense'" in trial.says, server.connections) == (False, True, 0)


def test_it_is_written_in_every_language(alice, server, settings):
    for language in languages(settings.TIDEOVER_TEXTS):
        assert try_out(alice.project, "", alice.user.email, spoken_in(language), NOW).taken
    assert len(server.mails) == len(languages(settings.TIDEOVER_TEXTS))

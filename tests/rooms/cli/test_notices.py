"""`tideover notices`: shown, chosen, looked at and sent by command."""

from __future__ import annotations

from email import message_from_string

import pytest
from typer.testing import CliRunner

from tests import factories as make
from tideover.cli.main import app
from tideover.flow import refusals
from tideover.notices.models import Notice
from tideover.recovery.models import Case

pytestmark = pytest.mark.django_db


def typed(*words):
    return CliRunner().invoke(app, ["notices", *words])


@pytest.fixture
def account(alice):
    return make.make_connection(alice.project)


def test_each_member_is_shown_with_what_they_get(alice, bob):
    lines = typed("show").stdout.splitlines()
    assert (
        f"{alice.user.email} (owner): recovered daily, attention daily, dead_key at-once, paused at-once, digest weekly"
        in lines
    )
    assert (
        f"{bob.user.email} (admin): recovered off, attention daily, dead_key at-once, paused at-once, digest weekly"
        in lines
    )


def test_a_choice_is_made_and_what_cannot_be_is_refused(alice, bob):
    assert typed("set", bob.user.email, "recovered", "at-once").exit_code == 0
    assert f"{bob.user.email} (admin): recovered at-once" in typed("show").stdout
    for words, why in (
        (("set", bob.user.email, "attention", "at-once"), "It can be daily, off."),
        (("set", bob.user.email, "gossip", "daily"), "There are recovered, attention, dead_key, paused, digest."),
        (("set", "nobody@alpine.example", "recovered", "off"), "is no member"),
        (("set", alice.user.email, "dead_key", "off"), ""),
        (("set", alice.user.email, "dead_key", "off"), "an owner has to be told"),
    ):
        answer = typed(*words)
        if why:
            assert why in answer.stderr


def test_a_preview_shows_the_words_and_sends_and_keeps_nothing(alice, account, server):
    make.make_case(account, customer_name="Ada", attention="replied")
    told = typed("send", alice.user.email, "attention", "--preview").stdout
    assert "Subject: 1 case waits for you" in told
    assert "Ada: $99.00 · The customer replied" in told
    assert "/account/notices/" in told
    assert (server.mails, Notice.objects.count()) == ([], 0)


def test_it_is_sent_to_one_member_alone_with_a_way_out(alice, bob, account, server):
    make.make_case(account, attention="replied")
    assert typed("send", bob.user.email, "attention").stdout == f"Sent to {bob.user.email}.\n"
    [taken] = server.mails
    mail = message_from_string(taken)
    assert mail["To"] == bob.user.email
    assert "/notices/out/" in mail["List-Unsubscribe"]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert Notice.objects.get().state == Notice.State.SENT


def test_what_is_not_so_is_not_told(alice, account, server):
    for kind in ("recovered", "attention", "dead_key", "paused", "digest"):
        assert "nothing to tell" in typed("send", alice.user.email, kind).stdout
        assert "nothing to tell" in typed("send", alice.user.email, kind, "--preview").stdout
    assert server.mails == []


def test_a_week_that_is_not_counted_yet_is_told_to_be_none(alice, account, server):
    make.make_case(account)
    Case.objects.update(counted_version=-1)
    for words in ((), ("--preview",)):
        answer = typed("send", alice.user.email, "digest", *words)
        assert answer.exit_code == 1
        assert "not in the figures yet" in answer.stderr
    assert (server.mails, Notice.objects.count()) == ([], 0)


def test_a_dead_key_is_shown_as_it_is_told(alice, account):
    refusals.record(account, "Expired API Key", make.NOW, all_calls=True)
    told = typed("send", alice.user.email, "dead_key", "--preview").stdout
    assert "It says: Expired API Key." in told
    assert "/notices/out/" not in told, "the last owner cannot turn it off"


def test_a_pause_is_shown_as_it_is_told(alice, account):
    make.make_pause(alice.organization)
    assert "Email to your customers is paused" in typed("send", alice.user.email, "paused", "--preview").stdout


def test_a_mail_server_that_takes_nothing_is_told(alice, account):
    make.make_case(account, attention="replied")
    answer = typed("send", alice.user.email, "attention")
    assert answer.exit_code == 1
    assert "no mail server has confirmed the mail" in answer.stderr

"""Mails by a merchant's own provider, all the way: handed over once, out by one click, told of, and a broken key waits."""

from __future__ import annotations

import re

import httpx
import pytest
from django.test import Client

from tests.rooms.messages.mailers import WRONG, sends_by
from tideover import clock
from tideover.config import config
from tideover.core.catalogue import Channel
from tideover.flow.models import Provider as Shared
from tideover.flow.stripe import stripe_for
from tideover.gateways.email import Smtp
from tideover.gateways.mailers.account import Provider
from tideover.gateways.mailers.post import Post
from tideover.messages.accounts import MailAccount
from tideover.messages.channels import WAYS
from tideover.messages.channels.email.account import hook_of, keep_key, told_at
from tideover.messages.models import Message
from tideover.recovery.effects import Effects
from tideover.recovery.models import Action
from tideover.simulator.mailing.telling import key_of
from tideover.worker.effects import Watched
from tideover.worker.timemachine import TimeMachine

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def shop(open_shop, live_server, monkeypatch):
    monkeypatch.setattr(config(), "base_url", live_server.url)
    made = open_shop("recover")
    out = Post(Smtp("127.0.0.1", 9), made.connection.api_base)
    effects = Effects(stripe_for, {Channel.EMAIL: Watched(out, WAYS[Channel.EMAIL])})
    made.machine = TimeMachine(made.world, effects, made.machine.now)
    return made


def mails(shop):
    answer = httpx.get(f"{shop.connection.api_base}/_sim/mails")
    answer.raise_for_status()
    return answer.json()["mails"]


def odd(shop, **asked):
    httpx.post(f"{shop.connection.api_base}/_sim/mails/odd", json=asked).raise_for_status()


@pytest.mark.parametrize("provider", sorted(each for each in Provider if each != Provider.SMTP))
def test_each_mail_goes_once_and_one_click_of_a_mail_program_ends_them(shop, provider):
    sends_by(shop.connection.project, provider, shop.machine.now)
    shop.renewal_fails()
    shop.until_day(4)
    sent = mails(shop)
    assert sent
    assert {(mail["provider"], mail["to"]) for mail in sent} == {(provider.value, "pia@payer.example")}
    assert [mail["tag"] for mail in sent] == [each.public_id for each in Message.objects.order_by("sent_at")]
    way_out = re.search(r"<https?://[^/]+(/u/[^>]+)>", sent[0]["headers"]["List-Unsubscribe"])
    assert way_out
    assert sent[0]["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert Client().post(way_out[1], {"List-Unsubscribe": "One-Click"}).status_code == 200
    shop.until_day(29)
    assert len(mails(shop)) == len(sent)


def test_a_broken_key_lets_mails_wait_and_they_go_when_it_is_mended(shop):
    project = shop.connection.project
    sends_by(project, Provider.POSTMARK, shop.machine.now, secret=WRONG)
    shop.renewal_fails()
    shop.until_day(0.2)
    assert MailAccount.objects.get().failures >= 1
    assert not mails(shop)
    assert not Shared.objects.filter(name="mail", failures__gt=0).exists()
    sends_by(project, Provider.POSTMARK, shop.machine.now)
    shop.until_day(1)
    assert mails(shop)
    assert MailAccount.objects.get().failures == 0


def test_a_mailbox_that_the_provider_says_is_gone_is_written_to_no_more(shop, live_server):
    account = sends_by(shop.connection.project, Provider.MAILGUN, shop.machine.now)
    keep_key(account, key_of("mailgun"), "alice@alpine.example", shop.machine.now)
    shop.renewal_fails()
    shop.until_day(1)
    [mail] = mails(shop)
    at = told_at(account, hook_of(account))
    asked = {"id": mail["id"], "fate": "no_such_mailbox", "url": at, "now": int(clock.wall().timestamp())}
    answer = httpx.post(f"{shop.connection.api_base}/_sim/mails/tell", json=asked)
    assert answer.json() == {"answer": 200}
    shop.until_day(29)
    assert len(mails(shop)) == 1
    skipped = Action.objects.filter(do="message", outcome="skipped").values_list("reason", flat=True)
    assert set(skipped) == {"suppressed:bounced"}


def test_an_answer_that_was_lost_is_asked_for_again_where_the_provider_knows_the_mail_and_nowhere_else(shop):
    sends_by(shop.connection.project, Provider.RESEND, shop.machine.now)
    shop.renewal_fails()
    odd(shop, lose=1)
    shop.until_day(2)
    assert {each.state for each in Message.objects.all()} == {Message.State.SENT}
    before = len(mails(shop))
    assert before == Message.objects.count()
    sends_by(shop.connection.project, Provider.BREVO, shop.machine.now)
    odd(shop, lose=1)
    shop.until_day(9)
    assert Message.objects.filter(state=Message.State.UNKNOWN).count() == 1
    assert len(mails(shop)) == Message.objects.filter(data_started_at__isnull=False).count()

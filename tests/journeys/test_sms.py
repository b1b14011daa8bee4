"""Text messages all the way: by the merchant's Twilio, told back, answered with STOP, and paid by a short link's page."""

from __future__ import annotations

import re

import httpx
import pytest
from django.test import Client

from tests.rooms.messages.texting import MOBILE, with_sms
from tideover.config import config
from tideover.core.catalogue import Channel
from tideover.core.editing.by_sms import Place, by_sms
from tideover.core.rules import PRESETS
from tideover.messages.channels.sms.account import told_at
from tideover.messages.models import Message, MessageEvent
from tideover.recovery.models import Action
from tideover.recovery.rulesets import adopt

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def shop(open_shop, live_server, monkeypatch):
    monkeypatch.setattr(config(), "base_url", live_server.url)
    made = open_shop("recover")
    adopt(made.connection.project, "recover", by_sms(PRESETS["recover"], Place.INSTEAD), made.machine.now)
    return made


def lever(shop, path, **asked):
    base = shop.connection.api_base
    answer = httpx.post(f"{base}/_sim/texts/{path}", json=asked) if asked else httpx.get(f"{base}/_sim/texts")
    answer.raise_for_status()
    return answer.json()


def by_sms_of(shop):
    done = Action.objects.filter(channel="sms", state="done").order_by("due_at")
    return [f"{a.template}: {a.outcome} {a.reason}".strip() for a in done]


def test_a_text_on_day_seven_is_delivered_and_stop_ends_texts_and_no_mails(shop):
    account = with_sms(shop.connection.project, shop.machine.now)
    shop.renewal_fails(phone="07911 123456")
    shop.until_day(8)
    [text] = lever(shop, "")["texts"]
    assert (text["to"], text["sender"]) == (MOBILE, account.sender)
    link = re.search(r"/s/\w{10}", text["body"])
    assert link
    assert "Pro" in Client().get(link[0]).content.decode()

    assert lever(shop, "tell", sid=text["sid"], status="delivered") == {"answer": 200}
    message = Message.objects.get(channel=Channel.SMS)
    assert set(MessageEvent.objects.filter(message=message).values_list("kind", flat=True)) >= {"delivered"}

    assert lever(shop, "answer", url=told_at(account, "inbound"), number=MOBILE, body="Stop") == {"answer": 200}
    shop.until_day(29)
    assert by_sms_of(shop) == [
        "urgent: sent", "help: skipped suppressed:unsubscribed", "last_chance: skipped suppressed:unsubscribed",
        "final: skipped suppressed:unsubscribed",
    ]  # fmt: skip
    assert len(lever(shop, "")["texts"]) == 1
    assert len(shop.mail.accepted) >= 2


def test_an_answer_that_twilio_lost_is_never_sent_again_and_is_learnt_from_what_twilio_tells(shop):
    with_sms(shop.connection.project, shop.machine.now)
    shop.renewal_fails(phone="+447911123456")
    lever(shop, "odd", lose=1)
    shop.until_day(9)
    [text] = lever(shop, "")["texts"]
    assert Message.objects.get(channel=Channel.SMS).state == Message.State.UNKNOWN
    lever(shop, "tell", sid=text["sid"], status="sent")
    message = Message.objects.get(channel=Channel.SMS)
    assert (message.state, message.provider_id) == (Message.State.SENT, text["sid"])


def test_words_of_their_own_let_the_case_wait_for_a_person(shop):
    account = with_sms(shop.connection.project, shop.machine.now)
    shop.renewal_fails(phone="+447911123456")
    shop.until_day(8)
    lever(shop, "answer", url=told_at(account, "inbound"), number=MOBILE, body="I pay on Friday")
    tries = Action.objects.filter(do="charge", state="done").count()
    shop.until_day(14.5)
    assert (shop.case.attention, shop.case.paused_by) == ("replied", "the customer's reply")
    assert Action.objects.filter(do="charge", state="done").count() == tries

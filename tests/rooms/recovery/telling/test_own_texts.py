"""The merchant's own text is what the next message says; a case that opened before keeps what stood then."""

from __future__ import annotations

from datetime import timedelta

from tideover.core.catalogue import Channel, Template
from tideover.messages.models import Message
from tideover.messages.own.choosing import half_of
from tideover.messages.own.content import Block, Content, Kind
from tideover.messages.own.rows import Which, Wish, revise
from tideover.messages.own.trials import Plan, begin

FAILED = Which(Template.FAILED, Channel.EMAIL, "en")

MINE = Content(
    (Block(Kind.TEXT, "Dear {{ name }}, about {{ amount }}."), Block(Kind.DIVIDER), Block(Kind.BUTTON, "Settle it")),
    "A word about {{ amount }}", "It is quick.", "A word",
)  # fmt: skip


def write(world, template=Template.FAILED, language="en", at=None):
    which = Which(template, Channel.EMAIL, language)
    revise(world.connection.project, which, Wish(MINE, "alice"), at or world.now - timedelta(hours=1))


def test_the_next_message_says_what_the_merchant_wrote(world):
    write(world)
    world.payment_fails()
    world.day(1)
    message = Message.objects.get(template="failed")
    assert (message.subject, message.text_version) == ("A word about $99.00", 1)
    assert "Settle it" in message.text
    assert "Unsubscribe" in message.text


def test_a_case_that_is_open_keeps_the_text_that_stood_when_it_opened(world):
    world.payment_fails()
    write(world, at=world.case.opened_at + timedelta(seconds=1))
    world.day(1)
    message = Message.objects.get(template="failed")
    assert message.text_version == 0
    assert message.subject != "A word about $99.00"


def test_a_text_in_another_language_is_not_said_in_this_one(world):
    write(world, language="de")
    world.payment_fails()
    world.day(1)
    assert Message.objects.get(template="failed").text_version == 0


def test_a_message_of_a_case_in_a_trial_says_which_half_it_was_written_for(world):
    trial = begin(world.connection.project, FAILED, Plan(MINE, "alice"), world.now - timedelta(hours=1))
    world.payment_fails()
    world.day(1)
    message = Message.objects.get(template="failed")
    half = half_of(trial, world.case.customer_id)
    assert (message.trial, message.half) == (trial, half)
    assert (message.text_version, message.subject == "A word about $99.00") == (
        (1, True) if half == "B" else (0, False)
    )


def test_a_case_that_opened_before_the_trial_is_in_no_half(world):
    world.payment_fails()
    begin(world.connection.project, FAILED, Plan(MINE, "alice"), world.case.opened_at + timedelta(seconds=1))
    world.day(1)
    message = Message.objects.get(template="failed")
    assert (message.trial, message.half, message.text_version) == (None, "", 0)

"""Text messages among the mails: in place of them, or a day after each."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tideover.core.catalogue import Channel
from tideover.core.choices import SendingHours
from tideover.core.editing.by_sms import Place, by_mail_alone, by_sms
from tideover.core.rules import PRESETS, from_json, to_json

RECOVER = PRESETS["recover"]


def told(rules):
    return [(step.day, step.template.value, step.channel.value) for step in rules.messages]


def test_in_place_of_mails_each_message_from_day_seven_on_is_a_text_message():
    assert told(by_sms(RECOVER, Place.INSTEAD)) == [
        (0, "failed", "email"), (3, "reminder", "email"), (7, "warning", "sms"),
        (14, "suspension", "sms"), (21, "last_chance", "sms"), (28, "final", "sms"),
    ]  # fmt: skip


def test_beside_mails_each_from_day_seven_on_is_followed_by_one_on_a_day_of_its_own_within_the_window():
    assert told(by_sms(RECOVER, Place.BESIDE)) == [
        (0, "failed", "email"), (3, "reminder", "email"), (7, "warning", "email"), (8, "warning", "sms"),
        (14, "suspension", "email"), (15, "suspension", "sms"), (21, "last_chance", "email"),
        (22, "last_chance", "sms"), (28, "final", "email"),
    ]  # fmt: skip


@pytest.mark.parametrize("place", sorted(Place))
@pytest.mark.parametrize("name", sorted(PRESETS))
def test_any_rules_can_go_by_sms_be_stored_and_go_by_mail_again(name, place):
    wished = by_sms(PRESETS[name], place)
    assert from_json(to_json(wished)) == wished
    assert by_sms(wished, Place.INSTEAD) == by_sms(by_sms(wished, Place.INSTEAD), Place.INSTEAD)
    assert {step.channel for step in by_mail_alone(wished).messages} == {Channel.EMAIL}


@pytest.mark.parametrize(
    ("chosen", "kept"),
    [
        (SendingHours(6, 23), (8, 21)),
        (SendingHours(9, 20, weekends=False), (9, 20)),
        (SendingHours(21, 24), (8, 21)),
        (SendingHours(0, 8), (8, 21)),
    ],
)
def test_a_text_message_keeps_to_the_hours_that_laws_allow_and_a_mail_to_those_that_were_chosen(chosen, kept):
    rules = replace(RECOVER, sending=chosen)
    hours = rules.hours_of(Channel.SMS)
    assert ((hours.opens, hours.closes), hours.weekends) == (kept, chosen.weekends)
    assert rules.hours_of(Channel.EMAIL) == chosen

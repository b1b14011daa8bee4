"""The checks before a text is saved: what is untrue somewhere stops it, and our own texts pass in every language."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tideover.core.catalogue import Channel, Template
from tideover.messages.languages import all_languages, spoken_in
from tideover.messages.own.checks import found, stopping
from tideover.messages.own.claims import AGAIN, LAST
from tideover.messages.own.content import Block, Content, Kind, checked, from_json, read, to_json, written
from tideover.messages.own.ours import ours

EN, MAIL, SMS = spoken_in("en"), Channel.EMAIL, Channel.SMS
GOOD = Content(
    (Block(Kind.TEXT, "Hello {{ name | default: 'there' }},"), Block(Kind.BUTTON, "Pay")),
    "Your payment",
    "Open",
    "Open",
)
# Sentences that are true in some cases only, and how they are true.
AGAIN_IN = {
    "de": "Wir versuchen es noch einmal.",
    "en": "We will try the payment again in a few days.",
    "es": "Volveremos a intentarlo en unos días.",
    "fr": "La prochaine tentative aura lieu bientôt.",
    "it": "Faremo un nuovo tentativo tra qualche giorno.",
    "nl": "De volgende poging is over een paar dagen.",
    "pl": "Spróbujemy ponownie za kilka dni.",
    "pt-BR": "Vamos tentar novamente em alguns dias.",
    "sv": "Vi försöker igen om några dagar.",
    "ja": "数日後に再度決済を行います。",
    "zh-Hans": "我们将在几天后再次尝试扣款。",
    "ar": "سنعيد محاولة الدفع بعد أيام.",
}  # fmt: skip


def says(content: Content, template: Template = Template.FAILED, language: str = "en", channel: Channel = MAIL):
    return found(checked(content, channel), spoken_in(language), channel, template)


def with_text(words: str) -> Content:
    return replace(GOOD, blocks=(Block(Kind.TEXT, words), *GOOD.blocks))


def test_a_good_text_has_nothing_said_about_it():
    assert says(GOOD) == []


@pytest.mark.parametrize("language", sorted(all_languages()))
def test_our_own_texts_pass_and_come_back_from_their_files(language):
    spoken = spoken_in(language)
    for channel in Channel:
        for template in (
            Template.FAILED,
            Template.FINAL,
            Template.PART_MISSED,
            Template.STOPPED,
            Template.AUTHENTICATE,
        ):
            text = checked(ours(spoken, channel, template), channel)
            assert stopping(found(text, spoken, channel, template)) == [], (channel, template)
            assert read(written(text, channel), channel) == text
            assert from_json(to_json(text)) == text


@pytest.mark.parametrize("language", sorted(AGAIN_IN))
def test_that_it_is_tried_again_is_said_only_where_a_charge_is_planned(language):
    words = AGAIN_IN[language]
    untrue = stopping(says(with_text(words), language=language))
    assert [each.where for each in untrue] == ["block 1"]
    assert words[:9] in untrue[0].says
    assert stopping(says(with_text(f"{{% if next_charge_on %}}{words}{{% endif %}}"), language=language)) == []


def test_every_language_knows_its_claims():
    assert AGAIN.keys() == LAST.keys() == AGAIN_IN.keys() == all_languages()


def test_the_last_reminder_is_called_so_only_where_it_is_the_last():
    assert "not the last" in stopping(says(with_text("This is our last reminder.")))[0].says
    assert says(with_text("{% if last %}This is our last reminder.{% endif %}")) == []


def test_a_consequence_is_said_by_its_field():
    assert "{{ consequence }}" in stopping(says(with_text("Your subscription will be canceled.")))[0].says
    assert says(with_text("{% if consequence %}It will be {{ consequence }}.{% endif %}")) == []


def test_each_untrue_sentence_is_told_once_with_its_words():
    (only,) = stopping(says(with_text("Hello. We will charge your card again at 9.30. Thank you.")))
    assert "“We will charge your card again at 9.30.”" in only.says


def test_a_mail_leads_to_the_payment_page():
    no_button = replace(GOOD, blocks=GOOD.blocks[:1])
    assert [each.where for each in stopping(says(no_button))] == ["blocks"]
    by_field = replace(GOOD, blocks=(Block(Kind.TEXT, "Here: {% if page %}{{ page }}{% endif %}"),))
    assert stopping(says(by_field)) == []


def test_a_text_message_has_its_link_and_the_way_out_and_tells_its_parts():
    text = Content((Block(Kind.TEXT, "{{ merchant }}: please pay."),))
    assert len(stopping(says(text, channel=SMS))) == 2
    whole = Content((Block(Kind.TEXT, "{{ merchant }}: pay here: {{ page }} Reply STOP to opt out"),))
    assert says(whole, channel=SMS) == []
    long = Content((Block(Kind.TEXT, whole.blocks[0].words + " and more" * 12),))
    (hint,) = says(long, channel=SMS)
    assert "2 parts" in hint.says
    assert not hint.stops


def test_what_is_a_matter_of_taste_is_a_hint():
    hints = says(
        replace(with_text("Hello!"), subject="A subject that goes on and on, far beyond what a phone shows of it")
    )
    assert [(each.where, each.stops) for each in hints] == [("block 1", False), ("subject", False)]


def test_a_line_that_is_empty_somewhere_is_a_problem():
    (problem,) = stopping(says(replace(GOOD, subject="{% if next_charge_on %}Soon{% endif %}")))
    assert problem.where == "subject"
    assert "else" in problem.says

"""What no draft may say: hostile answers, each refused by the rule that is meant, and good ones that pass."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rooms.messages.drafts.answers import GOOD, answer, of_ours
from tideover.core.catalogue import Channel, Template
from tideover.core.tongues import Tongue
from tideover.messages.drafts.asking import CHECKS, judge
from tideover.messages.drafts.forbidden import WHY, WITHOUT_BLANKS, WORDS, Rule
from tideover.messages.drafts.inventions import invented, said
from tideover.messages.languages import spoken_in
from tideover.messages.own.ours import ours
from tideover.messages.own.rows import Which

# In which language something is slipped in, what, and the rule that names it.
HOSTILE = [
    ("en", "Pay now and get a discount.", Rule.OFFER),
    ("en", "We have waived the fee for you.", Rule.OFFER),
    ("en", "Use the coupon WELCOME.", Rule.OFFER),
    ("en", "The next month is free.", Rule.OFFER),
    ("en", "We will refund what you paid.", Rule.OFFER),
    ("en", "Here is a dis{% if name %}{% endif %}count.", Rule.OFFER),
    ("en", "Here is a dis-count for you.", Rule.OFFER),
    ("en", "Here is a ｄｉｓｃｏｕｎｔ for you.", Rule.OFFER),  # noqa: RUF001
    ("en", "Here is a díscóunt for you.", Rule.OFFER),
    ("en", "Here is a d i s c o u n t.", Rule.SPELLED),
    ("en", "Here is a d.i.s.c.o.u.n.t for you.", Rule.SPELLED),
    ("en", "Otherwise we go to court.", Rule.THREAT),
    ("en", "Our lawyers will be in touch.", Rule.THREAT),
    ("en", "This goes to collections.", Rule.THREAT),
    ("en", "It will hurt your credit score.", Rule.THREAT),
    ("en", "The police will hear of it.", Rule.THREAT),
    ("en", "You will be blacklisted.", Rule.THREAT),
    ("en", "There will be consequences.", Rule.THREAT),
    ("en", "A late fee will be added.", Rule.THREAT),
    ("en", "Act now, time is running out.", Rule.HASTE),
    ("en", "Pay immediately.", Rule.HASTE),
    ("en", "Hurry.", Rule.HASTE),
    ("en", "We guarantee that nothing changes.", Rule.PROMISE),
    ("en", "We promise to keep your price.", Rule.PROMISE),
    ("en", "You keep it for life.", Rule.PROMISE),
    ("en", "It is 20 for you.", Rule.NUMBER),
    ("en", "It is ２０ for you.", Rule.NUMBER),  # noqa: RUF001
    ("en", "It is ½ for you.", Rule.NUMBER),
    ("en", "It is ② for you.", Rule.NUMBER),
    ("en", "It is ٢٠ for you.", Rule.NUMBER),
    ("en", "Pay only half of the amount.", Rule.MONEY),
    ("en", "It is in € today.", Rule.MONEY),
    ("en", "Ten dollars are open.", Rule.MONEY),
    ("en", "Ten percent are open.", Rule.MONEY),
    ("en", "It is ٪ of it.", Rule.MONEY),
    ("en", "Pay by Friday.", Rule.DAY),
    ("en", "It was in December.", Rule.DAY),
    ("en", "It was in May already.", Rule.DAY),
    ("en", "We try it tomorrow.", Rule.DAY),
    ("en", "You have three days.", Rule.DAY),
    ("en", "Go to https://evil.example/pay here.", Rule.LINK),
    ("en", "Go to evil.example here.", Rule.LINK),
    ("en", "Go to evil．example here.", Rule.LINK),  # noqa: RUF001
    ("en", "Go to evil。com here.", Rule.LINK),
    ("en", "Write to help@evil.example for it.", Rule.LINK),
    ("en", "Go to evil dot com for it.", Rule.LINK),
    ("en", "Go to pаypal for it.", Rule.SCRIPT),  # a Cyrillic a  # noqa: RUF001
    ("en", "Go to αpple for it.", Rule.SCRIPT),  # noqa: RUF001
    ("en", "请付款。", Rule.SCRIPT),
    ("en", "It is fr\u200bee.", Rule.HIDDEN),
    ("en", "It is fr\u00adee.", Rule.HIDDEN),
    ("en", "It is \u202eeerf.", CHECKS),
    ("en", "<script>alert(name)</script>", Rule.MARKUP),
    ("en", "<a href='x'>here</a>", Rule.MARKUP),
    ("en", "[here](page)", Rule.MARKUP),
    ("en", "**Now**", Rule.MARKUP),
    ("en", "&#104;ello", Rule.MARKUP),
    ("en", "javascript:alert", Rule.MARKUP),
    ("en", "{% for a in name %}{{ a }}{% endfor %}", Rule.FIELDS),
    ("en", "{{ 'half price' }}", Rule.FIELDS),
    ("en", "{{ plan | default: 'half price' }}", Rule.FIELDS),
    ("en", "{{ name.__class__ }}", Rule.FIELDS),
    ("en", "{% assign a = 'x' %}", Rule.FIELDS),
    ("en", "{% include '../../config' %}", Rule.FIELDS),
    ("en", "{{ api_key }}", CHECKS),
    ("en", "You failed to pay.", CHECKS),
    ("en", "Your card was stolen.", CHECKS),
    ("en", "We will try again soon.", CHECKS),
    ("en", "This is the last reminder.", CHECKS),
    ("en", "Thank you!", CHECKS),
    ("en", "Ihre Zahlung ist nicht da, und wir haben die Daten mit der Karte für Sie zu dem Konto von Ihnen.", Rule.LANGUAGE),
    ("de", "Sie bekommen einen Rabatt.", Rule.OFFER),
    ("de", "Das ist für Sie kostenlos.", Rule.OFFER),
    ("de", "Sonst geht es vor Gericht.", Rule.THREAT),
    ("de", "Das Inkassobüro meldet sich.", Rule.THREAT),
    ("de", "Handeln Sie sofort.", Rule.HASTE),
    ("de", "Das garantieren wir.", Rule.PROMISE),
    ("de", "Zahlen Sie bis Freitag.", Rule.DAY),
    ("de", "Es sind zehn Euro.", Rule.MONEY),
    ("de", "Here is a discount.", Rule.OFFER),
    ("fr", "Profitez d'une remise.", Rule.OFFER),
    ("fr", "Un huissier viendra.", Rule.THREAT),
    ("fr", "Payez immédiatement.", Rule.HASTE),
    ("fr", "Payez avant vendredi.", Rule.DAY),
    ("es", "Tienes un descuento.", Rule.OFFER),
    ("es", "Iremos a un tribunal.", Rule.THREAT),
    ("es", "Paga antes del martes.", Rule.DAY),
    ("es", "Lo garantizamos.", Rule.PROMISE),
    ("ja", "割引があります。", Rule.OFFER),
    ("ja", "法的措置を取ります。", Rule.THREAT),
    ("ja", "今すぐお願いします。", Rule.HASTE),
    ("ja", "千円です。", Rule.MONEY),
    ("ja", "月曜日までにお願いします。", Rule.DAY),
    ("zh-Hans", "您可以享受折扣。", Rule.OFFER),
    ("zh-Hans", "否则我们将向法院起诉。", Rule.THREAT),
    ("zh-Hans", "请立即付款。", Rule.HASTE),
    ("zh-Hans", "请在明天之前付款。", Rule.DAY),
    ("zh-Hans", "です", Rule.SCRIPT),
    ("ar", "لديك تخفيض.", Rule.OFFER),
    ("ar", "سنذهب إلى محكمة.", Rule.THREAT),
    ("ar", "نضمن ذلك.", Rule.PROMISE),
    ("ar", "المبلغ عشرون دولار.", Rule.MONEY),
]  # fmt: skip


def which(language: str) -> Which:
    return Which(Template.FAILED, Channel.EMAIL, language)


@pytest.mark.parametrize(("language", "slipped", "rule"), HOSTILE)
def test_a_hostile_answer_is_refused_by_the_rule_that_is_meant(language, slipped, rule):
    judged = judge(answer(language, slipped), which(language))

    assert rule in {each.rule for each in judged.objections}


@pytest.mark.parametrize("language", sorted(GOOD))
def test_a_good_answer_passes(language):
    assert judge(answer(language), which(language)).objections == []


@pytest.mark.parametrize("language", sorted(Tongue))
def test_our_own_text_would_pass_as_a_draft(language):
    assert judge(of_ours(language), which(language)).objections == []


@pytest.mark.parametrize("language", sorted(Tongue))
def test_no_rule_is_so_broad_that_it_refuses_a_text_of_ours(language):
    spoken = spoken_in(language)

    refused = {
        (channel, template): found
        for channel in Channel
        for template in Template
        if (found := invented(ours(spoken, channel, template), spoken, channel, template))
    }

    assert refused == {}


# Words of ours that a draft may use only where ours of the same kind does.
ONLY_THERE = {("ja", "今すく"), ("ja", "至急"), ("nl", "rente"), ("pt-BR", "juros")} | {
    ("es", "oferta"),
    ("it", "offerta"),
    ("ja", "特典"),
    ("pt-BR", "oferta"),
    ("sv", "erbjudande"),
    ("zh-Hans", "优惠"),
}


@pytest.mark.parametrize("language", sorted(Tongue))
def test_hardly_a_word_of_ours_is_forbidden_at_all(language):
    spoken = spoken_in(language)
    words = [words for c in Channel for t in Template for _, words in ours(spoken, c, t).places(c)]

    hits = {hit for each in words for rule, hit in said(each, language) if rule != Rule.NUMBER}

    assert hits == {word for code, word in ONLY_THERE if code == language}


def test_each_language_has_words_for_each_rule_of_words():
    of_words = {Rule.OFFER, Rule.THREAT, Rule.HASTE, Rule.PROMISE, Rule.MONEY, Rule.DAY}

    assert {language: set(words) for language, words in WORDS.items()} == {each.value: of_words for each in Tongue}
    assert set(WITHOUT_BLANKS) < set(WORDS)
    assert set(WHY) == set(Rule)


@pytest.mark.parametrize("language", sorted({*GOOD} - {"en"}))
def test_a_text_in_english_is_none_in_another_language(language):
    rules = {each.rule for each in judge(answer("en"), which(language)).objections}

    assert Rule.LANGUAGE in rules


def test_a_draft_has_no_image_and_not_more_blocks_than_ours():
    good = answer()

    with_image = replace(good, blocks=(*good.blocks, ("image", "")))
    with_many = replace(good, blocks=(*good.blocks, *[("divider", "")] * 10))
    with_odd = replace(good, blocks=(*good.blocks, ("iframe", "x")))

    for each in (with_image, with_many, with_odd):
        assert {told.rule for told in judge(each, which("en")).objections} == {Rule.BLOCKS}


def test_a_draft_is_not_longer_than_twice_our_text():
    good = answer()
    long = replace(good, blocks=(*good.blocks, *[("text", "All is as it should be. " * 100)] * 3))

    assert {told.rule for told in judge(long, which("en")).objections} == {Rule.LENGTH}


def test_what_our_own_text_of_the_kind_says_may_be_said():
    spoken = spoken_in("en")
    thirty_days = "It works for 30 days."
    there, elsewhere = (
        replace(ours(spoken, Channel.EMAIL, template), subject=thirty_days)
        for template in (Template.NEW_LINK, Template.FAILED)
    )

    assert invented(there, spoken, Channel.EMAIL, Template.NEW_LINK) == []
    assert [each.rule for each in invented(elsewhere, spoken, Channel.EMAIL, Template.FAILED)] == [Rule.NUMBER]


@pytest.mark.parametrize("odd", ["", "\0", "{{", "{% if %}", "[text]", "x" * 5000])
def test_an_odd_answer_is_refused_and_breaks_nothing(odd):
    judged = judge(replace(answer(), subject=odd), which("en"))

    assert judged.objections


def test_a_text_message_needs_its_link_and_its_way_out():
    sms = Which(Template.FAILED, Channel.SMS, "en")
    without = replace(answer(), blocks=(("text", "{{ merchant }}: your payment is open."),))

    assert {each.rule for each in judge(without, sms).objections} == {CHECKS}
    assert judge(of_ours("en", Channel.SMS), sms).objections == []

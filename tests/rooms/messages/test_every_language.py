"""Every language that there are texts in: whole, in its own words alone, and true, in the mails as on the pay page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from html import unescape
from itertools import islice, product
from typing import Final

import pytest

from tests.factories import NOW, make_case, make_connection, make_message, make_project
from tests.rooms.customer.made_up import read_of
from tests.rooms.messages.situations import situations
from tideover.core.catalogue import TEMPLATES, Template
from tideover.core.declines import OF_CHARGES, Family, Reason
from tideover.core.methods import Means
from tideover.core.money import Money
from tideover.core.tongues import Tongue
from tideover.core.ways.doors import Door
from tideover.core.words.characters import width
from tideover.messages.channels import compose
from tideover.messages.channels.way import Composed
from tideover.messages.examples import CONSEQUENCES, EXAMPLE, IN_PARTS
from tideover.messages.keyed import token_hash
from tideover.messages.languages import filled_lines, languages, named, spoken_in
from tideover.messages.lint import OURS, TAG
from tideover.messages.wording import Wording, facts
from tideover.recovery.links import make_link

OTHERS: Final = sorted(languages(OURS) - {"en"})
# Situations of a kind of message from one that is composed to the next: what they are made of takes turns.
APART: Final = 293
OF_ANY_METHOD: Final = [template for template in Template if not TEMPLATES[template].ahead]
ENGLISH: Final = re.compile(r"\b(you|your|the|please|payment|paid|invoice|this|with|not|day)\b", re.IGNORECASE)
NAMES: Final = re.compile(r"Pro plan|Harbor Analytics|https?://\S+|\S+@\S+")
# What is said of a card alone, and of a subscription alone.
A_CARD: Final[Mapping[str, str]] = {
    "ar": "بطاق",
    "de": r"\w*[Kk]arten?\b",
    "es": r"\btarjetas?\b",
    "fr": r"\bcartes?\b",
    "it": r"\bcart[ae]\b",
    "ja": "カード",
    "nl": r"\bkaart\w*|\w*kaart\b",
    "pl": r"\bkart\w*",
    "pt-BR": r"\bcart(ão|ões)\b",
    "sv": r"\bkort\w*",
    "zh-Hans": "卡",
}
A_SUBSCRIPTION: Final[Mapping[str, str]] = {
    "ar": "اشتراك",
    "de": r"\bAbo",
    "es": r"suscripci",
    "fr": r"abonnement",
    "it": r"abbonament",
    "ja": "サブスクリプション",
    "nl": r"abonnement",
    "pl": r"subskrypcj|abonament",
    "pt-BR": r"assinatura",
    "sv": r"abonnemang|prenumeration",
    "zh-Hans": "订阅",
}


def read(composed: Composed) -> str:
    return f"{composed.subject}\n{composed.preheader}\n{composed.text}"


def words_of(wording: Wording) -> str:
    """What is chosen in the texts, without what stands around it."""
    language = spoken_in(wording.locale)
    text = language.text(wording.channel, wording.template, facts(wording, language))
    return NAMES.sub("", "\n".join((*text.lines.values(), *text.paragraphs)))


def met(template: Template, language: str) -> Iterator[Wording]:
    """Situations of a kind of message, no two in a row alike; of a plan with its parts as well."""
    yield from islice(situations(template, locale=language), list(Template).index(template), None, APART)


def english_in(text: str) -> list[str]:
    return ENGLISH.findall(NAMES.sub("", unescape(text)))


def test_every_language_has_its_words_here_and_its_place_among_the_languages():
    assert languages(OURS) == set(Tongue)
    assert set(OTHERS) == set(A_CARD) == set(A_SUBSCRIPTION)


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("template", Template)
def test_a_mail_is_whole_and_in_its_language(template, language):
    direction = spoken_in(language).direction
    for wording in met(template, language):
        composed = compose(wording)
        assert f'lang="{language}" dir="{direction}"' in composed.html
        assert width(composed.subject) < 60, composed.subject
        assert composed.text.count(wording.unsubscribe_url) == composed.html.count(wording.unsubscribe_url) == 1
        assert composed.text.count(wording.update_url or "no address") == (1 if wording.update_url else 0)
        assert english_in(read(composed)) == [], read(composed)
        assert not re.search(r"  |\s[,.]|\.\.|{|}", composed.text.partition("\n--\n")[0]), composed.text


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("template", Template)
def test_html_and_plain_text_say_the_same_in_every_language(template, language):
    parts = IN_PARTS[0].parts if TEMPLATES[template].of_plan else None
    composed = compose(replace(EXAMPLE, template=template, locale=language, psychology=True, parts=parts))
    html = " ".join(unescape(re.sub(r"<[^>]+>", " ", composed.html)).split())
    for paragraph in composed.text.partition("\n--\n")[0].split("\n\n"):
        if "https://" not in paragraph and "\n" not in paragraph:  # the facts stand a line each
            assert " ".join(paragraph.split()) in html


@pytest.mark.parametrize("language", OTHERS)
def test_amounts_and_days_are_written_as_the_language_writes_them(language):
    said = spoken_in(language)
    for money in (Money(129900, "eur"), Money(9900, "jpy"), Money(99, "usd")):
        composed = compose(replace(EXAMPLE, amount=money, locale=language))
        assert said.amount(money) in composed.subject
        assert f"{said.colon}{said.apart(said.amount(money))}\n" in composed.text
    assert said.day(EXAMPLE.failed_on) in compose(replace(EXAMPLE, locale=language)).text


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("template", OF_ANY_METHOD)
def test_no_mail_says_an_untrue_word_in_any_language(template, language):
    by_debit = {"card_brand": "sepa_debit", "card_last4": "6789", "means": Means.BANK_ACCOUNT}
    by_paypal = {"card_brand": "paypal", "card_last4": "", "means": Means.PAYPAL}
    nothing = {"card_brand": "", "card_last4": "", "means": Means.NONE, "reason": Reason.NO_METHOD}
    for wording, so, single in product(met(template, language), (by_debit, by_paypal, nothing), (True, False)):
        text = words_of(replace(wording, also=(), **so, is_subscription=not single))
        assert not re.search(A_CARD[language], text), text
        assert not (single and re.search(A_SUBSCRIPTION[language], text)), text


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("template", Template)
def test_no_consequence_is_threatened_that_nobody_has_stated_in_any_language(template, language):
    words = [
        spoken_in(language).say("words", f"consequence.{stated}") for stated in ("paused", "canceled", "suspended")
    ]
    for wording in met(template, language):
        text = words_of(replace(wording, **CONSEQUENCES[0]))
        assert [word for word in words if re.search(rf"\b{re.escape(word)}\b", text)] == [], text


@pytest.mark.parametrize("language", OTHERS)
def test_no_line_was_left_in_english(language):
    for path in sorted((OURS / language).glob("*.liquid")):
        for number, line in filled_lines(path.read_text("utf-8")):
            _, words = named(line)
            assert english_in(TAG.sub("", words)) == [], f"{path}:{number}: {line}"


@pytest.mark.parametrize("language", OTHERS)
def test_every_reason_and_what_helps_is_a_sentence_for_every_method(language):
    said = spoken_in(language)
    for means in Means:
        method = said.say("words", f"method.{Means.OTHER if means == Means.NONE else means}")
        lines = said.lines("words", means=str(means), method=method)
        for sentence in [lines[f"reason.{reason}"] for reason in Reason] + [lines[f"helps.{of}"] for of in OF_CHARGES]:
            assert sentence[-1] in ".。", sentence
            assert not re.search(r"  |\s[.,]", sentence), sentence
            assert means == Means.CARD or not re.search(A_CARD[language], sentence), sentence


@pytest.mark.parametrize("language", OTHERS)
def test_every_door_is_told_of_in_true_words_for_every_method_and_failure(language):
    for means, family, promised in product(Means, Family, (True, False)):
        card = "Visa •••• 4242" if means == Means.CARD else ""
        fields = {"means": str(means), "family": str(family), "card": card, "promised": promised, "amount": "7"}
        lines = spoken_in(language).lines("page", **fields)
        said = [lines["card"], *(lines[f"{line}.{door}"] for line in ("door", "door_says") for door in Door)]
        assert [text for text in said if not text or english_in(text) or "  " in text] == []
        assert means == Means.CARD or [text for text in said if re.search(A_CARD[language], text)] == []


@pytest.mark.django_db
@pytest.mark.parametrize("language", OTHERS)
def test_the_pay_page_and_the_way_out_are_in_the_language_of_the_customer(client, language):
    project = make_project(brand_name="Pro plan", support_email="help@acme.example", plans_enabled=True)
    connection = make_connection(project, publishable_key="pk_test_alice")
    case = make_case(connection, locale=language, description="Pro plan", customer_name="", opened_at=NOW)
    make_message(case, locale=language, unsubscribe_hash=token_hash("theirs"))
    for address in (f"/c/{make_link(case, message_id=None, now=NOW)}", "/u/theirs"):
        page = client.get(address).content.decode()
        assert f'<html lang="{language}" dir="{spoken_in(language).direction}">' in page
        assert english_in(read_of(page)) == [], read_of(page)

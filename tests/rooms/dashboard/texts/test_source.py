"""The source of a text: the same text as one, to and fro without a word lost, with the same checks, by their lines."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.people import colleague
from tests.rooms.dashboard.texts.test_texts import EDIT, PREVIEW, fields, saved, typed
from tideover.core.catalogue import Channel
from tideover.messages.models import TextVersion
from tideover.messages.own.content import Block, Content, Kind, begins, understood, written
from tideover.tenants.roles import Role

pytestmark = pytest.mark.django_db
SOURCE = re.compile(r'<textarea id="id_source"[^>]*>\n(.*?)</textarea>', re.DOTALL)
OURS = """subject: About {{ amount }}
preheader: It takes a minute
heading: About your payment

[text]
Hello,

[button] Update payment details

[facts]
"""


def source_of(page):
    return unescape(SOURCE.search(page)[1])


def sent(browser, source, do, base="0"):
    return browser.post(EDIT, {"source": source, "base": base, "do": do})


def test_blocks_become_a_source_and_a_source_blocks_without_a_word_lost(alice):
    browser = alice.browser()
    form = {**typed(browser), "subject": "Half a <b>thought"}
    source = source_of(browser.post(EDIT, {**form, "do": "source"}).content.decode())
    assert source.startswith("subject: Half a <b>thought\npreheader: ")
    assert fields(sent(browser, source, "blocks").content.decode()) == form
    assert not TextVersion.objects.exists()


def test_a_source_is_saved_as_the_version_that_its_blocks_would_be(alice):
    browser = alice.browser()
    assert sent(browser, OURS.replace("\n", "\r\n"), "save").status_code == 302
    kinds = [Kind.TEXT, Kind.BUTTON, Kind.FACTS]
    assert ([block.kind for block in saved().blocks], saved().subject) == (kinds, "About {{ amount }}")
    page = browser.get(f"{EDIT}&as=source").content.decode()
    assert source_of(page) == OURS
    assert 'name="base" value="1"' in page


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("heading:", "headline:", "Line 3: Before the first block stand subject, preheader, heading"),
        ("[facts]", "[facts]\n\n[text]\nWe will try again soon.", "Line 12: Untrue in some cases"),
        ("Hello,", "Hello {{ nam }},", "Line 5: There is no field 'nam'"),
        ("About {{ amount }}", "About {{ amount", "Line 1: "),
        ("[text]\nHello,", "[text]", "Line 5: Nothing is written here."),
        ("[text]\nHello,", "[poem]\nHello,", "Line 5: There is no block '[poem]'"),
        ("[button] Update payment details\n\n", "", "Blocks: Nothing leads to the payment page"),
    ],
)
def test_a_problem_names_its_line_and_what_was_typed_stays(alice, before, after, says):
    source = OURS.replace(before, after)
    assert source != OURS
    answer = sent(alice.browser(), source, "save")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert says in unescape(page)
    assert source_of(page) == source
    assert not TextVersion.objects.exists()


def test_what_is_no_source_yet_stays_one_and_its_preview_says_why(alice):
    browser, broken = alice.browser(), OURS.replace("heading:", "headline:")
    assert source_of(sent(browser, broken, "blocks").content.decode()) == broken
    shown = browser.post(PREVIEW, {"source": broken}).content.decode()
    assert "This cannot be shown yet" in shown
    assert "Line 3" in shown
    assert "It takes a minute" in browser.post(PREVIEW, {"source": OURS, "look": "inbox"}).content.decode()


def test_a_text_message_has_a_source_too(alice):
    address = EDIT.replace("email", "sms")
    browser = alice.browser()
    page = browser.get(f"{address}&as=source").content.decode()
    assert source_of(page).startswith("[text]\n")
    assert "subject:" not in page
    assert browser.post(address, {"source": "subject: Pay\n\n[text]\nPay", "do": "save"}).status_code == 422


@pytest.mark.parametrize("role", [Role.ANALYST, Role.SUPPORT])
def test_who_may_not_set_reads_the_source_and_saves_none(alice, role):
    browser = colleague("Dave", alice, role).browser()
    page = browser.get(f"{EDIT}&as=source").content.decode()
    assert source_of(page).startswith("subject: ")
    assert 'value="save"' not in page
    assert sent(browser, OURS, "save").status_code == 403


WORDS = some.text(some.characters(categories=("L", "N")), min_size=1, max_size=30)
BLOCKS = some.one_of(
    some.builds(Block, some.sampled_from([Kind.TEXT, Kind.BUTTON]), WORDS),
    some.builds(Block, some.sampled_from([Kind.FACTS, Kind.DIVIDER, Kind.IMAGE])),
)


@given(some.builds(Content, some.lists(BLOCKS, min_size=1, max_size=9).map(tuple), WORDS, WORDS, WORDS))
def test_any_text_is_the_same_after_it_was_a_source_and_each_part_is_where_it_says(content):
    source = written(content, Channel.EMAIL)
    assert understood(source, Channel.EMAIL) == content
    lines, where = source.splitlines(), begins(source)
    for number, block in enumerate(content.blocks, start=1):
        assert lines[where[f"block {number}"] - 1].startswith(f"[{block.kind}]")
    assert lines[where["heading"] - 1] == f"heading: {content.heading}"

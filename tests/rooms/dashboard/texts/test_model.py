"""The page of the model that drafts: set, tried and taken away; what is told to it stands there whole."""

from __future__ import annotations

import pytest

from tests.people import colleague
from tests.rooms.dashboard.texts.test_texts import text_of
from tests.rooms.language_model import speaking
from tests.rooms.messages.drafts.answers import answer
from tideover.config import config
from tideover.messages.drafts.account import account_of
from tideover.messages.drafts.rows import DraftAccount
from tideover.messages.models import TextVersion
from tideover.tenants.models import AuditEntry
from tideover.tenants.roles import Role

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]
PAGE, KEY = "/texts/drafts/", "a-key-that-nobody-knows-1234567890"


@pytest.fixture
def model(monkeypatch):
    monkeypatch.setattr(config(), "drafts_networks", "127.0.0.0/8")
    with speaking(answer()) as there:
        yield there


def typed(there, **said):
    plain = {"provider": "openai", "address": f"{there.address}/v1", "model": "small-1", "words": "Bicycles."}
    return {**plain, "secret": KEY, **said}


def test_it_is_set_and_its_key_is_never_shown(alice, model):
    browser = alice.browser()
    assert browser.post(PAGE, typed(model)).url == PAGE
    page = browser.get(PAGE).content.decode()
    assert "Saved: texts are drafted by small-1." in text_of(page)
    assert (account_of(alice.project).words, KEY in page) == ("Bicycles.", False)
    assert AuditEntry.objects.filter(what="drafting set").count() == 1


def test_an_empty_key_is_the_one_that_is_kept_but_for_another_address(alice, model):
    browser = alice.browser()
    browser.post(PAGE, typed(model))
    assert browser.post(PAGE, typed(model, secret="", model="small-2")).status_code == 302
    assert (account_of(alice.project).model, account_of(alice.project).secret) == ("small-2", KEY)
    moved = browser.post(PAGE, typed(model, secret="", address="https://127.0.0.1:1/v1"))
    assert (moved.status_code, "Type the key in" in moved.content.decode()) == (422, True)


def test_an_address_in_our_own_network_is_refused_where_the_operator_names_none(alice, model, monkeypatch):
    monkeypatch.setattr(config(), "drafts_networks", "")
    refused = alice.browser().post(PAGE, typed(model))
    assert (refused.status_code, "It leads into our own network" in text_of(refused.content.decode())) == (422, True)
    assert not DraftAccount.objects.exists()


def test_a_try_says_what_it_took_and_saves_nothing(alice, model):
    browser = alice.browser()
    browser.post(PAGE, typed(model))
    browser.post(f"{PAGE}try/")
    assert "Drafted by small-1, and not saved" in text_of(browser.get(PAGE).content.decode())
    model.answers = [answer("en", "Here is a discount.")]
    browser.post(PAGE, typed(model, words="Bicycles, and repairs."))
    browser.post(f"{PAGE}try/")
    assert "each answer was refused: “discount” offers something" in text_of(browser.get(PAGE).content.decode())
    assert not TextVersion.objects.exists()


def test_what_leaves_the_house_stands_there_with_the_merchants_own_words(alice, model):
    browser = alice.browser()
    browser.post(PAGE, typed(model))
    page = text_of(browser.get(PAGE).content.decode())
    assert "You know nobody's data" in page
    assert "Bicycles." in page.partition("<merchant>")[2]


def test_it_is_taken_away(alice, model):
    browser = alice.browser()
    browser.post(PAGE, typed(model))
    browser.post(f"{PAGE}off/")
    assert "Nothing is drafted any more." in text_of(browser.get(PAGE).content.decode())
    browser.post(f"{PAGE}off/")
    assert "No model was set." in text_of(browser.get(PAGE).content.decode())
    browser.post(f"{PAGE}try/")
    assert "No language model is set" in text_of(browser.get(PAGE).content.decode())


def test_who_only_reads_changes_nothing_and_mallory_sees_nothing(alice, mallory, model):
    alice.browser().post(PAGE, typed(model))
    reader = colleague("Dave", alice, Role.ANALYST).browser()
    assert (reader.get(PAGE).status_code, reader.post(f"{PAGE}off/").status_code) == (200, 403)
    assert "small-1" not in mallory.browser().get(PAGE).content.decode()
    assert account_of(alice.project)

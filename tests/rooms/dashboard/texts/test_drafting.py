"""A draft in the editor: asked for by a button, looked at by a person, saved as any text is."""

from __future__ import annotations

import pytest

from tests import factories as make
from tests.people import colleague
from tests.rooms.dashboard.texts.test_texts import EDIT, fields, text_of, typed
from tests.rooms.language_model import speaking
from tests.rooms.messages.drafts.answers import answer
from tideover.config import config
from tideover.gateways.drafting.drafter import Provider
from tideover.messages.drafts.account import Given, keep
from tideover.messages.drafts.rows import Draft
from tideover.messages.models import TextVersion
from tideover.tenants.roles import Role

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]
KEY = "a-key-that-nobody-knows-1234567890"
BUTTON = "Draft a text"


@pytest.fixture
def there(monkeypatch, alice):
    monkeypatch.setattr(config(), "drafts_networks", "127.0.0.0/8")
    with speaking(answer()) as model:
        given = Given(Provider.OPENAI, f"{model.address}/v1", "small-1", "Bicycles.", KEY)
        keep(alice.project, given, "alice@alpine.example", make.NOW)
        yield model


def drafted(browser, **said):
    return browser.post(EDIT, {**typed(browser), **said, "do": "draft"}).content.decode()


def test_without_a_model_the_button_says_where_to_set_one_and_loses_nothing(alice):
    page = drafted(alice.browser(), subject="Mine")
    assert "No language model is set, so nothing was drafted." in text_of(page)
    assert fields(page)["subject"] == "Mine"


def test_a_draft_fills_the_form_and_saves_nothing(alice, there):
    page = drafted(alice.browser())

    assert BUTTON in page
    assert fields(page)["subject"] == "Your payment of {{ amount }} is still open"
    assert "Drafted by small-1, and not saved: read it first. 900 tokens told, 210 answered." in text_of(page)
    assert (TextVersion.objects.count(), KEY in page) == (0, False)


def test_a_draft_that_is_saved_is_a_version_that_says_so(alice, there):
    browser = alice.browser()
    name = Draft.objects.get().public_id if (form := fields(drafted(browser))) else ""

    browser.post(EDIT, {**form, "note": "drafted by small-1", "drafted": name, "do": "save"})

    assert TextVersion.objects.get().note == "drafted by small-1"
    assert Draft.objects.get().state == "used"


def test_what_is_refused_leaves_the_form_as_it_was(alice, there):
    there.answers = [answer("en", "Here is a discount.")]
    browser = alice.browser()
    page = drafted(browser, subject="Mine")

    assert fields(page)["subject"] == "Mine"
    assert "small-1 was asked 3 times, and each answer was refused: “discount” offers something" in text_of(page)


def test_a_model_that_is_away_is_told_of(alice, there):
    there.status, there.body = 429, b"{}"

    assert "Nothing was drafted: it has no room for more at the moment" in text_of(drafted(alice.browser()))


def test_the_tone_of_the_preview_is_asked_for(alice, there):
    drafted(alice.browser(), tone="serious", psychology="on")

    assert (Draft.objects.get().tone, Draft.objects.get().psychology) == ("serious", True)


def test_who_only_reads_has_nothing_drafted(alice, there):
    reader = colleague("Dave", alice, Role.ANALYST)
    assert BUTTON not in reader.browser().get(EDIT).content.decode()
    assert reader.browser().post(EDIT, {"do": "draft"}).status_code == 403
    assert there.asked == []

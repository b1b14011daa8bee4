"""The page of the model that drafts: set, tried and taken away; what is told to it stands there whole."""

from __future__ import annotations

import csv
import io
import re
from html import unescape

import pytest

from tests import factories as make
from tests.people import colleague
from tests.rooms.dashboard.texts.test_texts import text_of
from tests.rooms.language_model import speaking
from tests.rooms.messages.drafts.answers import answer
from tideover import clock
from tideover.config import config
from tideover.core.catalogue import Channel, Template
from tideover.messages.drafts.account import account_of
from tideover.messages.drafts.asking import judge
from tideover.messages.drafts.rows import Draft, DraftAccount
from tideover.messages.models import TextVersion
from tideover.messages.own.content import to_json
from tideover.messages.own.rows import Which
from tideover.recovery.models import Case
from tideover.recovery.telling import coming as standing
from tideover.tenants.models import AuditEntry
from tideover.tenants.roles import Role

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]
FAILED = Which(Template.FAILED, Channel.EMAIL, "en")
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


def coming(alice, **values):
    """A message that is planned for tomorrow, with its draft."""
    case = make.make_case(make.make_connection(alice.project), locale="en", family="expired")
    make.make_action(case, step="message-1", do="message", template="failed", tone="friendly", due_at=clock.now())
    [wanted] = [each.wanted for each in standing.coming(alice.project, clock.now())]
    return Draft.objects.create(
        organization=alice.project.organization, project=alice.project, template="failed", channel="email",
        language="en", tone="friendly", step=1, heals="new_method", model="small-1",
        psychology=wanted.psychology, asked="h", made_at=clock.now(),
        **{"state": "proposed", "content": to_json(judge(answer(), FAILED).content), "times": 1,
           "tokens_in": 900, "tokens_out": 210, **values},
    )  # fmt: skip


def test_at_send_time_what_the_next_messages_say_stands_there_and_one_click_turns_a_draft_down(
    alice, model, django_assert_max_num_queries
):
    browser = alice.browser()
    browser.post(PAGE, typed(model, when="sending", tokens_a_day="5000"))
    draft = coming(alice)
    browser.get(PAGE)  # what was saved is told once
    with django_assert_max_num_queries(12):
        page = browser.get(PAGE).content.decode()
    said = text_of(page)
    assert "message 1, another payment method ends it" in said
    assert "1,110 of 5,000 tokens within 24 hours" in said
    [preview] = re.findall(r'<iframe[^>]* src="([^"]+)"', page)
    shown = browser.get(f"{unescape(preview)}&look=inbox").content.decode()
    assert "Your payment of $99.00 is still open" in text_of(shown)

    browser.post(f"{PAGE}ours/", {"draft": draft.public_id})

    said = text_of(browser.get(PAGE).content.decode())
    assert ("Ours: you turned the draft down" in said, "Use ours for this one" in said) == (True, False)


def test_a_refused_draft_is_told_with_its_reason(alice, model):
    browser = alice.browser()
    browser.post(PAGE, typed(model, when="sending", tokens_a_day="5000"))
    coming(alice, state="refused", objections=[{"where": "block 1", "rule": "offer", "says": "It offers something."}])
    said = text_of(browser.get(PAGE).content.decode())
    assert "Ours: the draft was refused It offers something." in said


def test_it_is_for_approval_unless_somebody_chooses_otherwise_and_again_at_once(alice, model):
    browser = alice.browser()
    browser.post(PAGE, typed(model))
    assert account_of(alice.project).at_send_since is None
    browser.post(PAGE, typed(model, when="sending", tokens_a_day="5000", secret=""))
    assert (account_of(alice.project).at_send_since is None, account_of(alice.project).tokens_a_day) == (False, 5000)
    assert "No message is planned within a day" in browser.get(PAGE).content.decode()
    browser.post(PAGE, typed(model, when="approval", tokens_a_day="5000", secret=""))
    assert account_of(alice.project).at_send_since is None
    assert browser.post(PAGE, typed(model, tokens_a_day="0", secret="")).status_code == 422


def test_it_is_stopped_at_once_also_where_the_model_cannot_be_reached_any_more(alice, model, monkeypatch):
    browser = alice.browser()
    browser.post(PAGE, typed(model, when="sending", tokens_a_day="5000"))
    monkeypatch.setattr(config(), "drafts_networks", "")
    browser.post(f"{PAGE}approval/")
    assert account_of(alice.project).at_send_since is None
    assert "A person approves each draft again." in text_of(browser.get(PAGE).content.decode())


def test_mallory_turns_down_no_draft_of_alices(alice, mallory, model):
    alice.browser().post(PAGE, typed(model, when="sending", tokens_a_day="5000"))
    draft = coming(alice)
    mallory.browser().post(f"{PAGE}ours/", {"draft": draft.public_id})
    draft.refresh_from_db()
    query = f"kind=failed&channel=email&language=en&draft={draft.public_id}"
    assert (draft.state, mallory.browser().get(f"/texts/preview/?{query}").status_code) == ("proposed", 404)


def test_case_message_and_export_name_the_draft_that_a_message_was_written_in(alice, model):
    browser = alice.browser()
    browser.post(PAGE, typed(model, when="sending", tokens_a_day="5000"))
    draft = coming(alice)
    case = Case.objects.get()
    message = make.make_message(case, draft=draft, at=clock.now())

    told = f"worded by a model ({draft.public_id})"

    assert told in text_of(browser.get(f"/cases/{case.public_id}/").content.decode())
    page = text_of(browser.get(f"/messages/{message.public_id}/").content.decode())
    assert ("worded by a model" in page, draft.public_id in page) == (True, True)
    body = b"".join(browser.get("/messages.csv?range=all").streaming_content).decode("utf-8-sig")
    [line] = csv.DictReader(io.StringIO(body))
    assert line["draft"] == draft.public_id
    assert "Messages sent in drafts nobody read 1" in text_of(browser.get(PAGE).content.decode())


def test_who_only_reads_changes_nothing_and_mallory_sees_nothing(alice, mallory, model):
    alice.browser().post(PAGE, typed(model))
    reader = colleague("Dave", alice, Role.ANALYST).browser()
    assert (reader.get(PAGE).status_code, reader.post(f"{PAGE}off/").status_code) == (200, 403)
    assert "small-1" not in mallory.browser().get(PAGE).content.decode()
    assert account_of(alice.project)

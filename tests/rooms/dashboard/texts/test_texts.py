"""The texts' pages: written, looked at, checked, saved, tried out and brought back; who only reads changes nothing."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests import factories as make
from tests.people import colleague
from tideover.messages.models import TextVersion
from tideover.messages.own.content import from_json
from tideover.tenants.roles import Role

pytestmark = pytest.mark.django_db
EDIT = "/texts/edit/?kind=failed&channel=email&language=en"
PREVIEW = EDIT.replace("edit", "preview")
VERSIONS = EDIT.replace("edit", "versions")
FIELD = re.compile(r'<textarea id="id_(subject|preheader|heading)"[^>]*>(.*?)</textarea>', re.DOTALL)
BLOCK = re.compile(
    r'<input type="hidden" name="block" value="(\w+)">(?:<div class="fld">.*?<textarea[^>]*>(.*?)</textarea>)?',
    re.DOTALL,
)


def typed(browser, address=EDIT):
    """The form as it stands on the page."""
    page = browser.get(address).content.decode()
    return fields(page)


def fields(page):
    blocks = BLOCK.findall(page)
    base = re.search(r'name="base" value="(\d+)"', page)[1]
    sent = {name: unescape(words) for name, words in FIELD.findall(page)}
    return {**sent, "base": base, "block": [kind for kind, _ in blocks], "words": [unescape(w) for _, w in blocks]}


def text_of(page):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def saved():
    return from_json(TextVersion.objects.latest("number").content)


def test_every_kind_is_listed_and_what_is_mine_is_called_so(alice):
    browser = alice.browser()
    assert "All of them are ours" in browser.get("/texts/").content.decode()
    browser.post(EDIT, {**typed(browser), "subject": "Mine", "do": "save"})
    page = text_of(browser.get("/texts/").content.decode())
    assert "1 of them is yours" in page
    assert "Yours: English" in page


def test_a_text_begins_with_ours_and_is_saved_as_a_version(alice):
    browser = alice.browser()
    form = typed(browser)
    assert form["block"][-3:] == ["button", "text", "facts"]
    answer = browser.post(EDIT, {**form, "subject": "About {{ amount }}", "note": "shorter", "do": "save"}, follow=True)
    page = text_of(answer.content.decode())
    assert "Version 1 is live for new cases" in page
    assert "Yours, version 1" in page
    row = TextVersion.objects.get()
    assert (row.project, row.note, row.made_by) == (alice.project, "shorter", alice.user.email)
    assert saved().subject == "About {{ amount }}"


def test_buttons_add_move_and_remove_blocks_without_saving(alice):
    browser = alice.browser()
    form = typed(browser)
    last = len(form["block"])
    added = fields(browser.post(EDIT, {**form, "do": "add-divider"}).content.decode())
    assert added["block"] == [*form["block"], "divider"]
    moved = fields(browser.post(EDIT, {**added, "do": f"up-{last + 1}"}).content.decode())
    assert moved["block"] == [*form["block"][:-1], "divider", "facts"]
    removed = fields(browser.post(EDIT, {**moved, "do": f"remove-{last}"}).content.decode())
    assert removed == form
    for odd in ("up-1", f"down-{last}", "remove-99", "up-x", "add-video", "fly-1"):
        assert fields(browser.post(EDIT, {**form, "do": odd}).content.decode()) == form
    assert not TextVersion.objects.exists()


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_saved(alice):
    browser = alice.browser()
    form = typed(browser)
    form["words"][0] = "We will try again in a few days."
    answer = browser.post(EDIT, {**form, "subject": "{{ ammount }}", "do": "save"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'id="id_subject_error"' in page
    assert "There is no field 'ammount'. Is it 'amount'?" in unescape(page)
    again = browser.post(EDIT, {**form, "do": "save"}).content.decode()
    assert 'id="id_block_1_error"' in again
    assert "Untrue in some cases" in again
    assert not TextVersion.objects.exists()


def test_a_hint_is_shown_and_stops_nothing(alice):
    browser = alice.browser()
    form = {**typed(browser), "heading": "Hello!"}
    assert "no exclamation marks" in browser.post(EDIT, {**form, "do": "check"}).content.decode()
    assert browser.post(EDIT, {**form, "do": "save"}).status_code == 302


def test_the_preview_shows_what_was_typed_in_every_look_and_runs_nothing(alice):
    browser = alice.browser()
    form = {**typed(browser), "subject": "About <b>{{ amount }}</b>", "situation": "known"}
    seen = {
        look: browser.post(PREVIEW, {**form, "look": look}) for look in ("desktop", "phone", "dark", "plain", "inbox")
    }
    for answer in seen.values():
        assert "sandbox" in answer["Content-Security-Policy"]
        assert "<b>$99.00" not in answer.content.decode()
    assert "@media all" in seen["dark"].content.decode()
    assert "@media all" not in seen["desktop"].content.decode()
    assert "About &lt;b&gt;$99.00" in seen["inbox"].content.decode()
    assert "Unsubscribe from payment emails" in seen["plain"].content.decode()
    broken = browser.post(PREVIEW, {**form, "subject": "{{ ammount }}"}).content.decode()
    assert "This cannot be shown yet" in broken


def test_the_preview_is_of_an_open_case_of_mine_and_of_nobody_elses(alice, mallory, case):
    make.make_action(case)
    browser = alice.browser()
    form = {**typed(browser), "subject": "Dear {{ name }}", "look": "inbox", "situation": case.public_id}
    assert case.customer_name in browser.get(EDIT).content.decode()
    assert "Northwind" in browser.post(PREVIEW, form).content.decode()
    assert "Northwind" not in mallory.browser().post(PREVIEW, form).content.decode()


def test_versions_tell_what_changed_and_come_back(alice):
    browser = alice.browser()
    browser.post(EDIT, {**typed(browser), "subject": "First", "do": "save"})
    browser.post(EDIT, {**typed(browser), "subject": "Second", "do": "save"})
    page = browser.get(VERSIONS).content.decode()
    assert "<del>First</del>" in page
    assert "<ins>Second</ins>" in page
    assert typed(browser, f"{EDIT}&from=1")["subject"] == "First"
    browser.post(VERSIONS, {"version": "1"})
    assert (saved().subject, TextVersion.objects.count()) == ("First", 3)
    browser.post(VERSIONS, {"version": "ours"})
    assert TextVersion.objects.latest("number").content is None
    assert "went through" not in typed(browser)["subject"]
    assert browser.get(f"{EDIT}&from=77").status_code == 404


def test_who_opened_it_before_somebody_else_saved_is_told(alice):
    browser = alice.browser()
    form = typed(browser)
    browser.post(EDIT, {**form, "subject": "First", "do": "save"})
    browser.post(EDIT, {**typed(browser), "subject": "Second", "do": "save"})
    late = browser.post(EDIT, {**form, "base": "1", "subject": "Late", "do": "save"})
    assert "Version 2 was saved by" in unescape(late.content.decode())
    assert saved().subject == "Second"
    browser.post(EDIT, {**fields(late.content.decode()), "do": "save"})
    assert saved().subject == "Late"


@pytest.mark.parametrize("role", [Role.ANALYST, Role.SUPPORT])
def test_who_may_not_set_looks_and_changes_nothing(alice, role):
    browser = colleague("Dave", alice, role).browser()
    page = browser.get(EDIT).content.decode()
    assert "Your role reads this page" in page
    assert 'value="save"' not in page
    assert browser.get(PREVIEW).status_code == 200
    assert browser.post(EDIT, {"subject": "x", "do": "save"}).status_code == 403
    assert browser.post(VERSIONS, {"version": "ours"}).status_code == 403


@pytest.mark.parametrize("query", ["kind=fax", "channel=fax", "language=tlh", "language=../en"])
def test_a_text_that_there_is_not_is_no_page(alice, query):
    assert alice.browser().get(f"/texts/edit/?{query}").status_code == 404
    assert alice.browser().get(f"/texts/preview/?{query}").status_code == 404


def test_a_text_message_is_one_text(alice):
    browser, address = alice.browser(), "/texts/edit/?kind=failed&channel=sms&language=en"
    form = typed(browser, address)
    assert form["block"] == ["text"]
    assert "STOP" in browser.post(address.replace("edit", "preview"), form).content.decode()
    assert browser.post(address, {**form, "words": ["Pay"], "do": "save"}).status_code == 422

"""A merchant edits a text in the browser, sees it before it is saved and in the next message, and takes ours back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

pytest.importorskip("playwright", reason="playwright is not installed (requirements/e2e.txt)")

from playwright.sync_api import expect

from tests import factories as make
from tideover.core.catalogue import Channel, Template
from tideover.messages.models import TextVersion
from tideover.messages.own.rows import Which, standing
from tideover.recovery.telling.rehearsal import rehearsed_alone, rendered

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FAILED = Which(Template.FAILED, Channel.EMAIL, "en")


def next_message(alice):
    """What somebody whose payment fails now is written."""
    now = TextVersion.objects.latest("number").at + timedelta(minutes=1)
    case = make.make_case(make.make_connection(alice.project), opened_at=now)
    row = rehearsed_alone(alice.project, case.pk, now)
    return rendered(row, replace(row.messages[0], template=FAILED.template))


def test_a_text_is_edited_previewed_saved_and_ours_comes_back(signed_in, alice):
    page = signed_in(alice)
    page.goto("/texts/")
    page.locator("a[href*='kind=failed'][href*='channel=email']").click()
    page.get_by_label("Subject").fill("About your {{ amount }}")
    page.get_by_label("Words of block 1").fill("Dear {{ name | default: 'customer' }},")
    page.get_by_role("button", name="Preview").click()
    expect(page.frame_locator("iframe[name=text-shown]").get_by_text("Dear Jane Doe,")).to_be_visible()
    page.get_by_role("button", name="Divider").click()
    expect(page.get_by_role("button", name="Divider, up")).to_be_visible()
    page.get_by_role("button", name="Save version 1").click()
    expect(page.get_by_text("Yours, version 1")).to_be_visible()
    assert next_message(alice).subject.endswith("About your $99.00")
    page.get_by_role("link", name="Versions").click()
    page.get_by_role("button", name="Back to ours").click()
    expect(page.get_by_text("Version 2 is live")).to_be_visible()
    assert standing(alice.project, FAILED) is None
    assert TextVersion.objects.count() == 2


def test_another_text_is_tried_seen_beside_the_first_and_used_for_all(signed_in, alice):
    page = signed_in(alice)
    page.goto("/texts/edit/?kind=failed&channel=email&language=en")
    page.get_by_role("textbox", name="Heading").fill("One click away")
    page.get_by_text("Try it beside the one in use").click()
    page.get_by_label("Paid counts within").fill("10")
    page.get_by_role("button", name="Begin the trial").click()
    expect(page.get_by_text("The trial has begun")).to_be_visible()
    expect(page.get_by_text("Not yet measurable")).to_be_visible()
    first, other = (page.frame_locator(f"iframe[title='The message in half {half}']") for half in "AB")
    expect(first.get_by_role("heading", name="Your payment did not go through")).to_be_visible()
    expect(other.get_by_role("heading", name="One click away")).to_be_visible()
    assert standing(alice.project, FAILED) is None
    page.get_by_role("button", name="Use B for all").click()
    expect(page.get_by_text("B is live for new cases")).to_be_visible()
    assert standing(alice.project, FAILED).content.heading == "One click away"
    page.get_by_role("link", name="All trials").click()
    expect(page.get_by_text("B is used for all, by")).to_be_visible()

"""The help in a real browser: accessible in every look, and wide enough for a phone."""

from __future__ import annotations

import pytest

pytest.importorskip("axe_playwright_python", reason="axe is not installed (requirements/e2e.txt)")

from playwright.sync_api import expect

from tests.browser.test_dashboard import LOOKS, named, violations
from tests.factories import NOW
from tideover.config import config
from tideover.upkeep.doctor import kept
from tideover.upkeep.doctor.findings import Finding, Level, Mend
from tideover.upkeep.models import Examination

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


FOUND = [
    Finding(
        "key",
        Level.BAD,
        "Stripe refuses the key",
        "Stripe says: Expired API Key. Since 2026-11-20 12:00 UTC. What comes due waits, and nothing is skipped.",
        "Acme Japan K.K. (live)",
        Mend("Replace the key", page="dashboard:connections"),
        {"jpy": 148_600, "usd": 9900},
    ),
    Finding(
        "domain",
        Level.WARN,
        "DMARC of acme.example: The domain does not say what is to be done with forged mail.",
        "There is no such record.",
        "acme.example",
        Mend('Publish a TXT record for _dmarc.acme.example: "v=DMARC1; p=none"'),
    ),
    Finding("reachable", Level.UNKNOWN, "Could not be looked at: our address can be reached", "it did not answer"),
    Finding(
        "others",
        Level.NOTE,
        "Stripe's own retries are at work",
        "38 tries in 12 cases within 30 days. They count against the networks' limits.",
        "Acme Analytics (live)",
        Mend("See what Stripe is set to do", link="https://dashboard.stripe.com/settings/billing/automatic"),
    ),
    Finding("failures", Level.NOTE, "No payment has failed yet", mend=Mend("Look", command="tideover demo")),
]


def examined(alice):
    Examination.objects.update_or_create(
        organization=alice.organization,
        defaults={"asked_at": NOW, "done_at": NOW, "found_at": NOW, "findings": [each.to_json() for each in FOUND]},
    )


@pytest.mark.parametrize("look", LOOKS, ids=named)
def test_the_help_is_accessible_and_fits(signed_in, alice, monkeypatch, look):
    monkeypatch.setattr(config(), "support_email", "help@operator.example")
    page = signed_in(alice, **look)
    page.goto("/help/doctor/")
    assert violations(page) == []
    examined(alice)
    for address in ("/help/", "/help/features/", "/help/doctor/", "/help/doctor/?for=no-mail"):
        page.goto(address)
        assert violations(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"], address


def test_doctor_is_asked_waited_for_and_answers_without_a_reload(signed_in, alice):
    page = signed_in(alice)
    page.goto("/help/doctor/")
    page.get_by_role("button", name="Look now").click()
    expect(page.get_by_text("are being asked")).to_be_visible()
    assert kept.is_asked()
    examined(alice)
    expect(page.get_by_role("heading", name="Stripe refuses the key")).to_be_visible()
    expect(page.get_by_text("are being asked")).to_have_count(0)
    page.get_by_role("link", name="Customers get no messages").click()
    expect(page.get_by_text("DMARC of acme.example").first).to_be_visible()
    expect(page.get_by_text("Stripe refuses the key")).to_have_count(0)

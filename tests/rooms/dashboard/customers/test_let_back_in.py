"""On the customer's page: who wanted no win-back letters gets them again, and it is kept who asked for that and how."""

from __future__ import annotations

import pytest

from tests import factories as make
from tests.factories import NOW
from tests.people import colleague, owner
from tideover.messages.models import LetBackIn, Suppression
from tideover.messages.suppression import WINBACK, suppress

pytestmark = pytest.mark.django_db
SAID = {"consent": "wrote", "why": "Her mail of Monday."}


@pytest.fixture
def who(alice):
    return make.make_customer(make.make_connection(alice.project), name="Lumen", email="pia@payer.example")


@pytest.fixture
def page(who):
    return f"/customers/{who.public_id}/let-back-in/"


@pytest.fixture
def out(who):
    for channel in ("email", WINBACK):
        suppress(who.organization, channel, who.email, Suppression.Reason.UNSUBSCRIBED, NOW)


def test_the_customers_page_leads_to_it_and_says_nothing_of_it_afterwards(alice, who, page, out):
    browser = alice.browser()
    assert page in browser.get(f"/customers/{who.public_id}/").content.decode()
    after = browser.post(page, SAID, follow=True).content.decode()
    assert "Lumen gets win-back letters again." in after
    assert page not in after


def test_it_is_kept_who_let_them_in_and_what_else_keeps_them_out_stays(alice, page, out):
    alice.browser().post(page, SAID)
    record = LetBackIn.objects.get()
    assert (record.channel, record.by, record.consent, record.why) == (WINBACK, alice.user.email, *SAID.values())
    assert Suppression.objects.get().channel == "email"


@pytest.mark.parametrize("missing", SAID)
def test_without_consent_or_its_words_nobody_is_let_in(alice, page, out, missing):
    assert alice.browser().post(page, {**SAID, missing: ""}).status_code == 422
    assert (LetBackIn.objects.count(), Suppression.objects.count()) == (0, 2)


def test_who_only_reads_sees_why_and_lets_nobody_in(alice, who, page, out):
    reader = colleague("Carol", alice, "analyst").browser()
    assert page not in reader.get(f"/customers/{who.public_id}/").content.decode()
    assert reader.post(page, SAID).status_code == 403


def test_mallory_lets_nobody_in(page, out):
    assert owner("Mallory", "Umbrella").browser().post(page, SAID).status_code == 404
    assert not LetBackIn.objects.exists()


def test_where_nothing_keeps_them_out_there_is_nothing_to_do(alice, page):
    for answer in (alice.browser().get(page), alice.browser().post(page, SAID)):
        assert "Nothing keeps pia@payer.example from getting win-back letters alone." in answer.content.decode()
    assert not LetBackIn.objects.exists()

"""On the case's page: who had opted out is written to again, and it is kept who asked for that and how."""

from __future__ import annotations

import pytest

from tests.factories import NOW
from tests.people import colleague
from tideover.messages.models import LetBackIn, Suppression
from tideover.messages.suppression import suppress

pytestmark = pytest.mark.django_db
SAID = {"consent": "said", "why": "She called on Monday."}


@pytest.fixture
def page(case):
    return f"/cases/{case.public_id}/let-back-in/"


@pytest.fixture
def out(case):
    suppress(case.organization, "email", case.customer_email, Suppression.Reason.UNSUBSCRIBED, NOW)


def test_the_case_tells_that_its_customer_is_kept_out_and_leads_to_the_way_back(alice, case, page, out):
    shown = alice.browser().get(f"/cases/{case.public_id}/").content.decode()
    assert "they unsubscribed" in shown
    assert page in shown


def test_it_is_kept_who_let_them_in_and_the_case_says_nothing_any_more(alice, case, page, out):
    answer = alice.browser().post(page, SAID, follow=True)
    assert "is written to again" in answer.content.decode()
    assert page not in answer.content.decode()
    record = LetBackIn.objects.get()
    assert (record.by, record.consent, record.why) == (alice.user.email, "said", SAID["why"])


@pytest.mark.parametrize("missing", SAID)
def test_without_consent_or_its_words_nobody_is_let_in(alice, page, out, missing):
    assert alice.browser().post(page, {**SAID, missing: ""}).status_code == 422
    assert (LetBackIn.objects.count(), Suppression.objects.count()) == (0, 1)


def test_who_only_reads_sees_why_and_lets_nobody_in(alice, case, page, out):
    reader = colleague("Carol", alice, "analyst").browser()
    shown = reader.get(f"/cases/{case.public_id}/").content.decode()
    assert "they unsubscribed" in shown
    assert page not in shown
    assert reader.post(page, SAID).status_code == 403


def test_where_nothing_keeps_them_out_there_is_nothing_to_do(alice, page, case):
    for answer in (alice.browser().get(page), alice.browser().post(page, SAID)):
        assert (answer.status_code, "Nothing keeps billing@northwind.example" in answer.content.decode()) == (200, True)
        assert "Write to them again" not in answer.content.decode()
    assert not LetBackIn.objects.exists()

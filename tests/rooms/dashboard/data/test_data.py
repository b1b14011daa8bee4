"""Data and privacy: what is kept of a customer is shown, and goes once the word was typed."""

from __future__ import annotations

import io
from zipfile import ZipFile

import pytest

from tests.factories import make_case, make_connection
from tests.people import colleague
from tideover.recovery.models import Case
from tideover.tenants.models import AuditEntry, Erasure

pytestmark = pytest.mark.django_db
PAGE, ERASE = "/settings/data/", "/settings/data/erase/"


def test_before_anything_goes_it_is_said_what(alice, case):
    shown = alice.browser().post(PAGE, {"customer": f" {case.customer_email} "})
    assert (shown.status_code, "1 customer id, 1 case (1 open), 0 messages" in shown.content.decode()) == (200, True)
    assert not Erasure.objects.exists()


def test_a_customer_is_erased_once_the_word_was_typed_and_the_page_tells_it_without_naming_them(alice, case):
    done = alice.browser().post(ERASE, {"customer": case.customer_id, "confirm": "erase"}, follow=True)
    told = done.content.decode()
    assert "Erased: 1 cases" in told
    assert "under way" in told
    assert case.customer_id not in told
    assert (Case.objects.get().customer_email, Erasure.objects.get().by) == ("", alice.user.email)
    page = alice.browser().get(f"/cases/{case.public_id}/").content.decode()
    assert "Erased customer" in page
    assert "northwind" not in page.lower()


@pytest.mark.parametrize("wrong", [{"confirm": ""}, {"confirm": "yes"}, {"customer": "Northwind"}, {"customer": ""}])
def test_without_the_word_or_an_identity_nobody_is_erased(alice, case, wrong):
    answer = alice.browser().post(ERASE, {"customer": case.customer_id, "confirm": "erase", **wrong})
    assert (answer.status_code, Case.objects.get().erased_at) == (422, None)


def test_a_name_is_told_beside_its_field(alice, case):
    answer = alice.browser().post(PAGE, {"customer": "Northwind Ops"})
    assert (answer.status_code, "id at Stripe (cus_…) or an email address." in answer.content.decode()) == (422, True)


def test_another_merchants_customer_of_the_same_address_stays(alice, mallory, case):
    hers = make_case(make_connection(mallory.project), customer_email=case.customer_email)
    alice.browser().post(ERASE, {"customer": case.customer_email, "confirm": "erase"})
    hers.refresh_from_db()
    assert (hers.erased_at, hers.customer_email) == (None, case.customer_email)


@pytest.mark.parametrize("role", ["support", "analyst"])
def test_who_may_not_change_settings_erases_nobody(alice, case, role):
    browser = colleague("Carol", alice, role).browser()
    assert browser.get(PAGE).status_code == 200
    assert browser.post(ERASE, {"customer": case.customer_id, "confirm": "erase"}).status_code == 403
    assert Case.objects.get().erased_at is None


def test_an_owner_downloads_everything_and_the_log_tells_who_did(alice, mallory, case):
    make_case(make_connection(mallory.project), customer_name="Somebody Else")
    answer = alice.browser().post("/settings/data/everything.zip")
    with ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as file:
        told = file.read("json/recovery_case.json").decode()
    assert case.customer_name in told
    assert "Somebody Else" not in told
    assert "attachment" in answer["Content-Disposition"]
    [entry] = AuditEntry.objects.all()
    assert (entry.who, entry.what) == (alice.user.email, "everything exported")


@pytest.mark.parametrize("role", ["admin", "support", "analyst"])
def test_only_an_owner_downloads_everything(alice, role):
    browser = colleague("Carol", alice, role).browser()
    assert "Download everything" not in browser.get(PAGE).content.decode()
    assert browser.post("/settings/data/everything.zip").status_code == 403

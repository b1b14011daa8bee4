"""A text is shown for an open case of the merchant's: found by name, with what is true of it, and told to nobody else."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests import factories as make
from tests.people import colleague
from tests.rooms.dashboard.texts.test_texts import EDIT, PREVIEW, text_of, typed
from tideover.recovery.models import Case
from tideover.tenants.roles import Role

pytestmark = pytest.mark.django_db
OFFERED = re.compile(r'<option value="(case_\w+)"[^>]*>([^<]+)')


def offered(page):
    return dict(OFFERED.findall(unescape(page)))


def many(connection, count, **facts):
    return [make.make_case(connection, **{"customer_name": f"Payer {number:02}", **facts}) for number in range(count)]


def test_the_last_ten_open_cases_of_mine_are_offered(alice, mallory):
    connection = make.make_connection(alice.project)
    many(connection, 12)
    later = make.NOW + make.DAY  # they would be the first of all
    make.make_case(connection, customer_name="Long Gone", opened_at=later, state="recovered", ended_at=later)
    make.make_case(make.make_connection(mallory.project), customer_name="Not Mine", opened_at=later)
    names = " ".join(offered(alice.browser().get(EDIT).content.decode()).values())
    assert len(re.findall(r"Payer \d\d", names)) == 10
    assert "Long Gone" not in names
    assert "Not Mine" not in names


@pytest.mark.parametrize("letters", ["ana diaz", "ana@", "A-77"])
def test_any_open_case_is_found_by_name_address_or_number_and_what_was_typed_stays(alice, letters):
    connection = make.make_connection(alice.project)
    wanted = make.make_case(
        connection, customer_name="Ana Diaz", customer_email="ana@shop.example", invoice_number="A-77"
    )
    Case.objects.filter(pk=wanted.pk).update(opened_at=make.NOW - 90 * make.DAY)
    many(connection, 10)
    browser = alice.browser()
    form = {**typed(browser), "subject": "Half a thought"}
    assert wanted.public_id not in browser.get(EDIT).content.decode()
    page = browser.post(EDIT, {**form, "q": letters, "do": "find"}).content.decode()
    assert offered(page) == {wanted.public_id: "Ana Diaz, $99.00"}
    assert "Half a thought" in page
    assert "No open case is called so." in browser.post(EDIT, {**form, "q": "zzz", "do": "find"}).content.decode()


def test_the_page_says_what_a_case_is_written_next_and_leads_to_that_text(alice):
    case = make.make_case(make.make_connection(alice.project), customer_name="Ana Diaz", locale="de")
    browser = alice.browser()
    page = browser.get(f"{EDIT}&situation={case.public_id}").content.decode()
    assert "Ana Diaz is written to next on" in text_of(page)
    assert "Email, German" in text_of(page)
    [link] = re.findall(r'href="([^"]+)">Open that text', page)
    there = browser.get(unescape(link)).content.decode()
    assert "That is this text." in there
    [shown] = re.findall(r'<iframe[^>]*src="([^"]+)"', there)
    assert "Ana Diaz" in browser.get(unescape(shown)).content.decode()


def test_a_case_that_would_not_be_sent_anything_says_why_and_is_shown_all_the_same(alice):
    case = make.make_case(make.make_connection(alice.project), customer_name="Ana Diaz", customer_email="")
    page = text_of(alice.browser().get(f"{EDIT}&situation={case.public_id}").content.decode())
    assert "As it stands it would not be sent: there is no email address at Stripe." in page
    assert "Ana Diaz" in alice.browser().get(f"{PREVIEW}&situation={case.public_id}").content.decode()


@pytest.mark.parametrize("of", ["mallory", "closed", "nobody"])
def test_what_is_no_open_case_of_mine_is_shown_as_nothing_and_not_as_a_sample(alice, mallory, of):
    cases = {
        "mallory": make.make_case(make.make_connection(mallory.project), customer_name="Not Mine").public_id,
        "closed": make.make_case(
            make.make_connection(alice.project), customer_name="Not Mine", state="recovered", ended_at=make.NOW
        ).public_id,
        "nobody": "case_nobody",
    }
    browser = alice.browser()
    for address in (EDIT, PREVIEW):
        page = browser.get(f"{address}&situation={cases[of]}").content.decode()
        assert "No open case has this name any more." in page
        assert "Not Mine" not in page
    assert "Jane Doe" not in browser.get(f"{PREVIEW}&situation={cases[of]}").content.decode()


def test_who_only_reads_finds_and_looks_too(alice):
    case = make.make_case(make.make_connection(alice.project), customer_name="Ana Diaz")
    browser = colleague("Dave", alice, Role.ANALYST).browser()
    page = browser.get(f"{EDIT}&q=ana&do=find&situation={case.public_id}").content.decode()
    assert offered(page) == {case.public_id: "Ana Diaz, $99.00"}
    assert "Ana Diaz" in browser.get(f"{PREVIEW}&situation={case.public_id}").content.decode()


def test_a_test_mail_is_for_a_made_up_customer_and_tells_nothing_of_the_case(alice, server):
    case = make.make_case(make.make_connection(alice.project), customer_name="Ana Diaz")
    browser = alice.browser()
    page = browser.post(EDIT, {**typed(browser), "situation": case.public_id, "do": "test"}).content.decode()
    assert "No customer was written to. It is for a made-up customer" in page
    [sent] = server.mails
    assert "Jane Doe" in sent
    assert "Ana Diaz" not in sent


def test_a_page_that_shows_a_case_asks_no_more_than_twelve_times(alice, django_assert_max_num_queries):
    case = make.make_case(make.make_connection(alice.project))
    browser = alice.browser()
    browser.post(EDIT, {**typed(browser), "subject": "Mine", "do": "save"})
    for address in (EDIT, PREVIEW):
        browser.get(f"{address}&situation={case.public_id}")
        with django_assert_max_num_queries(12):
            browser.get(f"{address}&situation={case.public_id}")

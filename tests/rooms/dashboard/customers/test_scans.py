"""The page of the scans: each with what it found and where that leads, and the cards with whose they are."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from tests import factories as make
from tests.factories import NOW
from tideover import clock
from tideover.core.ahead.predunning import Unneeded, Waits
from tideover.messages.models import Suppression
from tideover.messages.suppression import suppress
from tideover.mirror.importing import begin
from tideover.mirror.models import Customer, Method, Mirror
from tideover.tenants.models import Connection, Project

pytestmark = pytest.mark.django_db
PAGE = "/scans/"


@pytest.fixture(autouse=True)
def _present():
    clock.travel_to(NOW)
    yield
    clock.travel_to(None)


@pytest.fixture
def account(alice):
    return make.make_connection(alice.project, events_seen_to=NOW, swept_at=NOW)


def text(person, address=PAGE):
    return person.browser().get(address).content.decode()


def a_card(account, name="Lumen", ends=10, **plan):
    who = make.make_customer(account, name=name, method_id=f"pm_{name}")
    make.make_method(who, stripe_id=f"pm_{name}", last4="4417", expires_on=NOW.date() + timedelta(days=ends))
    make.make_subscription(who, **{"renews_at": NOW + timedelta(days=20), **plan})
    return who


def test_each_scan_says_what_it_found_and_leads_there(alice, account):
    make.make_case(account, opened_at=NOW - timedelta(days=30), read_at=NOW - timedelta(days=9))
    a_card(account)
    page = text(alice)
    assert re.search(r'href="/help/doctor/[^"]*">1 case<', page)
    assert '/scans/#cards">1 card<' in page
    assert "do not chase them" in page


def test_a_card_stands_there_with_whose_it_is_and_whether_it_ends_before_it_is_charged(alice, account):
    lumen = a_card(account)
    a_card(account, "Ended", ends=-3)
    a_card(account, "Later", ends=40)
    page = text(alice)
    assert re.findall(r'href="/customers/[^"]+">(\w+)</a>', page) == ["Ended", "Lumen", "Later"]
    assert re.findall(r"(Has ended|Ends before that|Ends after that)", page) == [
        "Has ended",
        "Ends before that",
        "Ends after that",
    ]
    assert f"/customers/{lumen.public_id}/" in page
    assert "Dec 10, 2026" in page


def test_where_nobody_knows_when_a_card_is_charged_it_is_not_said_to_end_after_that(alice, account):
    a_card(account, renews_at=None)
    page = text(alice)
    assert "Ends soon" in page
    assert "Ends after that" not in page


def test_what_the_network_renewed_is_told_apart(alice, account):
    a_card(account, ends=900)
    assert "Renewed by the network" not in text(alice)
    Method.objects.update(renewed_at=NOW - timedelta(days=1))
    assert "Renewed by the network" in text(alice)


def test_that_no_card_ends_is_said_only_once_the_account_was_read(alice, account):
    begin(account, NOW)
    assert "Not all is read yet" in text(alice)
    Mirror.objects.update(imported_at=NOW, stage="", walked_at=NOW)
    assert "No card ends soon" in text(alice)


def messages(page):
    """What the list says of the message about each card."""
    cells = re.findall(r'<tr class="open">.*?<td[^>]*>(?=(?:(?!<td).)*</tr>)(.*?)</td></tr>', page, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in cells]


def switched_on(project, **columns):
    Project.objects.filter(pk=project.pk).update(**{"card_alerts": True, **columns})


def test_where_alerts_are_off_nobody_is_to_be_written_to_and_it_says_so(alice, account):
    a_card(account)
    page = text(alice)
    assert messages(page) == ["Held back pre-dunning alerts are off"]
    assert "pre-dunning alerts are off." in page


def test_each_card_says_when_its_message_will_leave_or_that_none_is_needed(alice, account):
    switched_on(alice.project)
    a_card(account)
    a_card(account, "Later", ends=40)
    page = text(alice)
    assert messages(page) == ["To be written Dec 3, 2026", "none needed"]
    assert "7 days before that payment" in page


def test_where_nobody_knows_when_a_card_is_charged_no_message_is_called_needless(alice, account):
    switched_on(alice.project)
    a_card(account, renews_at=None)
    assert messages(text(alice)) == [f"Held back {Waits.UNKNOWN}"]


def test_what_keeps_a_message_back_is_said_before_anybody_waits_for_it(alice, account):
    switched_on(alice.project)
    make.make_payment(a_card(account, "Pays", ends=-3), method_id="pm_Pays", at=NOW - timedelta(days=1))
    a_card(account, "Open", ends=1)
    make.make_case(account, customer_id=Customer.objects.get(name="Open").stripe_id)
    Customer.objects.filter(pk=a_card(account, "Nowhere", ends=2).pk).update(email="")
    out = a_card(account, "Out", ends=3)
    suppress(alice.organization, "email", out.email, Suppression.Reason.UNSUBSCRIBED, NOW)
    assert messages(text(alice)) == [
        f"Held back {Unneeded.PAYS}",
        f"Held back {Waits.OPEN}",
        "Held back there is no email address at Stripe",
        "Held back the customer opted out",
    ]


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"mode": "observe"}, Waits.OBSERVED),
        ({"card_alerts": False}, Waits.LEFT_OUT),
        ({"stopped_at": NOW}, "everything is stopped for this account"),
        ({"test_mail": False}, "the account is in test mode, and test mail is not switched on"),
    ],
    ids=str,
)
def test_what_silences_a_whole_account_is_said_of_its_cards(alice, account, columns, why):
    switched_on(alice.project)
    a_card(account)
    Connection.objects.update(**columns)
    assert messages(text(alice)) == [f"Held back {why}"]


@pytest.mark.parametrize(
    ("state", "reason", "says"),
    [
        ("failed", "no such mailbox", "Not written Nov 20, 2026 no such mailbox"),
        ("planned", Waits.SILENT, f"Held back Nov 20, 2026 {Waits.SILENT}"),
        ("sent", "", "Written Nov 20, 2026"),
        ("skipped", Unneeded.TOLD, f"Not written Nov 20, 2026 {Unneeded.TOLD}"),
        ("unknown", "", "Perhaps written Nov 20, 2026"),
    ],
)
def test_what_became_of_a_message_stands_with_its_card(alice, account, state, reason, says):
    switched_on(alice.project)
    a_card(account)
    make.make_alert(Method.objects.get(), state=state, reason=reason)
    assert messages(text(alice)) == [says]


def test_however_many_cards_there_are_the_page_asks_a_dozen_questions(alice, account):
    switched_on(alice.project)
    for number in range(20):
        a_card(account, f"N{number:02}", ends=number - 10)
        make.make_alert(Method.objects.get(stripe_id=f"pm_N{number:02}"))
    Method.objects.filter(stripe_id="pm_N19").update(renewed_at=NOW)
    browser = alice.browser()
    with CaptureQueriesContext(database) as asked:
        b"".join(browser.get(PAGE))
    assert len(asked) <= 12, "\n".join(query["sql"] for query in asked)


def test_a_long_list_goes_on_where_it_ended(alice, account):
    for number in range(30):
        a_card(account, f"N{number:02}", ends=number)
    first = text(alice)
    assert "N24" in first
    assert "N25" not in first
    after = first.split("after=")[1].split('"')[0]
    assert "N25" in text(alice, f"{PAGE}?after={after}")


def test_another_merchants_card_is_not_there(alice, mallory, account):
    a_card(account)
    assert "Lumen" not in text(mallory)

"""The table of a rehearsal, its sums and what is known of Stripe's own tries; and its mails, to whoever asks."""

from __future__ import annotations

import html
import re
from email import message_from_string, policy
from zoneinfo import ZoneInfo

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from tests import factories as make
from tests.factories import NOW
from tests.rooms.dashboard.onboarding.before import DAY, PAGE, failing, lines, rehearsed
from tideover.dashboard.onboarding.days import MOST_ROWS, calendar
from tideover.dashboard.onboarding.views import TOO_OFTEN
from tideover.messages.models import Message
from tideover.recovery.models import Action
from tideover.tenants.kept_apart import Backlog
from tideover.tenants.models import AuditEntry
from tideover.tenants.settings import turn_recovery

pytestmark = pytest.mark.django_db


# ── the table, its sums, and what is known of Stripe's own tries ──


def drawn(connection):
    return calendar(rehearsed(connection), ZoneInfo("UTC"))


def text_of(person):
    words = re.sub(r"<[^>]+>", " ", person.browser().get(PAGE).content.decode())
    return " ".join(html.unescape(words).split())


def test_the_tiles_the_rows_and_the_days_are_the_same_sums(off, alice):
    failing(off)
    failing(off, customer_email="", amount_due=4900)
    visa = failing(off, card_brand="visa")
    make.make_attempt(visa, at=NOW - 4 * DAY, by="stripe", network_decline_code="R0")
    table = drawn(off)
    assert table.total.charges == sum(row.sums.charges for row in table.rows) > 0
    assert table.total.messages == sum(day.messages for day in table.sums) > 0
    assert table.total.refused == len(rehearsed(off).refused) > 0
    page = text_of(alice)
    assert f"Our charges in 28 days {table.total.charges} at most" in page
    assert f"Emails in 28 days {table.total.messages} at most; to 2 of 3 customers" in page
    assert f"Refused by network rules {table.total.refused} of {table.asked_for} asked for, $99.00 at stake" in page
    assert "Open now $247.00 3 payments" in page


def test_a_row_is_hatched_past_the_day_on_which_it_is_given_up_and_weekends_are_shaded(off):
    failing(off, opened_at=NOW - 25 * DAY)
    [row] = drawn(off).rows
    looks = [look for _, look in row.cells]
    end = next(number for number, look in enumerate(looks) if "ends" in look)
    assert all("over" in look for look in looks[end + 1 :])
    assert not any("over" in look for look in looks[: end + 1])
    assert [number for number, look in enumerate(looks[:9]) if "weekend" in look] == [1, 2, 8]  # NOW is a Friday
    assert row.day == 25
    assert any(words.startswith("Given up ") for words in row.in_words)


def coexisting(off, **values):
    make.make_ruleset(off.project, "relay")
    return failing(off, stripe_next_attempt_at=NOW + DAY, **values)


def test_stripes_tries_are_drawn_as_it_announces_them_and_by_its_habit(off, alice):
    coexisting(off)
    failing(off)
    [row, other] = drawn(off).rows
    told = {number: (day.announced, day.expected) for number, day in enumerate(row.days) if day.theirs}
    assert told == {1: (1, 0), 2: (0, 1), 4: (0, 1), 6: (0, 1), 8: (0, 1), 9: (0, 1)}  # its default, opened 5 days ago
    assert other.sums.theirs == 0
    page = text_of(alice)
    assert "beside 6 expected of Stripe" in page
    assert "expected by its default of two weeks" in page
    [*_, line] = [each for each in lines_of(alice) if each["what"].startswith("Stripe's own try")]
    assert (line["what"], line["at"]) == ("Stripe's own try, expected", "2026-11-29T12:00:00Z")


def test_where_the_rules_take_over_none_of_stripes_tries_is_expected(off):
    failing(off, stripe_next_attempt_at=NOW + DAY, collects=True)
    [row] = rehearsed(off).rows
    assert row.foreseen == []
    off.mode = "observe"
    off.save(update_fields=["mode"])
    [row] = rehearsed(off).rows
    assert row.foreseen


def test_of_long_lists_the_largest_are_drawn_all_are_counted_and_the_file_is_led_to(off, alice):
    failing(off, customer_name="Small", amount_due=100)
    for _ in range(MOST_ROWS):
        make.make_case(off, customer_name="Large")
    table = drawn(off)
    assert {row.rehearsed.case.customer_name for row in table.rows} == {"Large"}
    assert table.total.charges == len(rehearsed(off).charges)
    assert "1 smaller payment is counted and not drawn: they stand in the CSV" in text_of(alice)


def test_who_would_not_be_written_to_is_named_with_where_an_address_is_added(off, alice):
    case = failing(off, customer_email="", customer_name="Tara")
    page = alice.browser().get(PAGE).content.decode()
    assert "1 without an address" in page
    assert f"/customers/{case.customer_id}" in page
    assert f"/cases/{case.public_id}/" in page
    assert "Nobody would be written to" in page


def test_the_steps_of_the_set_up_stand_above_until_it_is_live(off, alice):
    page = text_of(alice)
    assert "Account : done Stripe : done Brand : to do" in page
    assert "What would happen Go live : to do" in page
    turn_recovery(off.project, on=True, by="alice", now=NOW)
    assert "Brand : to do" not in text_of(alice)


def test_an_odd_one_of_many_is_left_out_and_no_other(off):
    cases = [failing(off) for _ in range(5)]
    make.make_fact(cases[2], kind="unheard of")
    found = rehearsed(off)
    assert {row.case.pk for row in found.rows} == {case.pk for case in cases} - {cases[2].pk}
    assert found.left_out == 1


@pytest.mark.parametrize("cases", [0, 3])
def test_the_page_asks_a_dozen_times_whatever_is_known(off, alice, cases):
    Backlog.objects.create(connection=off, organization=off.organization, since=NOW - 30 * DAY, older=3)
    for _ in range(cases):
        coexisting(off)
    browser = alice.browser()
    browser.get(PAGE)  # the first look is noted
    with CaptureQueriesContext(database) as asked:
        browser.get(PAGE)
    assert len(asked) <= 12, "\n".join(query["sql"] for query in asked)


# ── the first mails, to whoever asks ──

MINE = "/go-live/mail-to-me/"


def mails_of(server):
    return [message_from_string(mail, policy=policy.default) for mail in server.mails]


def test_the_first_messages_are_mailed_to_who_asks_marked_and_to_nobody_else(off, alice, server):
    failing(off, customer_name="Northwind Ops")
    failing(off)
    page = alice.browser().post(MINE, {"to": "pia@payer.example"}, follow=True).content.decode()
    assert f"took 2 mails for {alice.user.email}. No customer was written to." in page
    mails = mails_of(server)
    assert {mail["To"] for mail in mails} == {f"{alice.user.name} <{alice.user.email}>"}
    assert all(mail["Subject"].startswith("[Rehearsal] ") for mail in mails)
    assert all("No customer was written to" in mail.get_body(("plain",)).get_content() for mail in mails)
    assert not any(mail["List-Unsubscribe"] for mail in mails)
    assert Message.objects.count() == Action.objects.count() == 0
    assert AuditEntry.objects.get(what="rehearsal mailed").after["taken"] is True


def test_a_refusal_of_the_mail_server_is_told(off, alice, server):
    server.odd = {"RCPT": "550 5.7.1 relaying denied"}
    failing(off)
    page = alice.browser().post(MINE, follow=True).content.decode()
    assert "refused the mail: 550 5.7.1 relaying denied" in page


def test_a_sixth_time_within_an_hour_is_too_often(off, alice, server):
    failing(off)
    browser = alice.browser()
    pages = [browser.post(MINE, follow=True).content.decode() for _ in range(6)]
    assert [TOO_OFTEN in page for page in pages] == [False] * 5 + [True]
    assert len(server.mails) == 5


def test_who_may_only_read_is_sent_nothing_and_where_nothing_would_go_out_nothing_is(off, alice, bob, server):
    bob.user.memberships.update(role="analyst")
    failing(off, customer_email="")
    assert bob.browser().post(MINE).status_code == 403
    assert "there is nothing to send you" in alice.browser().post(MINE, follow=True).content.decode()
    assert server.mails == []


def lines_of(person):
    answer = person.browser().get("/go-live/rehearsal.csv")
    return lines(b"".join(answer.streaming_content).decode())

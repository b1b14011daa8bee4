"""The week's figures are those of the pages, each currency by itself, drawn without anything to fetch."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest

from tests import factories as make
from tests.rooms.dashboard.shop import rich_shop
from tests.rooms.notices.letters import Letters
from tideover.analytics import queries, revenue
from tideover.analytics.messages import By, performance
from tideover.analytics.period import Period
from tideover.analytics.scope import Scope, counts
from tideover.core.money import spoken
from tideover.core.networks import By as Side
from tideover.flow import refusals
from tideover.messages.letters import mail_of
from tideover.notices.kinds import Kind
from tideover.notices.planning import asked_for, plan_summaries
from tideover.notices.rounds import tell
from tideover.notices.saying.table import letter_of
from tideover.notices.sending import AGAIN_AFTER
from tideover.recovery.figures.tallies import count_waiting
from tideover.recovery.models import Case
from tideover.tenants.models import Member, Project

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
WEEK = Period(date(2026, 11, 16), date(2026, 11, 22), ZoneInfo("UTC"))
DAY = timedelta(days=1)


@pytest.fixture
def account(alice):
    return make.make_connection(alice.project)


def told(alice, now=MONDAY) -> EmailMessage | None:
    notice = asked_for(Kind.DIGEST, Member.objects.get(user=alice.user), alice.project, now)
    letter = letter_of(notice, now)
    return mail_of(alice.user.email, letter, now) if letter else None


def plain(mail) -> str:
    return mail.get_body(("plain",)).get_content()


def html(mail) -> str:
    return mail.get_body(("html",)).get_content()


def recovered(account, day: int, **values):
    at = MONDAY.replace(day=day, hour=12)
    return make.make_case(account, state="recovered", opened_at=at - 2 * DAY, ended_at=at, **values)


def test_each_figure_is_that_of_its_page(alice, account):
    rich_shop(account, MONDAY, cases=80)
    recovered(account, 17, amount_due=12_300, monthly=12_300)
    recovered(account, 18, amount_due=1_000)
    recovered(account, 10, amount_due=5_000)
    lost = make.make_case(account, state="abandoned", amount_due=777, ended_at=MONDAY - 3 * DAY)
    make.make_attempt(lost, by="us", outcome="paid", at=MONDAY - 3 * DAY)
    make.make_message(lost, at=MONDAY - 3 * DAY)
    said = plain(told(alice))
    for currency in {code for code, _ in counts(alice.project).standing}:
        scope = Scope(alice.organization.pk, alice.project.pk, currency)
        now, then = queries.totals(scope, WEEK), queries.totals(scope, WEEK.moved(-7))
        waiting, risk = queries.waiting(scope), revenue.at_risk(scope)
        back = revenue.recovered(revenue.by_sort(scope, WEEK))
        for line in (
            f"Recovered: {spoken(now.recovered)} · {now.recovered_cases} payment",
            f"· before {spoken(then.recovered)}",
            f"Failed first: {spoken(now.failed)} · {now.failed_cases} payment",
            f"MRR recovered: {spoken(back.amount)} · {back.cases} invoice",
            f"In recovery now: {spoken(waiting.amount)} · {waiting.cases} case",
            f"MRR at risk now: {spoken(risk.amount)} · {risk.cases} subscription",
        ):
            assert line in said, line
        by_day = queries.flows(scope, WEEK).days()
        for day, found in by_day.items():
            assert f"{day:%a} {day.day} Nov: {spoken(scope.money(found.recovered))}, " in said
        assert f"Lost: {spoken(now.lost)} · before {spoken(then.lost)}" in said
        tried = revenue.tries(scope, WEEK)[Side.US]
        assert f"Charges of ours: {tried.paid + tried.failed}, of which {tried.paid} went through" in said
        sent = performance(scope, WEEK, By.KIND, 7)
        left, paid = sum(each.sums.sent for each in sent), sum(each.paid for each in sent)
        assert f"Messages: {left} left, {paid} of them with a payment" in said
    assert "range=custom&from=2026-11-16&to=2026-11-22" in said


def test_the_page_that_it_leads_to_shows_the_same_sum(alice, account):
    recovered(account, 17, amount_due=12_300)
    [address] = re.findall(r"http\S+(/analytics/\?\S+)", plain(told(alice)))
    page = alice.browser().get(address).content.decode()
    assert "$123 recovered in the period" in page


def test_what_was_lost_is_what_the_page_calls_lost(alice, account):
    recovered(account, 17, amount_due=10_000, amount_recovered=15_000)
    recovered(account, 18, amount_due=10_000, amount_recovered=7_000)
    make.make_case(account, state="churned", amount_due=50_000, ended_at=MONDAY - 3 * DAY)
    said = plain(told(alice))
    [address] = re.findall(r"http\S+(/analytics/\?\S+)", said)
    page = " ".join(re.sub(r"<[^>]+>", " ", alice.browser().get(address).content.decode()).split())
    assert "Lost: $500.00 · before $0.00" in said
    assert "Lost $500 of the cases that ended in the period" in page


def test_a_month_that_nobody_has_read_is_said_to_be_missing(alice, account):
    recovered(account, 17, amount_due=10_000, monthly=10_000)
    recovered(account, 17, amount_due=10_000, monthly=None)
    assert "MRR recovered: $100.00 · 1 invoice, without 1 case not read again since an upgrade" in plain(told(alice))


def test_what_is_not_counted_yet_is_waited_for_and_no_week_is_called_quiet_before(alice, account):
    case = recovered(account, 17)
    Case.objects.filter(pk=case.pk).update(counted_version=-1)  # as a version of before leaves it
    letters = Letters()
    plan_summaries(MONDAY)
    tell(MONDAY, write=letters)
    assert [letter.subject for _, letter in letters.of if "last week" in letter.subject] == []
    count_waiting()
    tell(MONDAY + AGAIN_AFTER, write=letters)
    assert [letter.subject for _, letter in letters.of][-1].startswith("$99.00 came back last week")


def test_days_are_those_of_the_project(alice, account):
    Project.objects.update(time_zone="Pacific/Auckland")
    alice.project.refresh_from_db()
    late = MONDAY.replace(day=22, hour=12)  # half past midnight of Monday there
    make.make_case(account, state="recovered", opened_at=late - DAY, ended_at=late, amount_due=100)
    make.make_case(account, state="recovered", opened_at=late - DAY, ended_at=late - DAY, amount_due=900)
    assert "$9.00 came back last week" in told(alice)["Subject"]


def test_several_currencies_stand_each_by_itself(alice, account):
    recovered(account, 17, amount_due=9900)
    recovered(account, 18, amount_due=5000, currency="eur")
    mail = told(alice)
    assert mail["Subject"] == "$99.00 and €50.00 came back last week (Alpine Analytics)"
    assert "In USD:" in plain(mail)
    assert "In EUR:" in plain(mail)


def test_a_quiet_week_brings_no_mail_and_one_with_an_open_case_does(alice, account):
    assert told(alice) is None
    recovered(account, 2)
    assert told(alice) is None
    make.make_case(account)
    assert told(alice)["Subject"].startswith("No payment came back last week")


def test_what_needs_a_person_is_said_and_that_nothing_does(alice, account):
    recovered(account, 17)
    assert "What needs you: nothing at this moment." in plain(told(alice))
    make.make_case(account, attention="replied")
    refusals.record(account, "Expired API Key", MONDAY, all_calls=True)
    make.make_pause(alice.organization)
    said = plain(told(alice))
    assert "1 case waits for a person; Stripe refuses the key of Alpine Analytics; Email to your" in said


def test_nothing_is_fetched_and_the_picture_is_told_in_words(alice, account):
    rich_shop(account, MONDAY, cases=80)
    recovered(account, 17, amount_due=12_300)
    recovered(account, 10, amount_due=6_150)
    mail = told(alice)
    drawn = html(mail)
    assert "<img" not in drawn
    assert "url(" not in drawn
    assert len(mail.as_bytes()) < 100_000
    widths = [int(width) for width in re.findall(r'bgcolor="#\w{6}" width="(\d+)%"', drawn)]
    assert max(widths) == 100
    assert min(widths) >= 1
    assert drawn.count('role="img" aria-label="') >= 7


def test_one_bar_is_as_long_beside_the_longest_as_its_sum(alice, account):
    recovered(account, 17, amount_due=10_000)
    recovered(account, 18, amount_due=2_500)
    recovered(account, 10, amount_due=5_000)
    drawn = html(told(alice))
    assert sorted(int(width) for width in re.findall(r'bgcolor="#\w{6}" width="(\d+)%"', drawn)) == [25, 50, 100]


def test_it_leaves_on_monday_morning_once_to_owner_admin_and_analyst(alice, bob, account):
    recovered(account, 17)
    letters = Letters()
    for hour in range(-1, 60):
        plan_summaries(MONDAY + timedelta(hours=hour))
        tell(MONDAY + timedelta(hours=hour), write=letters)
    digests = [address for address, letter in letters.of if "came back last week" in letter.subject]
    assert sorted(digests) == sorted([alice.user.email, bob.user.email])


def test_it_holds_no_payers_name(alice, account):
    recovered(account, 17, customer_name="Zerelda Quillfeather", customer_email="z@payer.example")
    mail = told(alice)
    assert "Zerelda" not in plain(mail) + html(mail)
    assert "payer.example" not in plain(mail) + html(mail)

"""The last days by the mirror, through the rules: what failed is lived through again, and nothing is written by it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from tests import factories as make
from tests.factories import DAY, NOW
from tideover.core.catalogue import Channel
from tideover.core.choices import Coexistence
from tideover.core.declines import Family
from tideover.core.editing.lives import Kind, in_order
from tideover.core.outcomes import Tried, Unsent
from tideover.core.relay import DEFAULT_DAYS
from tideover.core.rules import PRESETS
from tideover.messages.models import Message, Suppression
from tideover.messages.suppression import suppress
from tideover.mirror.models import Mirror, Payment
from tideover.recovery import models
from tideover.recovery.places import zone
from tideover.recovery.rulesets import adopt
from tideover.recovery.telling.backtest import NOT_CHARGED, QUIET, Totals, backtest
from tideover.tenants.models import AuditEntry

pytestmark = pytest.mark.django_db
OPENED = NOW - 60 * DAY


@pytest.fixture
def connection(db):
    connection = make.make_connection(mode="observe", livemode=True)
    mirrored(connection)
    rules(connection, "revguard")
    return connection


def rules(connection, preset):
    adopt(connection.project, preset, PRESETS[preset], NOW)


def mirrored(connection, **values):
    whole = {"stage": "", "imported_at": NOW, "walked_at": NOW}
    return Mirror.objects.create(
        connection=connection, organization=connection.organization, since=NOW - 730 * DAY, began_at=NOW,
        walk_since=NOW - 730 * DAY, **{**whole, **values},
    )  # fmt: skip


def failed(connection, *, at=OPENED, customer=None, code="insufficient_funds", **invoice):
    """An invoice that failed then, and is open."""
    who = customer or make.make_customer(connection)
    made = make.make_invoice(who, **{"status": "open", "made_at": at, **invoice})
    tried(who, made, at=at, code=code)
    return who, made


def tried(customer, invoice, *, at, outcome="declined", code="insufficient_funds", **values):
    """Somebody tried to charge it."""
    code = "" if outcome == "paid" else code
    said = {"outcome": outcome, "code": code, "at": at, "invoice_id": invoice.stripe_id}
    return make.make_payment(customer, **{**said, **values})


def an_odd_one(connection):
    """Which nobody can live through, by its first try."""
    who, invoice = failed(connection)
    tried(who, invoice, at=OPENED + DAY, outcome="of tomorrow")
    return Payment.objects.get(invoice_id=invoice.stripe_id, at=OPENED)


def ended(invoice, status, at):
    invoice.status, invoice.status_at = status, at
    invoice.save()


def relived(connection, **values):
    return list(backtest(connection.project, NOW, **values).every())


def days(row, kind):
    return [mark.day for mark in row.marks if mark.kind == kind]


def test_what_failed_is_lived_through_by_the_rules_also_where_we_may_only_look(connection):
    failed(connection)
    before = [model.objects.count() for model in (models.Case, models.Action, Message, AuditEntry)]
    [row] = relived(connection)
    assert (row.opened_at, row.family) == (OPENED, Family.NO_FUNDS)
    assert days(row, Kind.CHARGE) == [0, 1, 3, 7]
    assert row.messages
    assert days(row, Kind.CLOSE)
    assert backtest(connection.project, NOW).observes
    assert before == [model.objects.count() for model in (models.Case, models.Action, Message, AuditEntry)]


def test_after_what_really_paid_it_nothing_more_is_counted(connection):
    who, invoice = failed(connection)
    paid_at = OPENED + 2 * DAY
    tried(who, invoice, at=paid_at, outcome="paid", fingerprint="fp_new")
    ended(invoice, "paid", paid_at)
    [row] = relived(connection)
    assert (row.failure.ended, row.failure.ended_at) == ("paid", paid_at)
    assert days(row, Kind.CHARGE) == [0, 1]
    *before, last = in_order(row.marks)
    assert (last.kind, last.at, last.tried.outcome) == (Kind.CUSTOMER, paid_at, Tried.PAID)
    assert max(mark.at for mark in before) < paid_at


@pytest.mark.parametrize(("least", "offers"), [("", [5]), ("USD 99", [])])
def test_a_payment_plan_is_offered_as_the_project_offers_it_now(connection, least, offers):
    project = connection.project
    project.plans_enabled, project.plans_from_day, project.plans_least = True, 5, least
    project.save()
    failed(connection)
    [row] = relived(connection)
    assert [mark.day for mark in row.messages if mark.step.template == "plan_offered"] == offers


@pytest.mark.parametrize("status", ["void", "uncollectible"])
def test_a_closed_invoice_ends_it(connection, status):
    _, invoice = failed(connection)
    ended(invoice, status, OPENED + 2 * DAY)
    [row] = relived(connection)
    assert (row.failure.ended, days(row, Kind.CHARGE)) == (status, [0, 1])


def test_the_end_of_a_subscription_ends_it(connection):
    who = make.make_customer(connection)
    gone = make.make_subscription(who, status="canceled", ended_at=OPENED + 2 * DAY)
    failed(connection, customer=who, subscription_id=gone.stripe_id)
    [row] = relived(connection)
    assert (row.failure.ended, days(row, Kind.CHARGE)) == ("subscription ended", [0, 1])


def test_only_what_failed_first_in_these_days_is_there_the_latest_first(connection):
    _, late = failed(connection, at=NOW - 10 * DAY)
    who, old = failed(connection, at=NOW - 95 * DAY)
    tried(who, old, at=NOW - 85 * DAY)
    _, early = failed(connection, at=NOW - 80 * DAY)
    assert [row.invoice for row in relived(connection)] == [late, early]
    assert [row.invoice for row in relived(connection, days=30)] == [late]
    assert {row.invoice for row in relived(connection, days=100)} == {late, early, old}


def test_what_is_no_failed_renewal_is_left_out(connection):
    who = make.make_customer(connection)
    never = make.make_subscription(who, status="incomplete_expired")
    failed(connection, customer=who, reason="subscription_create", subscription_id=never.stripe_id)
    failed(connection, sent=True)
    failed(connection, status="draft")
    tried(who, make.make_invoice(who), at=OPENED, outcome="paid")
    assert relived(connection) == []


def test_stripes_tries_are_expected_by_its_habit_only_where_it_would_have_made_them(connection):
    rules(connection, "relay")
    who, invoice = failed(connection)
    paid_at = OPENED + 2 * DAY
    tried(who, invoice, at=paid_at, outcome="paid", fingerprint="fp_new")
    ended(invoice, "paid", paid_at)
    found = backtest(connection.project, NOW)
    assert found.past.stripes_days == DEFAULT_DAYS
    [row] = found.every()
    assert days(row, Kind.CHARGE) == []  # ours wait for Stripe's last


def test_an_account_without_stripes_retries_is_known_by_its_failures(connection):
    rules(connection, "relay")
    for _ in range(5):
        failed(connection)
    found = backtest(connection.project, NOW)
    assert found.past.stripes_days == ()
    assert all(days(row, Kind.CHARGE) for row in found.every())


def test_stripes_own_failed_tries_are_told_and_left_out_where_the_rules_take_over(connection):
    who, invoice = failed(connection)
    tried(who, invoice, at=OPENED + 5 * DAY)
    [row] = relived(connection)
    assert days(row, Kind.STRIPE) == [5]
    rules(connection, "tuned")
    assert PRESETS["tuned"].coexistence == Coexistence.TAKE_OVER
    [row] = relived(connection)
    assert days(row, Kind.STRIPE) == []


def test_what_ours_came_to_is_known_by_the_ledger_and_is_nobody_elses_try(connection):
    who, invoice = failed(connection)
    ours = tried(who, invoice, at=OPENED + timedelta(hours=3, minutes=2), code="expired_card")
    case = make.make_case(connection, invoice_id=invoice.stripe_id)
    make.make_attempt(case, charge_id=ours.stripe_id, by="us", at=ours.at)
    [row] = relived(connection)
    assert days(row, Kind.STRIPE) == []
    [charge] = row.charges
    assert (charge.at, charge.tried.decline.code) == (ours.at, "expired_card")


@pytest.mark.parametrize(("code", "rule"), [("stolen_card", "card.never"), ("expired_card", NOT_CHARGED)])
def test_why_nothing_is_charged_has_its_rule(connection, code, rule):
    failed(connection, code=code)
    [row] = relived(connection)
    assert row.charges == []
    assert row.never[0] == rule
    assert row.never[1]


def test_who_has_opted_out_or_has_no_address_is_not_counted_as_written_to(connection):
    who, _ = failed(connection)
    suppress(connection.organization, Channel.EMAIL, who.email, Suppression.Reason.UNSUBSCRIBED, NOW)
    failed(connection, customer=make.make_customer(connection, email=""))
    rows = relived(connection)
    assert {str(row.unsent) for row in rows} == {"suppressed:unsubscribed", "no-address"}
    assert not any(row.messages for row in rows)


def test_an_account_in_test_mode_writes_to_nobody_unless_that_was_turned_on(connection):
    test = make.make_connection(connection.project, test_mail=False)
    mirrored(test)
    failed(test)
    [row] = relived(connection)
    assert (row.unsent, row.messages) == (Unsent.TEST_MODE, [])
    test.test_mail = True
    test.save()
    [row] = relived(connection)
    assert row.unsent is None
    assert row.messages


def test_two_invoices_of_one_customer_are_one_conversation_wherever_the_page_ends(connection, monkeypatch):
    who, _ = failed(connection)
    failed(connection, customer=who, at=OPENED + timedelta(hours=1))
    together = relived(connection)
    assert any(days(row, Kind.JOINED) for row in together)
    monkeypatch.setattr("tideover.recovery.telling.backtest.AT_ONCE", 1)
    assert [row.marks for row in relived(connection)] == [row.marks for row in together]


def test_another_account_is_not_looked_into(connection):
    failed(connection)
    other = make.make_connection(mode="act")
    mirrored(other)
    assert relived(other) == []


def test_an_account_that_is_not_read_to_its_end_is_left_out_and_said_to_be(connection):
    other = make.make_connection(connection.project, account_name="Alpine Two")
    third = make.make_connection(connection.project, account_name="Alpine Three")
    mirrored(other, stage="payments", imported_at=None, walked_at=None, counts={"customers": 1200})
    failed(other)
    assert relived(connection) == []
    told = [each.sentence for each in backtest(connection.project, NOW).histories if not each.is_read]
    assert told == [
        "The history of Alpine Two is being read, 50 % of it, 1,200 customers: it is left out until then.",
        f"The history of {third.account_name} was not begun to be read: it is left out.",
    ]


def test_all_of_it_is_added_up(connection):
    failed(connection)
    who, invoice = failed(connection, at=OPENED.replace(hour=2), code="stolen_card")
    ended(invoice, "paid", OPENED + 5 * DAY)
    found, totals = relived(connection), Totals()
    for row in found:
        totals.add(row, zone("UTC"))
    assert (totals.failures, totals.failed, totals.known) == (2, {"usd": 19800}, 0)
    assert totals.charges == sum(len(row.charges) for row in found) == 4
    assert totals.messages == sum(len(row.messages) for row in found)
    assert sum(totals.rules.values()) == totals.charges + totals.messages
    assert (totals.ended, totals.refused["card.never"]) == ({"open": 1, "paid": 1}, 1)
    assert totals.refused[QUIET] == sum(len(row.moved) for row in found) > 0
    assert sum(day.charges for day in totals.days.values()) == 4
    assert (totals.days[OPENED.date()].failed, totals.days[(OPENED + 5 * DAY).date()].paid) == (2, 1)
    assert who.email


def test_many_are_read_with_as_many_queries_as_few(connection):
    def asked():
        with CaptureQueriesContext(database) as queries:
            found = backtest(connection.project, NOW)
            found.relived(list(found.firsts()[:25]))
        return len(queries)

    failed(connection)
    few = asked()
    for _ in range(12):
        failed(connection)
    assert asked() == few <= 8


def test_an_odd_one_stops_no_other(connection):
    odd = an_odd_one(connection)
    _, even = failed(connection)
    found = backtest(connection.project, NOW)
    assert [row.invoice for row in found.every()] == [even]
    assert found.odd == {odd.pk}

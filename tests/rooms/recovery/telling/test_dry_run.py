"""Rules that nobody saved, held against the last month: what changes is counted and told, and nothing is done."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from tests import factories as make
from tests.factories import DAY, NOW
from tests.rooms.recovery.telling.test_backtest import ended, failed, mirrored, rules, tried
from tideover.core.catalogue import Channel
from tideover.core.choices import NEVER
from tideover.core.declines import Family
from tideover.core.money import Money
from tideover.core.rules import PRESETS
from tideover.core.settings.conditions import Condition
from tideover.messages.models import Message
from tideover.mirror.models import Payment
from tideover.recovery import models
from tideover.recovery.telling.backtest import backtest
from tideover.recovery.telling.dry_run import AT_ONCE, DAYS, EXAMPLES, GONE, NOT_BY_THEN, dry_run
from tideover.tenants.models import AuditEntry

pytestmark = pytest.mark.django_db
REVGUARD = PRESETS["revguard"]  # messages on days 0, 3 and 7
OPENED = NOW - 20 * DAY
GOLD = "price_1PZq4mKx8Yt2Lw9sR3vB7nCd"


@pytest.fixture
def connection(db):
    connection = make.make_connection(mode="observe", livemode=True)
    mirrored(connection)
    rules(connection, "revguard")
    return connection


def fails(connection, **told):
    return failed(connection, **{"at": OPENED, **told})


def edited(place, **changes):
    steps = [replace(step, **changes) if at == place else step for at, step in enumerate(REVGUARD.messages)]
    return replace(REVGUARD, messages=tuple(steps))


def ran(connection, wished, **most):
    return dry_run(backtest(connection.project, NOW, DAYS), wished, **most)


def told(run):
    """How many of each message, by the live rules and by these."""
    return [(step.day, each.before, each.after) for step, each in run.by_step]


def test_the_live_rules_change_nothing(connection):
    fails(connection)
    run = ran(connection, REVGUARD)
    assert (run.looked_at, run.changed, run.examples, run.by_day, run.charges.more) == (1, 0, [], [], 0)
    assert told(run) == [(0, 1, 1), (3, 1, 1), (7, 1, 1)]


def test_a_message_that_is_for_some_alone_is_fewer_and_the_example_says_why(connection):
    fails(connection)
    fails(connection, code="expired_card")
    run = ran(connection, edited(1, only=Condition((Family.EXPIRED,))))
    assert told(run) == [(0, 2, 2), (3, 2, 1), (7, 2, 2)]
    assert [(channel, each.before, each.after) for channel, each in run.by_channel] == [(Channel.EMAIL, 6, 5)]
    assert [(channel, each.more) for _, channel, each in run.by_day] == [(Channel.EMAIL, -1)]
    [example] = run.examples
    [change] = example.changes
    assert (change.step.day, change.becomes, change.was.day) == (3, None, 3)
    assert change.why == (
        "The message of day 3 is left out: it goes out only after “Expired or missing method”,"
        " and this payment failed as “Insufficient funds”."
    )


def test_a_message_that_moves_and_one_that_comes_and_one_that_goes_are_told_apart(connection):
    fails(connection)
    moved = ran(connection, edited(1, day=4))
    assert told(moved) == [(0, 1, 1), (4, 1, 1), (7, 1, 1)]
    [change] = moved.examples[0].changes
    assert (change.was.day, change.becomes.day) == (3, 4)
    assert sorted(each.more for _, _, each in moved.by_day) == [-1, 1]
    fewer = ran(connection, replace(REVGUARD, messages=REVGUARD.messages[:2]))
    assert told(fewer) == [(0, 1, 1), (3, 1, 1), (7, 1, 0)]
    assert [change.why for change in fewer.examples[0].changes] == [GONE]
    extra = replace(REVGUARD.messages[1], day=5)
    messages = (*REVGUARD.messages[:2], extra, REVGUARD.messages[2])
    more = ran(connection, replace(REVGUARD, messages=messages))
    assert told(more) == [(0, 1, 1), (3, 1, 1), (5, 0, 1), (7, 1, 1)]


def test_what_would_have_come_after_it_was_paid_is_not_told_as_a_rules_doing(connection):
    who, invoice = fails(connection)
    tried(who, invoice, at=OPENED + 4 * DAY, outcome="paid", fingerprint="fp_new")
    ended(invoice, "paid", OPENED + 4 * DAY)
    run = ran(connection, edited(1, day=5))
    assert [change.why for change in run.examples[0].changes] == [NOT_BY_THEN]


def test_a_condition_is_named_also_where_no_later_message_went_out_to_tell_of_it(connection):
    who, invoice = fails(connection)
    tried(who, invoice, at=OPENED + 10 * DAY, outcome="paid", fingerprint="fp_new")
    ended(invoice, "paid", OPENED + 10 * DAY)
    [change] = ran(connection, edited(2, only=Condition((Family.EXPIRED,)))).examples[0].changes
    assert change.why.startswith("The message of day 7 is left out: it goes out only after")


def test_who_gets_nothing_any_more_are_customers_however_many_of_their_payments_failed(connection):
    who, _ = fails(connection)
    fails(connection, customer=who, at=OPENED + 9 * DAY)
    fails(connection)
    assert ran(connection, REVGUARD).silenced == 0
    assert ran(connection, replace(REVGUARD, messages=())).silenced == 2
    of_it = edited(0, only=Condition(least=(Money(2000, "usd"),)))
    Payment.objects.filter(at=OPENED + 9 * DAY).update(amount=500)
    assert ran(connection, replace(of_it, messages=of_it.messages[:1])).silenced == 0


def test_who_gets_nothing_any_more_is_counted_and_charges_too(connection):
    fails(connection)
    silent = replace(REVGUARD, messages=(), charges=dict.fromkeys(Family, NEVER))
    run = ran(connection, silent)
    assert (run.silenced, run.charges.after, run.charges.before > 0) == (1, 0, True)
    assert run.examples[0].charges.more == -run.charges.before


def test_an_amount_and_a_price_are_known_as_the_case_knows_them(connection):
    _, cheap = fails(connection, amount_due=500)
    Payment.objects.filter(invoice_id=cheap.stripe_id).update(amount=500)
    _, gold = fails(connection)
    make.make_case(connection, invoice_id=gold.stripe_id, prices=f"{GOLD} prod_QfT8mLk3wXz1Ab")
    by_amount = ran(connection, edited(1, only=Condition(least=(Money(2000, "usd"),))))
    assert told(by_amount)[1] == (3, 2, 1)
    by_price = ran(connection, edited(1, only=Condition(prices=(GOLD,))))
    assert told(by_price)[1] == (3, 2, 1)
    [change] = by_price.examples[0].changes
    assert "what this payment is for is not known" in change.why


def test_a_segment_is_known_as_stripe_tells_it_of_the_customer(connection):
    fails(connection)
    who, _ = fails(connection)
    type(who).objects.filter(pk=who.pk).update(segment="enterprise")
    by_segment = ran(connection, edited(1, only=Condition(segments=("enterprise",))))
    assert told(by_segment)[1] == (3, 2, 1)
    [change] = by_segment.examples[0].changes
    assert "only for customers in the segment “enterprise”, and this one is in none" in change.why


def test_only_the_last_days_and_so_many_payments_are_looked_at_and_it_is_said(connection):
    fails(connection, at=NOW - 40 * DAY)
    for hours in range(3):
        fails(connection, at=OPENED + timedelta(hours=hours))
    assert ran(connection, REVGUARD).looked_at == 3
    few = ran(connection, replace(REVGUARD, messages=()), most=2)
    assert (few.looked_at, few.more) == (2, True)
    assert [each.row.opened_at for each in few.examples] == [OPENED + timedelta(hours=hours) for hours in (2, 1)]


def test_examples_are_few_and_an_odd_payment_stops_no_other(connection):
    for hours in range(EXAMPLES + 2):
        fails(connection, at=OPENED + timedelta(hours=hours))
    who, invoice = fails(connection)
    tried(who, invoice, at=OPENED + DAY, outcome="of tomorrow")
    run = ran(connection, replace(REVGUARD, messages=()))
    assert (run.looked_at, run.changed, len(run.examples)) == (EXAMPLES + 2, EXAMPLES + 2, EXAMPLES)
    assert len(run.found.odd) == 1


def test_nothing_is_written_sent_or_charged_and_many_cost_as_few(connection):
    fails(connection)
    kinds = (models.Case, models.Action, models.Ruleset, Message, AuditEntry)
    before = [model.objects.count() for model in kinds]
    with CaptureQueriesContext(database) as few:
        ran(connection, edited(1, hour=10))
    for _ in range(4):
        fails(connection)
    assert AT_ONCE > 5
    with CaptureQueriesContext(database) as many:
        ran(connection, edited(1, hour=10))
    assert before == [model.objects.count() for model in kinds]
    assert not [query["sql"] for query in many if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert len(many) == len(few)

"""The scans: what each finds, when it last looked, and that one which is off says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests import factories as make
from tests.factories import NOW
from tideover.core.rules import PRESETS
from tideover.flow.models import Lane
from tideover.mirror.importing import begin
from tideover.mirror.models import Mirror
from tideover.recovery.rulesets import adopt
from tideover.tenants.models import Connection, Project
from tideover.upkeep.scans import Scan, scanned

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def account():
    return make.make_connection(events_seen_to=NOW, swept_at=NOW - 5 * HOUR)


def by_name(account):
    project = Project.objects.select_related("organization").get(pk=account.project_id)
    return {each.scan: each for each in scanned(project, NOW)}


def test_all_of_them_are_told_and_find_nothing_where_nothing_is(account):
    adopt(account.project, "own", replace(PRESETS["tuned"], chase_overdue=True), NOW)
    begin(account, NOW)
    Mirror.objects.update(imported_at=NOW, stage="", walked_at=NOW)
    Connection.objects.update(swept_at=NOW)
    told = by_name(account)
    assert set(told) == set(Scan)
    assert {each.counted for each in told.values()} == {"None"}


def test_that_there_are_none_is_said_only_where_it_was_looked(account):
    told = by_name(account)  # its rules chase no invoices, and its history was not walked through
    assert {scan: each.counted for scan, each in told.items()} == {
        Scan.OVERDUE: "Not looked for",
        Scan.CARDS: "None so far",
        Scan.STALE: "None",
        Scan.CONNECTIONS: "None",
    }


def test_overdue_invoices_say_whether_the_rules_chase_them_and_when_they_were_looked_for(account):
    make.make_case(account, family="overdue", first_family="overdue", read_at=NOW)
    make.make_case(account, family="overdue", first_family="overdue", state="recovered", ended_at=NOW)
    assert not by_name(account)[Scan.OVERDUE].on
    adopt(account.project, "own", replace(PRESETS["tuned"], chase_overdue=True), NOW)
    assert by_name(account)[Scan.OVERDUE].ran_at is None, (
        "what was looked through by other rules is no word about these"
    )
    Connection.objects.update(swept_at=NOW - 5 * HOUR)
    told = by_name(account)[Scan.OVERDUE]
    assert (told.on, told.ran_at, told.counted) == (True, NOW - 5 * HOUR, "1 open case")


def test_what_was_not_looked_at_in_every_account_was_not_looked_at(account):
    make.make_connection(account.project, swept_at=None)
    assert by_name(account)[Scan.OVERDUE].ran_at is None


def test_cards_are_counted_and_dated_by_the_last_walk_through_the_account(account):
    who = make.make_customer(account, method_id="pm_1")
    make.make_method(who, stripe_id="pm_1", expires_on=NOW.date())
    make.make_subscription(who)
    assert by_name(account)[Scan.CARDS].ran_at is None
    begin(account, NOW)
    Mirror.objects.update(imported_at=NOW, stage="", walked_at=NOW - HOUR)
    told = by_name(account)[Scan.CARDS]
    assert (told.ran_at, told.counted) == (NOW - HOUR, "1 card")


def test_a_case_that_stands_still_and_was_not_read_is_one(account):
    make.make_case(account, opened_at=NOW - timedelta(days=20), read_at=NOW - timedelta(days=9))
    make.make_case(account, opened_at=NOW, read_at=NOW - timedelta(days=9))
    make.make_case(account, opened_at=NOW, read_at=NOW)
    assert by_name(account)[Scan.STALE].counted == "2 cases"


def test_a_connection_is_dead_where_stripe_refuses_us_or_was_not_heard_for_an_hour(account):
    assert by_name(account)[Scan.CONNECTIONS].found == 0
    Connection.objects.update(events_seen_to=NOW - 2 * HOUR)
    told = by_name(account)[Scan.CONNECTIONS]
    assert (told.found, told.ran_at) == (1, NOW - 2 * HOUR)
    Connection.objects.update(events_seen_to=NOW)
    Lane.objects.create(
        connection=account, organization=account.organization, refused_at=NOW, refused_until=NOW + HOUR,
        next_turn_at=NOW,
        refused_why="revoked",
    )  # fmt: skip
    assert by_name(account)[Scan.CONNECTIONS].counted == "1 account"


def test_another_merchants_things_are_not_counted(account):
    make.make_case(make.make_connection(), opened_at=NOW - timedelta(days=20), read_at=NOW - timedelta(days=9))
    assert by_name(account)[Scan.STALE].found == 0

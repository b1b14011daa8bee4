"""Refused calls: told once, believed for as long as they may go on, and over with the answer that shows it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import structlog

from tests.factories import NOW, make_connection
from tests.rooms.flow import work
from tideover import clock
from tideover.flow import refusals
from tideover.flow.models import Lane
from tideover.flow.stripe import WorkersLine
from tideover.recovery import claims
from tideover.upkeep.metrics import exposition

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def line():
    clock.travel_to(NOW)
    yield WorkersLine(make_connection())
    clock.travel_to(None)


def since(line):
    told = refusals.refusal_of(line.connection)
    return told and told.since


def test_a_dead_key_is_over_with_the_first_answer(line):
    line.refused("Expired API key provided", all_calls=True)
    assert since(line) == NOW
    assert "tideover_refused_connections 1\n" in exposition(NOW)
    line.answered()
    assert since(line) is None
    assert "tideover_refused_connections 0\n" in exposition(NOW)


def test_a_missing_permission_is_not_over_because_other_calls_are_answered(line):
    line.refused("This key lacks rak_invoice_write", all_calls=False)
    line.answered()
    assert since(line) == NOW
    clock.travel_to(NOW + HOUR)
    line.answered()
    assert since(line) is None


def test_it_is_logged_once_and_keeps_its_beginning(line):
    with structlog.testing.capture_logs() as told:
        for _ in range(3):
            line.refused("Expired API key provided", all_calls=True)
            clock.travel_to(clock.now() + HOUR)
    assert [entry["event"] for entry in told] == ["stripe.refuses"]
    assert since(line) == NOW


def test_one_account_s_key_says_nothing_of_another_s(line):
    line.refused("Expired API key provided", all_calls=True)
    assert refusals.refusal_of(make_connection()) is None


# ── what waits meanwhile ──


def test_while_a_dead_key_is_tried_again_and_again_nothing_else_asks(line):
    mine, other = line.connection, make_connection()
    work.due(mine, 3)
    work.due(other)
    line.refused("Expired API key provided", all_calls=True)
    Lane.objects.filter(pk=mine.pk).update(felt_at=NOW)
    assert {action.connection_id for action in claims.claim_due(NOW)} == {other.pk}
    line.answered()
    assert len(claims.claim_due(NOW)) == 3


def test_where_nobody_tries_it_each_step_asks_for_itself(line):
    """An installation whose rounds come by a timer has no worker, and no watch."""
    work.due(line.connection)
    line.refused("Expired API key provided", all_calls=True)
    Lane.objects.filter(pk=line.connection.pk).update(felt_at=NOW - refusals.WATCHED_FOR)
    assert len(claims.claim_due(NOW)) == 1


def test_a_missing_permission_keeps_nothing_from_asking(line):
    work.due(line.connection)
    line.refused("This key lacks rak_customer_write", all_calls=False)
    Lane.objects.filter(pk=line.connection.pk).update(felt_at=NOW)
    assert len(claims.claim_due(NOW)) == 1

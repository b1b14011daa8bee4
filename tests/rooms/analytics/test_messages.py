"""The figures of messages: people apart from machines, what came back taken off, and what was paid after them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories as make
from tests.factories import DAY, NOW
from tideover.analytics.messages import By, Listed, left, performance, standings
from tideover.analytics.period import Comparison, last_days
from tideover.analytics.scope import Scope
from tideover.core.signals.signs import Who
from tideover.messages.models import Message
from tideover.recovery.models import Action
from tideover.recovery.places import zone

pytestmark = pytest.mark.django_db
PERIOD = last_days(7, NOW.date(), zone("UTC"))


@pytest.fixture
def connection():
    return make.make_connection()


@pytest.fixture
def scope(connection):
    return Scope(connection.organization_id, connection.project_id, "usd")


def sent(case, *events, **values):
    """A message that left an hour ago, and what became of it: pairs of kind and who."""
    message = make.make_message(case, **{"at": NOW - timedelta(hours=1), **values})
    for kind, by in events:
        make.make_event(message, kind, by=by)
    return message


def told(scope, by=By.KIND, days=7):
    return {each.key: each for each in performance(scope, PERIOD, by, days)}


def standing_of(connection, period=PERIOD, before=None):
    actions = Action.objects.filter(case__project=connection.project, do="message")
    listed = Listed(left(connection.project), actions.filter(state="dropped"), actions.filter(state="planned"))
    return standings(listed, period, before)


def test_people_machines_and_what_nobody_can_tell_are_counted_apart_each_message_once(connection, scope):
    case = make.make_case(connection)
    sent(case, ("opened", "person"), ("clicked", "person"))
    sent(case, ("opened", "machine"), ("clicked", "machine"))
    sent(case, ("opened", "unknown"))
    sent(case)
    for sums in (told(scope)["failed"].sums, standing_of(connection).now.sums):
        assert (sums.sent, sums.delivered) == (4, 4)
        assert sums.opened == {Who.PERSON: 1, Who.MACHINE: 1, Who.UNKNOWN: 1}
        assert sums.clicked == {Who.PERSON: 1, Who.MACHINE: 1}
        assert sums.of_delivered(sums.opened) == 2500


def test_what_came_back_is_not_delivered_and_what_may_have_left_has_left(connection, scope):
    case = make.make_case(connection)
    sent(case, ("bounced", "unknown"))
    sent(case)
    sent(case, state="unknown", sent_at=None)
    sent(case, state="failed", sent_at=None, data_started_at=None)
    for sums in (told(scope)["failed"].sums, standing_of(connection).now.sums):
        assert (sums.sent, sums.bounced, sums.delivered) == (3, 1, 1)


def test_what_a_server_refused_was_sent_and_bounced(connection, scope):
    case = make.make_case(connection)
    action = make.make_action(case, do="message", state="dropped", settled_at=NOW)
    sent(case)
    never_in = {"state": "failed", "sent_at": None, "data_started_at": None, "action_id": action.pk}
    sent(case, ("bounced", "unknown"), **never_in)
    found = standing_of(connection).now
    assert found.unsent == 0
    for sums in (told(scope)["failed"].sums, found.sums):
        assert (sums.sent, sums.bounced, sums.delivered) == (2, 1, 1)


def test_without_a_message_there_is_no_rate(connection):
    sums = standing_of(connection).now.sums
    assert (sums.sent, sums.of_delivered(sums.opened)) == (0, None)


def test_what_is_still_to_go_and_what_was_not_sent_are_counted_and_held_against_the_days_before(connection):
    case = make.make_case(connection)
    for step, due in (("message-2", NOW + 2 * DAY), ("message-1", NOW + DAY)):
        make.make_action(case, step=step, do="message", state="planned", due_at=due)
    make.make_action(case, step="message-3", do="message", state="dropped", settled_at=NOW - DAY)
    make.make_action(case, step="message-4", do="message", state="dropped", settled_at=NOW - 8 * DAY)
    sent(case)
    sent(case, at=NOW - 8 * DAY)
    sent(case, at=NOW - 9 * DAY)
    found = standing_of(connection, before=PERIOD.before(Comparison.PREVIOUS))
    assert (found.queued, found.next_at) == (2, NOW + DAY)
    assert (found.now.unsent, found.before.unsent) == (1, 1)
    assert (found.now.sums.sent, found.before.sums.sent) == (1, 2)
    assert standing_of(connection, period=None).now.sums.sent == 3


@pytest.mark.parametrize(
    ("after", "paid"), [(timedelta(hours=-1), 0), (timedelta(hours=1), 1), (7 * DAY, 1), (7 * DAY + timedelta(1), 0)]
)
def test_an_invoice_is_paid_after_a_message_within_the_days_that_are_asked_for(connection, scope, after, paid):
    at = NOW - timedelta(hours=1)
    sent(make.make_case(connection, state="recovered", ended_at=at + after, amount_due=500, amount_recovered=500))
    found = told(scope)["failed"]
    assert (found.paid, found.money.minor) == (paid, 500 * paid)


def test_what_was_given_up_or_went_back_whole_was_not_paid(connection, scope):
    sent(make.make_case(connection, state="abandoned", ended_at=NOW))
    sent(make.make_case(connection, state="recovered", ended_at=NOW, amount_recovered=0))
    assert told(scope)["failed"].paid == 0


def test_what_the_link_of_a_message_brought_is_told_apart(connection, scope):
    for channel, via in [("email", "email"), ("email", "sms"), ("sms", "sms"), ("sms", "retry")]:
        sent(make.make_case(connection, state="recovered", ended_at=NOW, via=via), channel=channel)
    found = told(scope)["failed"]
    assert (found.paid, found.by_link) == (4, 2)


def test_messages_are_told_apart_by_each_of_the_keys(connection, scope):
    case = make.make_case(connection)
    action = make.make_action(case, step="message-3", do="message", state="done")
    message = {"action_id": action.pk, "template": "urgent", "tone": "serious", "locale": "de_AT", "psychology": True}
    sent(case, ("bounced", "unknown"), **message)
    sent(case, locale="en_GB")
    for by, keys in {
        By.KIND: {"urgent", "failed"},
        By.LANGUAGE: {"de", "en"},
        By.STEP: {"message-3", ""},
        By.TONE: {"serious", "friendly"},
        By.WORDING: {"psychology", "plain"},
    }.items():
        found = told(scope, by)
        assert set(found) == keys
        assert sum(each.sums.sent for each in found.values()) == 2
        assert sorted(each.sums.bounced for each in found.values()) == [0, 1]


def test_nothing_of_another_merchant_currency_or_time_is_counted(connection, scope):
    sent(make.make_case(make.make_connection()))
    euros = make.make_case(connection, currency="eur")
    sent(euros)
    sent(euros, ("bounced", "unknown"), state="failed", sent_at=None, data_started_at=None)
    sent(make.make_case(connection), at=NOW - 30 * DAY)
    assert performance(scope, PERIOD, By.KIND, 7) == []
    assert standing_of(connection).now.sums.sent == 1
    assert Message.objects.count() == 4

"""A dead or slow mail server is seen everywhere: on Home, on Status, among what was not sent, and in the metrics."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from tests.factories import NOW, make_action, make_case, make_connection, make_message
from tideover import clock
from tideover.flow import circuit_breaker
from tideover.messages.models import Message
from tideover.recovery.models import Action
from tideover.upkeep.mail import TOO_LONG, TOO_OFTEN, mail
from tideover.upkeep.metrics import exposition
from tideover.upkeep.standing import standing

pytestmark = pytest.mark.django_db
PAGES = ("/", "/status/", "/messages/?status=unsent")


@pytest.fixture
def waiting(alice):
    """A message of Alice's that the server puts off."""
    clock.travel_to(NOW)
    case = make_case(make_connection(alice.project))
    action = make_action(case, do="message", step="message-1")
    put_off = {"state": Message.State.FAILED, "may_retry": True, "reason": "the mail server refuses connections"}
    yield make_message(case, action, **put_off, at=NOW - TOO_LONG - timedelta(minutes=1))
    clock.travel_to(None)


def test_while_a_message_waits_for_long_each_page_says_so(client, alice, waiting):
    client.force_login(alice.user)
    for page in PAGES:
        said = client.get(page).content.decode()
        assert "The mail server takes no messages." in said
        assert "the mail server refuses connections" in said
        assert "nothing was held back" not in said


def test_while_all_is_well_no_page_says_so(client, alice):
    client.force_login(alice.user)
    for page in PAGES:
        assert "takes no messages" not in client.get(page).content.decode()
    assert "No message" in client.get(PAGES[2]).content.decode()


def test_a_server_that_takes_none_of_several_in_a_row_is_in_trouble_at_once(waiting):
    Message.objects.update(created_at=NOW)
    assert mail(NOW).trouble == ""
    for _ in range(TOO_OFTEN):
        circuit_breaker.record_failure("mail", NOW)
    assert mail(NOW).trouble
    circuit_breaker.record_success("mail")
    assert mail(NOW).trouble == ""


def test_what_was_dropped_meanwhile_waits_for_nothing(waiting):
    Action.objects.update(state="dropped")
    assert (mail(NOW).waiting, mail(NOW).trouble) == (0, "")


def test_lost_mails_are_counted(alice, mallory):
    case = make_case(make_connection(alice.project))
    make_message(case, state=Message.State.UNKNOWN)
    make_message(case, state=Message.State.FAILED, reason="554")
    make_message(case, state=Message.State.FAILED, may_retry=True)
    make_message(case)
    assert mail(NOW).lost == mail(NOW, alice.organization.pk).lost == 2
    assert mail(NOW, mallory.organization.pk).lost == 0
    assert "tideover_lost_mails 2" in exposition(NOW)


if database.vendor == "sqlite":  # PostgreSQL plans by how many rows there are

    def used(ask, whose):
        """The indexes by which the answers are found."""
        with CaptureQueriesContext(database) as asked:
            ask(NOW, whose)
        with database.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {asked[0]['sql']}")
            return {row[3].split(" INDEX ")[-1].split()[0] for row in cursor.fetchall() if " INDEX " in row[3]}

    def test_what_waits_is_found_among_what_has_not_left_and_each_action_by_its_id(alice):
        assert "message_to_leave" in used(mail, alice.organization.pk)
        assert "action_by_settling" not in used(mail, alice.organization.pk), "that is all that was ever done"

    def test_what_is_in_doubt_is_found_without_what_ever_left(alice):
        for whose in (alice.organization.pk, None):
            assert "message_handed_over" in used(standing, whose)

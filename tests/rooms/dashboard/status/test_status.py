"""The status page: what waits, and how each account stands, each with the word a person looks for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories as make
from tideover.flow import refusals
from tideover.tenants.models import Connection

pytestmark = pytest.mark.django_db


def account(person):
    [account] = person.browser().get("/status/").context["accounts"]
    return account.value, account.word.label


def test_a_shop_in_order_is_fine_and_every_rule_holds(alice, connection):
    answer = alice.browser().get("/status/")
    assert answer.context["broken"] == 0
    assert {gauge.word.label for gauge in answer.context["gauges"]} <= {"Fine", "Unknown"}


def test_an_action_long_due_is_late(alice, case, present):
    make.make_action(case, due_at=present - timedelta(hours=2))
    [oldest, *_] = alice.browser().get("/status/").context["gauges"]
    assert (oldest.value, oldest.word.label) == ("2h", "Late")


def test_an_account_says_how_long_ago_its_events_were_listed(alice, connection, present):
    assert account(alice) == ("Not yet", "Late")
    Connection.objects.update(events_seen_to=present - timedelta(minutes=3, seconds=30))
    assert account(alice) == ("3m ago", "Fine")
    Connection.objects.update(events_seen_to=present - timedelta(hours=3, seconds=30))
    assert account(alice) == ("3h ago", "Late")


def test_an_account_with_which_nothing_happens_says_why(alice, connection, present):
    Connection.objects.update(quarantined_at=present)
    assert account(alice) == ("In quarantine", "Quarantine")
    Connection.objects.update(state=Connection.State.DISCONNECTED)
    assert account(alice) == ("Disconnected", "Disconnected")


def test_an_account_whose_key_is_dead_is_red_on_status_and_home(alice, connection, present):
    refusals.record(connection, "Expired API key provided", present - timedelta(minutes=7), all_calls=True)
    assert account(alice) == ("Stripe refuses our calls, for 7m", "Look here")
    [told] = alice.browser().get("/").context["refused"]
    assert (told.account, told.why) == (connection.account_name, "Expired API key provided.")


def test_mallory_hears_nothing_of_it(mallory, connection, present):
    refusals.record(connection, "Expired API key provided", present, all_calls=True)
    assert mallory.browser().get("/").context["refused"] == []

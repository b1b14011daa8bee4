"""A restored backup writes nobody a second time what may have left ahead of a payment since it was made."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.rooms.predunning.there import DAY, NOW
from tideover.messages.models import Message
from tideover.predunning.models import Alert
from tideover.predunning.restoring import WHY, doubt_what_was_due

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DUE = 6  # days from NOW to seven days before the first payment that the card comes too late for


def outcome(world):
    return world.alert.state, world.alert.reason


def test_what_waited_in_the_backup_and_whose_day_came_before_the_restore_is_not_written_again(world):
    world.holder()
    world.at(NOW)
    assert doubt_what_was_due(NOW + (DUE + 1) * DAY) == 1
    world.at(NOW + (DUE + 1) * DAY).by_the_day(9)
    assert world.sent == []
    assert outcome(world) == ("unknown", WHY)


def test_nor_where_the_restore_is_at_night_and_nobody_would_be_written_to_now(world):
    world.holder()
    world.at(NOW)
    assert doubt_what_was_due(NOW + (DUE + 1) * DAY + 11 * HOUR) == 1


def test_what_comes_due_after_the_restore_is_written_once(world):
    who, _, _ = world.holder()
    world.at(NOW)
    assert doubt_what_was_due(NOW + DAY) == 0
    world.by_the_day(DUE + 9)
    assert world.sent == [who.email]


def test_what_the_backup_has_no_row_of_yet_is_not_written_either(world):
    world.holder()
    assert not Alert.objects.exists()
    assert doubt_what_was_due(NOW + (DUE + 1) * DAY) == 1
    world.at(NOW + (DUE + 1) * DAY).by_the_day(9)
    assert world.sent == []


def test_a_message_that_was_under_way_as_the_backup_was_made_is_in_doubt_and_one_that_had_left_is_sent(world):
    world.holder()
    world.at(NOW + DUE * DAY)
    Alert.objects.update(state="planned", settled_at=None, try_at=NOW)
    doubt_what_was_due(NOW + (DUE + 1) * DAY)
    assert outcome(world) == ("sent", WHY)
    Alert.objects.update(state="planned", settled_at=None, try_at=NOW)
    Message.objects.update(state="data_started", sent_at=None)
    doubt_what_was_due(NOW + (DUE + 1) * DAY)
    assert outcome(world) == ("unknown", WHY)
    assert Message.objects.get().state == "unknown"


def test_a_letter_to_who_has_left_that_was_due_is_not_written_again_and_the_next_one_is(world):
    world.set(card_alerts=False, winback=True)
    who, _ = world.leaver()
    assert doubt_what_was_due(NOW + 2 * DAY) == 1
    world.at(NOW + 2 * DAY).by_the_day(6)
    assert world.sent == [who.email]
    assert [*Alert.objects.order_by("kind").values_list("kind", "state")] == [
        ("winback_1", "unknown"), ("winback_7", "sent"),
    ]  # fmt: skip

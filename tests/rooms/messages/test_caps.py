"""How much one person is written to: once a day, and as often a week as the merchant allows, whatever it is about."""

from __future__ import annotations

import random
from datetime import timedelta
from itertools import pairwise

import pytest

from tests.rooms.messages.post import NOW, claimed
from tideover.core.catalogue import Channel, Template
from tideover.messages.models import Message
from tideover.messages.suppression import Meant, free_at, refusal

pytestmark = pytest.mark.django_db
JANE, PHONE = "jane@customer.example", "+14155552671"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def sent(person, at, address=JANE, state="sent"):
    message = claimed(person, address)
    Message.objects.filter(pk=message.pk).update(state=state, data_started_at=at, sent_at=at)


def may(person, at, meant=None):
    return refusal(person.project, Channel.EMAIL, JANE, at, meant or Meant()) is None


def test_who_has_had_as_many_as_the_week_allows_waits_until_the_first_of_them_is_a_week_old(alice):
    alice.project.most_a_week = 3
    for day in (0, 2, 4):
        sent(alice, NOW + day * DAY)
    assert not may(alice, NOW + 6 * DAY)
    assert free_at(alice.project, [JANE], NOW + 6 * DAY) == NOW + 7 * DAY
    assert may(alice, NOW + 7 * DAY)


def test_the_later_of_day_and_week_counts(alice):
    alice.project.most_a_week = 1
    sent(alice, NOW)
    assert free_at(alice.project, [JANE], NOW + HOUR) == NOW + 7 * DAY
    alice.project.most_a_week = 7
    assert free_at(alice.project, [JANE], NOW + HOUR) == NOW + DAY


@pytest.mark.parametrize("each", [False, True])
def test_a_text_message_counts_for_the_week_also_where_one_of_each_is_allowed_a_day(alice, each):
    alice.project.most_a_week, alice.project.one_a_day_each = 2, each
    sent(alice, NOW, PHONE)
    sent(alice, NOW + 2 * DAY)
    assert not may(alice, NOW + 4 * DAY, Meant(others=(PHONE,)))
    assert may(alice, NOW + 4 * DAY)  # somebody of whom no phone is known


def test_a_link_that_was_asked_for_goes_out_all_the_same(alice):
    alice.project.most_a_week = 1
    sent(alice, NOW)
    assert may(alice, NOW + 2 * DAY, Meant(Template.NEW_LINK))
    assert not may(alice, NOW + 2 * DAY, Meant(Template.URGENT))


@pytest.mark.parametrize(("state", "counts"), [("unknown", True), ("data_started", True), ("skipped", False)])
def test_what_may_have_left_counts(alice, state, counts):
    alice.project.most_a_week = 1
    sent(alice, NOW, state=state)
    assert may(alice, NOW + 3 * DAY) is not counts


def test_another_merchants_messages_count_for_nothing(alice, mallory):
    mallory.project.most_a_week = 1
    sent(alice, NOW)
    assert may(mallory, NOW + 2 * DAY)


@pytest.mark.parametrize("seed", range(6))
def test_however_often_it_is_tried_nobody_gets_more_in_any_day_or_week(alice, seed):
    chance = random.Random(seed)  # noqa: S311 - a story that can be told again
    alice.project.most_a_week = most = chance.randint(1, 7)
    gone, at = [], NOW
    for _ in range(60):
        at += timedelta(minutes=chance.randint(20, 1500))
        if may(alice, at):
            sent(alice, at)
            gone.append(at)
        else:
            assert free_at(alice.project, [JANE], at) > at
    assert all(later - earlier >= DAY for earlier, later in pairwise(gone))
    assert all(later - earlier >= 7 * DAY for earlier, later in zip(gone, gone[most:], strict=False))
    assert len(gone) > 5

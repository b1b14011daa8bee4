"""A pause of a merchant's stream is a row: it begins with a rate that is too high, and ends by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
import structlog

from tests.rooms.messages.post import NOW, came_to_harm, sent
from tideover.core.catalogue import CHANNELS, Channel
from tideover.core.outcomes import Unsent
from tideover.messages.models import StreamPause, Suppression
from tideover.messages.pauses import HARM, LIMIT_OF, WHAT_TO_DO, lift, look, pauses
from tideover.messages.stream import LIMITS, WINDOW
from tideover.messages.suppression import refusal, suppress
from tideover.tenants.models import AuditEntry

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def bounced(alice):
    """Of 500 mails 21 came back."""
    messages = sent(alice, 500)
    came_to_harm(messages[:21])
    return messages


def test_a_pause_says_since_when_and_how_many_of_how_many(alice, bounced):
    assert look(NOW) == 1
    [pause] = pauses(alice.organization)
    assert (pause.channel, pause.since, pause.title) == (Channel.EMAIL, NOW, "Email to your customers is paused")
    assert pause.figures == "Within seven days 500 left and 21 came back: that is 4.2% and the limit is 4%."


def test_complaints_are_told_to_the_hundredth_of_a_percent(alice):
    came_to_harm(sent(alice, 500)[:2], "complained")
    look(NOW)
    [pause] = pauses(alice.organization)
    assert pause.figures == "Within seven days 500 left and 2 were marked as spam: that is 0.4% and the limit is 0.08%."


def test_it_is_one_pause_however_often_it_is_looked_at_and_its_figures_are_of_the_last_look(alice, bounced):
    with structlog.testing.capture_logs() as logged:
        look(NOW)
        came_to_harm(bounced[21:40])
        look(NOW + MINUTE)
    [pause] = pauses(alice.organization)
    assert (pause.since, pause.found.bad) == (NOW, 40)
    assert [(each["event"], each["log_level"], each["bad"]) for each in logged] == [("stream.paused", "error", 21)]


def test_what_is_shown_as_paused_is_what_is_not_sent_and_the_other_way_round(alice, bounced):
    for now in (NOW, NOW + WINDOW - MINUTE, NOW + WINDOW):
        look(now)
        paused = refusal(alice.project, Channel.EMAIL, "new@customer.example", now) == Unsent.TOO_MANY_BOUNCES
        assert bool(pauses(alice.organization)) is paused, now


def test_it_ends_by_itself_and_the_next_one_is_another(alice, bounced):
    look(NOW)
    with structlog.testing.capture_logs() as logged:
        assert look(NOW + WINDOW) == 0
    assert [each["event"] for each in logged] == ["stream.goes_on"]
    came_to_harm(sent(alice, 500, at=NOW + WINDOW)[:30], at=NOW + WINDOW)
    look(NOW + WINDOW)
    assert list(StreamPause.objects.order_by("begun_at").values_list("begun_at", "ended_at")) == [
        (NOW, NOW + WINDOW), (NOW + WINDOW, None),
    ]  # fmt: skip


# ── lifted by a person ──

BY = "ada@alpine.example"


def test_who_lifts_it_stands_in_the_audit_log_and_mail_goes_out_at_once(alice, bounced):
    look(NOW)
    assert lift(alice.organization, Channel.EMAIL, BY, NOW + MINUTE)
    assert refusal(alice.project, Channel.EMAIL, "new@customer.example", NOW + MINUTE) is None
    assert (look(NOW + MINUTE), pauses(alice.organization)) == (0, [])
    row = StreamPause.objects.get()
    assert (row.ended_at, row.lifted_by) == (NOW + MINUTE, BY)
    [entry] = AuditEntry.objects.filter(organization=alice.organization)
    assert (entry.who, entry.what, entry.about, entry.before["bad"]) == (BY, "pause lifted", "email", 21)


def test_bounces_of_what_was_sent_before_count_no_more_however_late_they_are_told(alice, bounced):
    look(NOW)
    lift(alice.organization, Channel.EMAIL, BY, NOW + MINUTE)
    came_to_harm(bounced[21:60], at=NOW + 2 * MINUTE)
    came_to_harm(sent(alice, 500, at=NOW + 2 * MINUTE)[:19], at=NOW + 2 * MINUTE)
    assert look(NOW + 3 * MINUTE) == 0
    assert refusal(alice.project, Channel.EMAIL, "new@customer.example", NOW + 3 * MINUTE) is None


@pytest.mark.parametrize(("left", "paused"), [(499, False), (500, True)])
def test_a_rate_that_rises_again_pauses_again_once_there_is_enough_to_judge(alice, bounced, left, paused):
    look(NOW)
    lift(alice.organization, Channel.EMAIL, BY, NOW + MINUTE)
    came_to_harm(sent(alice, left, at=NOW + 2 * MINUTE)[:20], at=NOW + 2 * MINUTE)
    assert look(NOW + 3 * MINUTE) == int(paused)
    refused = refusal(alice.project, Channel.EMAIL, "new@customer.example", NOW + 3 * MINUTE)
    assert refused == (Unsent.TOO_MANY_BOUNCES if paused else None)
    assert [pause.found.left for pause in pauses(alice.organization)] == ([left] if paused else [])


def test_an_address_that_is_kept_out_stays_so(alice, bounced):
    suppress(alice.organization, Channel.EMAIL, "gone@customer.example", Suppression.Reason.BOUNCED, NOW)
    look(NOW)
    lift(alice.organization, Channel.EMAIL, BY, NOW + MINUTE)
    assert refusal(alice.project, Channel.EMAIL, "gone@customer.example", NOW + MINUTE) == Unsent.BOUNCED


def test_where_no_pause_stands_nothing_is_lifted_and_nothing_written_down(alice, mallory, bounced):
    look(NOW)
    assert not lift(mallory.organization, Channel.EMAIL, BY, NOW)
    assert not lift(alice.organization, Channel.SMS, BY, NOW)
    assert lift(alice.organization, Channel.EMAIL, BY, NOW)
    assert not lift(alice.organization, Channel.EMAIL, BY, NOW)
    assert AuditEntry.objects.count() == 1


def test_another_merchant_has_no_pause_and_nobody_sees_hers(alice, mallory, bounced):
    sent(mallory, 500)
    look(NOW)
    assert pauses(mallory.organization) == []
    assert StreamPause.objects.get().organization == alice.organization


def test_nothing_is_looked_for_in_a_sample_shop(alice, bounced):
    alice.organization.is_sample, alice.organization.stopped_at = True, NOW
    alice.organization.save()
    assert look(NOW) == 0


def test_each_kind_of_pause_has_its_limit_its_words_and_its_advice():
    kinds = sorted(limit.pause for limit in LIMITS.values())
    assert [sorted(table) for table in (LIMIT_OF, HARM, WHAT_TO_DO)] == [kinds] * 3
    assert sorted(CHANNELS) == sorted(Channel)

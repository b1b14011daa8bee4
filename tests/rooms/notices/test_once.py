"""A notice is told once at most, whoever is killed when, and however many workers there are."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests import factories as make
from tests.rooms.notices.letters import AWAY, FULL, NOBODY, Letters
from tideover.gateways.transport import Accepted
from tideover.notices import sending
from tideover.notices.models import Notice
from tideover.notices.planning import plan_summaries
from tideover.notices.rounds import tell
from tideover.notices.sending import KEPT, LEASE, send, send_due

pytestmark = pytest.mark.django_db
NOW = make.NOW.replace(hour=8)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
State = Notice.State


class Killed(BaseException):
    """The worker is no more."""


def killed() -> None:
    raise Killed


@pytest.fixture
def waiting(alice):
    make.make_case(make.make_connection(alice.project), attention="replied")
    plan_summaries(NOW)
    Notice.objects.exclude(kind="attention").update(state=State.UNWANTED, settled_at=NOW)
    return Notice.objects.filter(kind="attention")


def left(now, letters=None) -> int:
    letters = letters or Letters()
    tell(now, write=letters)
    return len(letters.of)


def test_a_worker_that_dies_before_it_leaves_leaves_it_to_the_next(waiting, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(sending, "letter_of", lambda *_: killed())
        with pytest.raises(Killed):
            left(NOW)
    assert left(NOW + LEASE - MINUTE) == 0, "it is still in hand"
    assert left(NOW + LEASE) == 1


def test_one_that_dies_as_it_leaves_leaves_a_doubt_and_it_is_never_sent_again(waiting):
    with pytest.raises(Killed):
        left(NOW, Letters(meanwhile=killed))
    assert [left(NOW + hours * MINUTE * 60) for hours in range(1, 5)] == [0] * 4
    assert waiting.get().state == State.UNKNOWN


def test_nor_is_it_held_for_ever_by_one_that_had_overslept_its_lease(waiting, monkeypatch):
    says = sending.letter_of

    def slowly(notice, now):
        monkeypatch.setattr(sending, "letter_of", says)
        left(NOW + LEASE, Letters(FULL))  # another has it meanwhile, and puts it off
        return says(notice, now)

    monkeypatch.setattr(sending, "letter_of", slowly)
    with pytest.raises(Killed):
        left(NOW, Letters(meanwhile=killed))
    assert left(NOW + 10 * MINUTE) == 0
    assert waiting.get().state == State.UNKNOWN


def test_an_answer_that_was_lost_is_never_asked_for_again(waiting):
    assert left(NOW, Letters(None)) == 1
    assert left(NOW + 10 * MINUTE) == 0
    assert waiting.get().state == State.UNKNOWN


def test_a_second_worker_in_the_middle_of_it_sends_nothing(waiting):
    other = Letters()
    letters = Letters(meanwhile=lambda: tell(NOW, write=other))
    tell(NOW, write=letters)
    assert (len(letters.of), other.of) == (1, [])


def test_a_worker_that_read_it_before_another_sent_it_sends_nothing(waiting):
    mine = waiting.select_related("member__user", "project__organization").get()
    assert left(NOW) == 1
    assert send(mine, NOW, Letters()) is None


def test_nor_where_the_other_is_to_ask_again_later_or_has_it_in_hand(waiting):
    mine = waiting.select_related("member__user", "project__organization").get()
    assert left(NOW, Letters(FULL)) == 1
    letters = Letters()
    assert send(mine, NOW, letters) is None
    waiting.update(due_at=NOW, lease_until=NOW + LEASE)
    assert send(mine, NOW, letters) is None
    assert letters.of == []


def test_a_slow_server_ends_a_round_before_a_lease_does(alice, bob, waiting):
    plan_summaries(NOW)
    passed = iter(range(0, 1000, 45))
    letters = Letters()
    assert send_due(NOW, write=letters, monotonic=lambda: float(next(passed))) == 1
    assert left(NOW + MINUTE) == 1, "the next round goes on"


def test_two_that_plan_at_once_plan_one(waiting):
    assert plan_summaries(NOW) == 0
    Notice.objects.all().update(until=None)  # as if the other had not written it yet when it was looked for
    plan_summaries(NOW)
    assert waiting.count() == 1


def test_what_is_refused_for_good_is_not_tried_again_and_what_is_not_is(waiting):
    assert left(NOW, Letters(FULL)) == 1
    assert left(NOW + 5 * MINUTE, Letters(NOBODY)) == 1
    assert left(NOW + 30 * MINUTE) == 0
    assert waiting.get().state == State.REFUSED


def test_a_mail_server_that_is_away_is_asked_once_in_a_round(alice, bob, waiting):
    plan_summaries(NOW)
    assert left(NOW, Letters(AWAY)) == 1
    assert left(NOW + 5 * MINUTE) == 2


def test_one_that_cannot_be_worded_holds_up_no_other(alice, bob, waiting, monkeypatch):
    plan_summaries(NOW)
    first = Notice.objects.filter(kind="attention").order_by("due_at", "pk").first()
    says = sending.letter_of

    def odd(notice, now):
        if notice.pk == first.pk:
            raise ValueError("nobody foresaw this")
        return says(notice, now)

    monkeypatch.setattr(sending, "letter_of", odd)
    assert left(NOW) == 1


def test_a_worker_that_is_told_to_end_sends_no_further(waiting):
    assert tell(NOW, lambda: True, Letters()) == 0


def test_rows_go_after_ninety_days(waiting):
    left(NOW)
    tell(NOW + KEPT, write=Letters())
    assert waiting.exists()
    tell(NOW + KEPT + 2 * DAY, write=Letters())
    assert not Notice.objects.exists()


class Kills(TestCase):
    """Any order of deaths, lost answers and servers that are away, by any number of workers."""

    @given(st.lists(st.sampled_from(["kill", "lost", "away", "full", "took"]), max_size=8), st.data())
    def test_each_person_gets_each_notice_once_at_most(self, ends, data):
        project = make.make_project()
        make.make_member(organization=project.organization)
        make.make_case(make.make_connection(project), attention="replied")
        now, took = NOW, 0
        for end in [*ends, "took"]:
            answer = {"lost": None, "away": AWAY, "full": FULL}.get(end, Accepted())
            letters = Letters(answer, killed if end == "kill" else lambda: None)
            plan_summaries(now)
            with suppress(Killed):
                tell(now, write=letters)
            took += len(letters.of) if end in {"kill", "lost", "took"} else 0
            now += data.draw(st.sampled_from([MINUTE, 6 * MINUTE, 40 * MINUTE]))
        assert took <= 1

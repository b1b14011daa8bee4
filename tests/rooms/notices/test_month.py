"""A month of one shop, told by the day: who is written to when, and about what, though workers die and mail fails."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from tests import factories as make
from tests.people import colleague
from tests.rooms.notices.letters import AWAY, TAKEN, Letters
from tideover.core.calendars.paces import Pace
from tideover.flow import refusals
from tideover.notices.choosing import choose
from tideover.notices.kinds import Kind
from tideover.notices.planning import plan_summaries
from tideover.notices.rounds import tell
from tideover.recovery.models import Case
from tideover.tenants.models import Member, Project
from tideover.tenants.people import OPERATOR, remove
from tideover.tenants.roles import Role

pytestmark = pytest.mark.django_db
FIRST = datetime(2026, 11, 1, tzinfo=UTC)  # a Sunday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DEAD, WAITS = "Stripe refuses the key of Alpine", "1 case waits for you"


class Killed(BaseException):
    """The worker is no more."""


def die() -> None:
    raise Killed


class Month:
    """The shop, its people, and every mail that a server took, by the day of the month in Berlin."""

    def __init__(self, alice, bob) -> None:
        Project.objects.filter(pk=alice.project.pk).update(time_zone="Europe/Berlin")
        self.account = make.make_connection(alice.project, account_name="Alpine")
        carol = colleague("Carol", alice, Role.ANALYST)
        self.alice, self.bob, self.carol = (Member.objects.get(user=each.user) for each in (alice, bob, carol))
        self.sent: list[tuple[int, str, str]] = []

    def runs(self, day: int, hour: float = 12, answer=TAKEN, meanwhile=lambda: None) -> None:
        """A round of two workers at that hour of UTC."""
        now = FIRST + (day - 1) * DAY + hour * HOUR
        for _ in range(2):
            letters = Letters(answer, meanwhile)
            plan_summaries(now)
            with suppress(Killed):
                tell(now, write=letters)
            took = letters.of if answer == TAKEN else []
            self.sent += [(day, address.partition("@")[0], letter.heading) for address, letter in took]

    def pays(self, day: int, hour: float = 12) -> None:
        at = FIRST + (day - 1) * DAY + hour * HOUR
        case = make.make_case(self.account, state="recovered", opened_at=at - DAY, ended_at=at)
        make.make_fact(case, "paid", at=at)

    def heard(self, *days: int) -> list[tuple[int, str, str]]:
        """What was sent on these days, in order."""
        return sorted(mail for mail in self.sent if mail[0] in days)


@pytest.fixture
def month(alice, bob) -> Month:
    return Month(alice, bob)


def test_the_first_days_of_a_month(month):
    # ── the first days: nothing happens, and nobody is written to ──
    for day in (1, 2):
        month.runs(day)
    assert month.sent == []

    # ── the 3rd: two payments come back; the owner hears of them the next morning, at 8 in Berlin ──
    for hour in (10, 11):
        month.pays(3, hour)
    for day, hour in ((3, 12), (4, 6.9)):
        month.runs(day, hour)
    assert month.sent == []
    for hour in (7, 9):
        month.runs(4, hour)
    assert month.sent == [(4, "alice", "2 payments came back: $198.00")]

    # ── the 5th: a case waits; Bob, an admin, hears of it too, each morning until it is seen to ──
    case = make.make_case(month.account, opened_at=FIRST + 4 * DAY, attention="replied")
    for day in (6, 7):
        month.runs(day, 8)
    Case.objects.filter(pk=case.pk).update(attention="")
    month.runs(8, 8)
    assert month.heard(6, 7, 8) == [(day, name, WAITS) for day in (6, 7) for name in ("alice", "bob")]

    # ── Monday the 9th: the week, also for Carol, who only reads; the worker dies as the second mail leaves ──
    lots = Counter[str]()

    def dies_at_the_second() -> None:
        lots["left"] += 1
        if lots["left"] == 2:
            die()

    month.runs(9, 8, meanwhile=dies_at_the_second)
    for hour in (8.1, 9):
        month.runs(9, hour)
    week = [name for day, name, said in month.sent if day == 9 and said == "$198.00 came back last week"]
    assert sorted(week) == ["alice", "bob", "carol"], "each once, also the one of which nobody knows whether it left"


def test_the_days_after_them(month):
    case = make.make_case(month.account, opened_at=FIRST + 4 * DAY, attention="replied")
    month.runs(9, 8)

    # ── the 10th: Bob turns the cases off, Alice wants payments at once ──
    choose(month.bob, month.account.project, {Kind.ATTENTION: Pace.OFF}, "bob", FIRST + 9 * DAY)
    choose(month.alice, month.account.project, {Kind.RECOVERED: Pace.AT_ONCE}, "alice", FIRST + 9 * DAY)
    month.pays(10, 12)
    for hour in (12.25, 12.3, 13):
        month.runs(10, hour)
    assert month.heard(10) == [(10, "alice", WAITS), (10, "alice", "1 payment came back: $99.00")]

    # ── the 12th: the key dies while the mail server is away for an hour ──
    Case.objects.filter(pk=case.pk).update(attention="")
    at = FIRST + 11 * DAY + 12 * HOUR
    refusals.record(month.account, "Expired API Key", at, all_calls=True)
    for hour, answer in ((12, AWAY), (12.5, AWAY), (13, TAKEN)):
        month.runs(12, hour, answer)
    assert month.heard(12) == [(12, "alice", DEAD), (12, "bob", DEAD)]
    refusals.end(month.account, at + 3 * HOUR)

    # ── the 14th: Bob is removed with a mail on its way to him ──
    refusals.record(month.account, "Expired API Key", at + 2 * DAY, all_calls=True)
    month.runs(14, 12, AWAY)
    remove(month.bob, OPERATOR, at + 2 * DAY)
    month.runs(14, 13)
    assert month.heard(14) == [(14, "alice", DEAD)]
    refusals.end(month.account, at + 2 * DAY + 3 * HOUR)

    # ── the other Mondays: one letter each to whoever is still there, as a case is open ──
    for day, hour in product(range(15, 31), (6, 8, 20)):
        month.runs(day, hour)
    rest = [(day, name) for day, name, _ in month.heard(*range(15, 31))]
    assert rest == [(16, "alice"), (16, "carol"), (23, "alice"), (23, "carol"), (30, "alice"), (30, "carol")]

"""A trial that may end by itself does so at the verdict, and no other does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories as make
from tests.factories import DAY, NOW
from tideover.core.catalogue import Channel, Template
from tideover.core.shares.verdicts import Says
from tideover.messages.models import TextTrial
from tideover.messages.own.content import Block, Content, Kind
from tideover.messages.own.rows import Which, newest, standing
from tideover.messages.own.trials import Plan, begin
from tideover.tenants.models import AuditEntry
from tideover.upkeep.text_trials import ENDS, end_decided

pytestmark = pytest.mark.django_db
FAILED = Which(Template.FAILED, Channel.EMAIL, "en")
MINE = Content((Block(Kind.TEXT, "Hello"), Block(Kind.BUTTON, "Pay")), "About {{ amount }}", "Open", "Open")


@pytest.fixture
def project():
    return make.make_project()


def tried(project, better="B", **values):
    trial = begin(project, FAILED, Plan(MINE, "alice", **{"ends_by_itself": True, **values}), NOW)
    shop = make.make_connection(project)
    for half in ("A", "B"):
        for _ in range(12):
            paid = {"state": "recovered", "ended_at": NOW + timedelta(days=1)} if half == better else {}
            make.make_message(make.make_case(shop, **paid), trial=trial, half=half, at=NOW)
    return trial


def test_b_is_used_once_it_is_better_and_not_before_its_days_are_over(project):
    tried(project)
    assert [end_decided(NOW + days * DAY) for days in (1, 6, 7, 8)] == [0, 0, 1, 0]
    assert standing(project, FAILED).content.subject == MINE.subject
    trial = TextTrial.objects.get()
    assert (trial.end, trial.ended_by, trial.ended_at) == ("b", "", NOW + 7 * DAY)
    changed, ended = AuditEntry.objects.filter(at=NOW + 7 * DAY).order_by("number")
    assert (ended.who, ended.what, ended.after) == ("tideover", "text trial ended", {"end": "b"})
    assert (changed.who, changed.what, newest(project, FAILED).made_by) == ("tideover", "text changed", "tideover")


def test_a_stays_where_it_is_better(project):
    tried(project, better="A")
    assert end_decided(NOW + 8 * DAY) == 1
    assert standing(project, FAILED) is None
    assert TextTrial.objects.get().end == "a"


def test_one_that_a_person_is_to_end_goes_on_whatever_it_says(project):
    tried(project, ends_by_itself=False)
    assert end_decided(NOW + 8 * DAY) == 0
    assert TextTrial.objects.get().ended_at is None


def test_one_of_which_nothing_can_be_said_goes_on(project):
    tried(project, better="")
    assert end_decided(NOW + 8 * DAY) == 0


def test_whatever_can_be_said_has_its_end():
    assert set(ENDS) == set(Says)
    assert [says for says, how in ENDS.items() if how is None] == [Says.NOT_YET]

"""A trial of two texts: a customer is in one half and stays there, who began before it is in none, and it ends once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from tests import factories as make
from tests.factories import DAY, NOW
from tideover.core.catalogue import Channel, Template
from tideover.core.shares.verdicts import Half
from tideover.messages.models import TextTrial
from tideover.messages.own.choosing import Beginning, Texts, chosen, half_of
from tideover.messages.own.content import Block, Content, Kind
from tideover.messages.own.rows import (
    Overtaken,
    UnderTrial,
    Which,
    Wish,
    all_standing,
    newest,
    revise,
    standing,
    version_of,
    versions,
)
from tideover.messages.own.trials import End, NoTrial, Plan, begin, can_be_measured, end, of_one_text, running, trials
from tideover.tenants.models import AuditEntry

pytestmark = pytest.mark.django_db
FAILED = Which(Template.FAILED, Channel.EMAIL, "en")
MINE = Content((Block(Kind.TEXT, "Hello"), Block(Kind.BUTTON, "Pay")), "About {{ amount }}", "Open", "Open")
OTHER = replace(MINE, subject="{{ amount }} is open")
CUSTOMERS = [f"cus_Rb4tKq7ZpLw{number:03d}" for number in range(400)]


@pytest.fixture
def project():
    return make.make_project()


def tried(project, b=OTHER, at=NOW, **values):
    return begin(project, FAILED, Plan(b, "alice", **values), at)


def subjects(project, at):
    """What each customer whose case begins then is written, by who reads one text and by who reads them all."""
    texts = Texts(project)
    found = {}
    for whom in CUSTOMERS[:40]:
        one, among_all = (read(project, FAILED, Beginning(at, whom)) for read in (chosen, texts.chosen))
        assert one == among_all
        found[whom] = one.own.content.subject if one.own else "ours"
    return found


def test_each_customer_gets_one_of_the_two_and_the_same_whenever_it_is_asked(project):
    revise(project, FAILED, Wish(MINE, "alice"), NOW - DAY)
    trial = tried(project)
    first = subjects(project, NOW)
    assert first == subjects(project, NOW + 30 * DAY)
    assert set(first.values()) == {MINE.subject, OTHER.subject}
    for whom, subject in first.items():
        assert (subject == OTHER.subject) == (half_of(trial, whom) == Half.B)


def test_about_half_of_all_customers_are_in_each_half_and_another_trial_divides_them_anew(project):
    trial, another = TextTrial(), TextTrial()
    b, also = ({whom for whom in CUSTOMERS if half_of(each, whom) == Half.B} for each in (trial, another))
    assert all(160 < len(half) < 240 for half in (b, also))
    assert 60 < len(b & also) < 140


def test_a_case_that_began_before_keeps_what_it_has_and_one_of_the_trial_keeps_its_half_when_that_is_over(project):
    trial = tried(project)
    assert set(subjects(project, NOW - timedelta(seconds=1)).values()) == {"ours"}
    during = subjects(project, NOW + DAY)
    assert set(during.values()) == {"ours", OTHER.subject}
    end(trial, End.STOPPED, "alice", NOW + 2 * DAY)
    assert subjects(project, NOW + DAY) == during
    assert set(subjects(project, NOW + 2 * DAY).values()) == {"ours"}


def test_where_a_clock_that_was_wrong_made_two_overlap_the_last_begun_counts(project):
    first = tried(project)
    end(first, End.STOPPED, "alice", NOW + DAY)
    second = tried(project, replace(OTHER, subject="{{ amount }} is still open"), NOW + DAY - timedelta(seconds=1))
    assert set(subjects(project, NOW + DAY - timedelta(seconds=1)).values()) == {"ours", "{{ amount }} is still open"}
    assert second.b == 2


def test_the_other_half_stands_for_nobody_besides(project):
    tried(project)
    assert standing(project, FAILED) is None
    assert newest(project, FAILED) is None
    assert all_standing(project) == {}
    assert [(row.number, row.for_trial) for row in versions(project, FAILED)] == [(1, True)]


def test_any_saved_version_or_ours_may_be_the_other_half(project):
    revise(project, FAILED, Wish(MINE, "alice"), NOW - 2 * DAY)
    revise(project, FAILED, Wish(OTHER, "alice"), NOW - DAY)
    end(tried(project, 1), End.STOPPED, "alice", NOW)
    trial = tried(project, 0)
    assert (trial.a, trial.b) == (2, 0)
    assert set(subjects(project, NOW).values()) == {OTHER.subject, "ours"}
    assert len(versions(project, FAILED)) == 2


def test_b_becomes_the_next_version_for_everybody(project):
    trial = tried(project)
    end(trial, End.B, "bob", NOW + DAY)
    assert set(subjects(project, NOW + DAY).values()) == {OTHER.subject}
    row = newest(project, FAILED)
    assert (row.number, row.made_by, row.note) == (2, "bob", "As version 1, after a trial")
    assert (of_one_text(project, FAILED).get().end, running(project, FAILED)) == ("b", None)


def test_ours_comes_back_where_it_was_the_better_half(project):
    revise(project, FAILED, Wish(MINE, "alice"), NOW - DAY)
    end(tried(project, 0), End.B, "bob", NOW + DAY)
    assert standing(project, FAILED) is None


def test_a_text_is_in_one_trial_at_a_time_and_no_third_version_takes_its_place_meanwhile(project):
    trial = tried(project)
    with pytest.raises(NoTrial, match="in a trial already"):
        tried(project)
    with pytest.raises(IntegrityError), transaction.atomic():
        make.make_trial(project)
    with pytest.raises(UnderTrial, match="End the trial first"):
        revise(project, FAILED, Wish(MINE, "alice"), NOW)
    assert revise(project, replace(FAILED, language="de"), Wish(MINE, "alice"), NOW)
    end(trial, End.A, "alice", NOW)
    with pytest.raises(NoTrial, match="ended already"):
        end(trial, End.B, "bob", NOW)
    assert revise(project, FAILED, Wish(MINE, "alice"), NOW).number == 2


def test_what_cannot_be_tried_is_refused_with_the_reason(project):
    revise(project, FAILED, Wish(MINE, "alice"), NOW)
    for plan, why in [
        (Plan(MINE, "alice"), "would say the same"),
        (Plan(1, "alice"), "would say the same"),
        (Plan(9, "alice"), "no version 9"),
        (Plan(OTHER, "alice", within_days=0), "within 1 to 60 days"),
    ]:
        with pytest.raises(NoTrial, match=why):
            begin(project, FAILED, plan, NOW)
    with pytest.raises(Overtaken, match="Version 1 was saved by alice meanwhile"):
        begin(project, FAILED, Plan(OTHER, "alice", base=4), NOW)
    with pytest.raises(NoTrial, match="nothing to measure"):
        begin(project, replace(FAILED, template=Template.PAID), Plan(OTHER, "alice"), NOW)
    assert not TextTrial.objects.exists()
    assert version_of(project, FAILED, 2) is None


def test_every_kind_that_asks_to_pay_can_be_tried():
    assert {each.value for each in Template if not can_be_measured(each)} == {
        "backup",
        "came_back",
        "card_expiring",
        "paid",
        "part_due",
        "part_missed",
        "part_paid",
        "plan_offered",
        "renewal",
        "trial_ending",
        "winback_1",
        "winback_14",
        "winback_30",
        "winback_7",
    }


def test_begin_and_end_are_in_the_audit_log_by_whom(project):
    end(tried(project, ends_by_itself=True), End.B, "", NOW + DAY)
    begun, ended, changed = AuditEntry.objects.filter(organization=project.organization).order_by("number")
    assert (begun.who, begun.what) == ("alice", "text trial begun")
    assert begun.after == {"text": "failed email en", "a": 0, "b": 1, "days": 7, "ends_by_itself": True}
    assert {ended.what, changed.what} == {"text trial ended", "text changed"}


def test_a_trial_of_another_merchant_or_language_changes_nothing_here(project):
    tried(make.make_project())
    begin(project, replace(FAILED, language="de"), Plan(OTHER, "alice"), NOW)
    assert set(subjects(project, NOW).values()) == {"ours"}
    assert [str(trial) for trial in trials(project)] == ["de email failed 0 or 1"]


def test_reading_a_text_asks_no_more_than_before_while_nothing_is_in_trial(project, django_assert_num_queries):
    revise(project, FAILED, Wish(MINE, "alice"), NOW - DAY)
    with django_assert_num_queries(1):
        chosen(project, FAILED, Beginning(NOW, CUSTOMERS[0]))
    with django_assert_num_queries(1):
        Texts(project).chosen(project, FAILED, Beginning(NOW, CUSTOMERS[0]))

"""Open cases go on by other rules when somebody asks: counted before, busy ones wait, nothing is done twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests import factories as make
from tests.factories import NOW
from tideover.core.rules import PRESETS
from tideover.recovery.editing.moving import ask, is_busy, move, move_all, waiting
from tideover.recovery.editing.reach import ask_to_count, count_all, count_of, reach_of
from tideover.recovery.intake import learn
from tideover.recovery.known import known_of
from tideover.recovery.models import Action, Case, Ruleset
from tideover.recovery.rulesets import Wish, adopt, revise
from tideover.tenants.models import AuditEntry

pytestmark = pytest.mark.django_db
TUNED, DAY = PRESETS["tuned"], timedelta(days=1)
BY = "alice@acme.example"


@pytest.fixture
def connection():
    connection = make.make_connection(make.make_project(make.make_organization()))
    adopt(connection.project, "tuned", TUNED, NOW)
    return connection


def a_case(connection, days=0):
    """One that is planned by the newest rules there are."""
    case = make.make_case(connection, opened_at=NOW - days * DAY, family="no_funds", card_brand="visa")
    learn(case, [], NOW)
    return Case.objects.get(pk=case.pk)


def edited(connection, **changes):
    rules = replace(TUNED, **(changes or {"messages": TUNED.messages[:2], "max_charges": 2}))
    return revise(connection.project, Wish(rules, BY), NOW)


def planned(case):
    rows = Action.objects.filter(case=case, state=Action.State.PLANNED).order_by("due_at", "step")
    return [(row.step, row.due_at) for row in rows]


def test_before_anybody_asks_an_open_case_keeps_its_rules(connection):
    case = a_case(connection)
    before = planned(case)
    newest = edited(connection)
    learn(case, [], NOW)
    assert planned(case) == before
    assert waiting(connection.project) is None
    assert reach_of(newest, NOW).open == 1


def test_what_would_change_is_counted_and_nothing_is_changed_by_counting(connection):
    cases = [a_case(connection) for _ in range(3)]
    before = [planned(case) for case in cases]
    reach = reach_of(edited(connection), NOW)
    assert (reach.open, reach.counted) == (3, 3)
    assert {"fewer charges": 3, "fewer messages": 3}.items() <= dict(reach.sums).items()
    assert reach.effects[0].now.step == reach.effects[0].then.step == "charge-1"
    assert [planned(case) for case in cases] == before


def test_where_there_are_many_a_page_counts_some_and_the_worker_all_on_demand(connection, monkeypatch):
    monkeypatch.setattr("tideover.recovery.editing.reach.COUNTED", 2)
    monkeypatch.setattr("tideover.recovery.editing.reach.AT_ONCE", 2)
    cases = [a_case(connection) for _ in range(5)]
    before = [planned(case) for case in cases]
    newest = edited(connection)
    assert (reach_of(newest, NOW).open, reach_of(newest, NOW).counted) == (5, 2)
    count_all(NOW)
    assert count_of(Ruleset.objects.get(pk=newest.pk)) is None
    ask_to_count(newest)
    ends = iter([False, True])
    count_all(NOW, lambda: next(ends))
    so_far = count_of(Ruleset.objects.get(pk=newest.pk))
    assert (so_far.cases, so_far.done) == (2, False)
    count_all(NOW)
    count = count_of(Ruleset.objects.get(pk=newest.pk))
    assert (count.cases, count.changed, count.done) == (5, 5, True)
    assert {"fewer charges": 5, "fewer messages": 5}.items() <= dict(count.most_first).items()
    assert [planned(case) for case in cases] == before


def test_a_case_that_moves_has_the_plan_of_its_new_rules_and_the_log_says_who_asked(connection):
    case = a_case(connection)
    newest = edited(connection)
    assert ask(newest, BY, NOW)
    assert not ask(newest, BY, NOW)
    assert move_all(NOW).moved == 0  # its first message is due: it goes out by the rules that planned it
    Action.objects.filter(case=case, due_at__lte=NOW).update(state="done", outcome="sent", settled_at=NOW)
    assert move_all(NOW + timedelta(seconds=1)).moved == 1
    case.refresh_from_db()
    assert case.ruleset == newest
    rows = Action.objects.filter(case=case, state=Action.State.PLANNED)
    assert [row.do for row in rows].count("charge") == 2
    assert {row.ruleset_version for row in rows} == {2}
    dropped = Action.objects.filter(case=case, state=Action.State.DROPPED)
    assert {row.reason for row in dropped} == {"the case goes on by other rules"}
    told = {(entry.what, entry.who) for entry in AuditEntry.objects.all()}
    assert {("rules for open cases", BY), ("moved to other rules", BY)} <= told
    assert waiting(connection.project) is None


@pytest.mark.parametrize("state", [Action.State.CLAIMED, Action.State.PLANNED])
def test_what_is_due_out_or_in_doubt_is_left_alone_until_it_is_settled(connection, state):
    case = a_case(connection)
    Action.objects.filter(case=case, due_at__lte=NOW).delete()
    action = make.make_action(case, step="charge-9", do="charge", state=state, due_at=NOW, started_at=NOW)
    before = Action.objects.values().get(pk=action.pk)
    newest = edited(connection)
    ask(newest, BY, NOW)
    [known] = known_of([case], NOW)
    assert is_busy(known, NOW)
    done = move(newest, NOW)
    assert (done.moved, done.waiting) == (0, 1)
    assert Action.objects.values().get(pk=action.pk) == before
    assert waiting(connection.project) == newest
    Action.objects.filter(pk=action.pk).update(state="done", outcome="declined", settled_at=NOW)
    assert move(newest, NOW + timedelta(seconds=1)).moved == 1
    assert Ruleset.objects.get(pk=newest.pk).all_moved_at


def test_days_that_the_new_rules_had_before_they_came_are_not_charged_at_once(connection):
    case = a_case(connection, days=10)
    Action.objects.filter(case=case, due_at__lte=NOW).update(state="done", outcome="declined", settled_at=NOW - 4 * DAY)
    newest = edited(connection, charges={**TUNED.charges, "no_funds": TUNED.charges["other"]}, name="mine")
    ask(newest, BY, NOW)
    assert move_all(NOW).moved == 1
    charges = [at for step, at in planned(case) if step.startswith("charge")]
    assert charges
    assert min(charges) > NOW
    assert Case.objects.get(pk=case.pk).rules_since == NOW


def test_a_case_that_has_ended_keeps_the_rules_it_ended_with(connection):
    case = a_case(connection)
    Case.objects.filter(pk=case.pk).update(state="recovered")
    newest = edited(connection)
    ask(newest, BY, NOW)
    assert move_all(NOW).moved == 0
    assert Case.objects.get(pk=case.pk).ruleset != newest
    assert waiting(connection.project) is None


def test_another_merchants_and_another_products_cases_are_not_touched(connection):
    mallory = make.make_connection(make.make_project(make.make_organization()))
    sister = make.make_connection(make.make_project(connection.organization))
    for each in (mallory, sister):
        adopt(each.project, "tuned", TUNED, NOW)
    others = [a_case(mallory), a_case(sister)]
    before = [planned(case) for case in others]
    newest = edited(connection)
    assert reach_of(newest, NOW).open == 0
    ask(newest, BY, NOW)
    move_all(NOW)
    assert [planned(case) for case in others] == before
    assert all(Case.objects.get(pk=case.pk).ruleset_id == case.ruleset_id for case in others)


def test_many_cases_move_in_several_transactions_and_a_worker_that_ends_goes_on_later(connection, monkeypatch):
    monkeypatch.setattr("tideover.recovery.editing.moving.AT_ONCE", 2)
    cases = [a_case(connection, days=1) for _ in range(5)]
    Action.objects.filter(case__in=cases, due_at__lte=NOW).update(state="done", outcome="sent", settled_at=NOW)
    newest = edited(connection)
    ask(newest, BY, NOW)
    ends = iter([False, False, True, True])
    assert move_all(NOW, lambda: next(ends)).moved == 2
    assert move_all(NOW).moved == 3
    assert not open_elsewhere_left(newest)


def open_elsewhere_left(ruleset):
    return Case.objects.filter(project=ruleset.project, state="failing").exclude(ruleset=ruleset).exists()


# ── one that is odd ──


def a_free_case(connection):
    """One of whose steps none is due: it may move."""
    case = a_case(connection)
    Action.objects.filter(case=case, due_at__lte=NOW).update(state="done", outcome="sent", settled_at=NOW)
    return case


def odd(ruleset):
    """As a version that this one cannot read has left it."""
    Ruleset.objects.filter(pk=ruleset.pk).update(rules={"unheard": "of"})


def test_a_case_that_cannot_move_waits_and_the_others_of_its_batch_move(connection):
    stuck, first = a_free_case(connection), connection.project.rulesets.get()
    adopt(connection.project, "tuned", TUNED, NOW)
    free = [a_free_case(connection) for _ in range(2)]
    newest = edited(connection)
    odd(first)
    ask(newest, BY, NOW)
    done = move_all(NOW)
    assert (done.moved, done.waiting) == (2, 1)
    assert {Case.objects.get(pk=case.pk).ruleset for case in free} == {newest}
    assert Case.objects.get(pk=stuck.pk).ruleset == first
    assert waiting(connection.project) == newest, "the page goes on saying so"


def test_a_project_whose_rules_cannot_be_read_holds_up_no_other(connection):
    for number in (1, 2):
        project = connection.project if number == 2 else make.make_project(make.make_organization())
        account = connection if number == 2 else make.make_connection(project)
        if number == 1:
            adopt(project, "tuned", TUNED, NOW)
        case = a_free_case(account)
        newest = edited(account)
        ask(newest, BY, NOW)
        ask_to_count(newest)
        if number == 1:
            odd(newest)
            unread = newest
    count_all(NOW)
    assert count_of(Ruleset.objects.get(pk=newest.pk)).done
    assert not count_of(Ruleset.objects.get(pk=unread.pk)).done
    assert move_all(NOW).moved == 1
    assert Case.objects.get(pk=case.pk).ruleset == newest

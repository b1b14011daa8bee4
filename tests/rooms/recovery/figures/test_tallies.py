"""The figures by day: whatever is learnt of cases, by whichever version, they are what the journal adds up to."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import factories as make
from tests.factories import DAY, NOW
from tideover.core.case import State, ended_at, state_of
from tideover.core.facts import Learnt, fact
from tideover.core.proceeds import proceeds
from tideover.recovery import intake
from tideover.recovery.figures import tallies
from tideover.recovery.figures.tallies import What
from tideover.recovery.figures.tally import Tally
from tideover.recovery.known import lock
from tideover.recovery.learnt import as_fact
from tideover.recovery.models import UNCOUNTED, Case, LearntFact
from tideover.recovery.places import zone
from tideover.tenants.models import Project
from tideover.upkeep import recounting
from tideover.upkeep.models import Walk

pytestmark = pytest.mark.django_db
MONEY = [Learnt.RECEIVED, Learnt.REFUNDED, Learnt.DISPUTED, Learnt.DISPUTE_WON, Learnt.DISPUTE_LOST]
ENDS = [Learnt.PAID, Learnt.VOIDED, Learnt.UNCOLLECTIBLE, Learnt.EXHAUSTED, Learnt.SUBSCRIPTION_ENDED]
FACTS = st.lists(
    st.builds(
        lambda kind, hours, amount: fact(kind, NOW + timedelta(hours=hours), "ch_1", amount=amount),
        st.sampled_from([*MONEY, *ENDS]),
        st.integers(0, 200),
        st.integers(1, 9900),
    ),
    min_size=1,
    max_size=3,
)
STEPS = st.lists(
    st.tuples(st.integers(0, 2), FACTS, st.sampled_from(["", "fold", "count", "older version", "rolled back"])),
    max_size=8,
)


def differences(project):
    return tallies.difference(tallies.as_it_is(project), tallies.as_told(project))


def add_up(project, what):
    rows = Tally.objects.filter(project=project, what=what)
    return sum(row.cases for row in rows), sum(row.due for row in rows)


def written_by_an_older_version(case):
    """It writes all columns that it knows, and counts the version up."""
    known = [
        field.name
        for field in Case._meta.concrete_fields
        if field.name not in {"counted", "counted_version", "reached"}
    ]
    case.version += 1
    case.save(update_fields=[name for name in known if name != "id"])


def learn(case, facts, then):
    """Learn it as the product does, and let something happen beside it."""
    with transaction.atomic():
        held = lock(case)
        intake.learn(held, facts, NOW)
        if then == "rolled back":
            transaction.set_rollback(True)
    if then == "fold":
        tallies.fold_up()
    elif then == "count":
        tallies.count_waiting()
    elif then == "older version":
        held = lock(case)
        held.amount_open, held.monthly = 7, None
        written_by_an_older_version(held)


def from_the_journal(project):
    """What a stranger finds who reads the facts of the cases, and no sum: cases by state, and money by the day."""
    standing, ended = Counter(), Counter()
    here = zone(project.time_zone)
    for case in Case.objects.filter(project=project):
        facts = [as_fact(row) for row in LearntFact.objects.filter(case=case)]
        state, end = state_of(facts), ended_at(facts)
        brought = proceeds(facts, case.amount_due, case.opened_at)
        standing[case.currency, state, "cases"] += 1
        standing[case.currency, state, "due"] += case.amount_due
        if end is not None:
            day = end.astimezone(here).date()
            for name, minor in [("back", brought.kept), ("returned", brought.back), ("disputed", brought.disputed)]:
                ended[case.currency, state, day, name] += minor
    return dict(+standing), dict(+ended)


def from_the_figures(project):
    standing, ended = Counter(), Counter()
    for row in Tally.objects.filter(project=project, what=What.STANDING):
        for name in ("cases", "due"):
            standing[row.currency, row.state, name] += getattr(row, name)
    for row in Tally.objects.filter(project=project, what=What.ENDED):
        for name in ("back", "returned", "disputed"):
            ended[row.currency, row.state, row.day, name] += getattr(row, name)
    return dict(+standing), dict(+ended)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, zone_name=st.sampled_from(["UTC", "Asia/Tokyo", "America/New_York"]))
def test_under_any_history_the_figures_are_what_the_journal_adds_up_to(steps, zone_name):
    connection = make.make_connection()
    project = connection.project
    made = [make.make_case(connection, currency=code) for code in ("usd", "usd", "eur")]
    Project.objects.filter(pk=project.pk).update(time_zone=zone_name)
    project.refresh_from_db()
    for which, facts, then in steps:
        learn(made[which], facts, then)
        if then != "older version":
            assert differences(project) == {}
    while tallies.count_waiting():
        pass
    recounting.recount(project, NOW)  # cases that nothing was learnt of stood on the days of the zone of before
    assert from_the_figures(project) == from_the_journal(project)
    assert differences(project) == {}
    assert add_up(project, What.STANDING) == add_up(project, What.OPENED) == (3, 3 * 9900)


def test_a_case_is_counted_in_the_transaction_that_makes_it_and_nowhere_if_that_fails(world):
    case = world.payment_fails()
    assert add_up(case.project, What.OPENED) == (1, 9900)
    case.amount_due = -1
    with pytest.raises(IntegrityError), transaction.atomic():
        intake.save([case])
    assert differences(case.project) == {}


def test_many_rows_of_a_day_become_one_and_say_the_same():
    connection = make.make_connection()
    for _ in range(5):
        make.make_case(connection)
    before = tallies.as_told(connection.project)
    assert Tally.objects.filter(what=What.OPENED).count() == 5
    assert tallies.fold_up() == 3
    assert Tally.objects.filter(what=What.OPENED).count() == 1
    assert tallies.as_told(connection.project) == before
    assert tallies.fold_up() == 0


def test_what_adds_up_to_nothing_is_no_row_any_more():
    case = make.make_case()
    case.state, case.ended_at = State.ABANDONED, NOW
    intake.save([case])
    tallies.fold_up()
    assert not Tally.objects.filter(state="failing").exists()


def test_what_an_older_version_wrote_beside_this_one_is_counted_by_the_next_round():
    case, fresh = make.make_case(), make.make_case()
    Tally.objects.filter(project=fresh.project).delete()
    Case.objects.filter(pk=fresh.pk).update(counted=None, counted_version=-1)  # as that one makes them
    held = lock(case)
    held.state, held.ended_at = State.ABANDONED, NOW
    written_by_an_older_version(held)
    assert Case.objects.filter(UNCOUNTED).count() == 2
    recounting.keep(NOW)
    assert not Case.objects.filter(UNCOUNTED).exists()
    assert from_the_figures(fresh.project) == ({("usd", "failing", "cases"): 1, ("usd", "failing", "due"): 9900}, {})
    assert [(row.state, row.cases) for row in Tally.objects.filter(project=case.project, what=What.ENDED)] == [
        ("abandoned", 1)
    ]


def test_a_recount_mends_what_differs_and_tells_it_and_finds_nothing_after():
    case, of_another = make.make_case(), make.make_case()
    Case.objects.filter(pk=case.pk).update(amount_due=5)  # behind the back of everything
    Tally.objects.filter(project=of_another.project, what=What.OPENED).delete()
    found = [recounting.recount(each.project, NOW) for each in (case, of_another)]
    assert [(each.counted, each.mended) for each in found] == [(1, 0), (0, 1)]
    assert [add_up(each.project, What.OPENED) for each in (case, of_another)] == [(1, 5), (1, 9900)]
    again = [recounting.recount(each.project, NOW + DAY) for each in (case, of_another)]
    assert [(each.counted, each.mended) for each in again] == [(0, 0), (0, 0)]


def test_of_two_recounts_that_saw_the_same_one_mends_it(monkeypatch):
    case = make.make_case()
    Tally.objects.filter(what=What.OPENED).delete()
    difference, others = tallies.difference, [NOW - DAY]

    def meanwhile(now, before):
        while others:
            recounting.recount(case.project, others.pop())
        return difference(now, before)

    monkeypatch.setattr(tallies, "difference", meanwhile)
    Walk.objects.create(name=f"figures of {case.project_id}", ended_at=NOW - 2 * DAY)
    recounting.recount(case.project, NOW)
    assert add_up(case.project, What.OPENED) == (1, 9900)


def test_after_a_change_of_the_zone_a_recount_moves_every_case_to_its_day():
    case = make.make_case(state="recovered", opened_at=NOW.replace(hour=2) - DAY, ended_at=NOW.replace(hour=3))
    Project.objects.update(time_zone="America/New_York")
    found = recounting.recount(Project.objects.get(), NOW)
    assert (found.counted, found.mended) == (1, 0)
    case.refresh_from_db()
    assert case.counted is not None
    assert (case.counted["opened"], case.counted["ended"]) == (
        str((NOW - 2 * DAY).date()),
        str((NOW - DAY).date()),
    )
    assert differences(case.project) == {}


def test_once_a_day_every_project_is_held_against_its_cases():
    case = make.make_case()
    recounting.keep(NOW)
    Tally.objects.all().delete()
    recounting.keep(NOW + DAY / 2)
    assert differences(case.project) != {}
    recounting.keep(NOW + DAY)
    assert differences(case.project) == {}


def test_a_thousand_cases_are_looked_through_in_a_few_queries(django_assert_num_queries):
    connection = make.make_connection()
    ids = [make.make_case(connection, state="recovered", monthly=5).pk for _ in range(20)]
    with django_assert_num_queries(6):
        assert tallies.recount(ids) == 0

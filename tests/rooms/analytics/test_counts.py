"""What every page shows of the cases: never another merchant's, and read without reading all of them."""

from __future__ import annotations

import pytest
from django.db import connection as database
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from tests import factories as make
from tideover.analytics import scope
from tideover.analytics.activity import happened
from tideover.analytics.scope import counts
from tideover.recovery.models import Case

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection():
    return make.make_connection()


def leave_uncounted(*cases: Case) -> None:
    """As a version of Tideover leaves them that does not count."""
    Case.objects.filter(pk__in=[case.pk for case in cases]).update(version=F("version") + 1)


def test_what_is_not_counted_yet_is_told_of_its_own_project_alone(connection):
    beside = make.make_project(connection.organization, slug="beside")
    mine = [make.make_case(connection), make.make_case(connection, state="recovered"), make.make_case(connection)]
    theirs = [make.make_case(make.make_connection(beside)), make.make_case()]
    leave_uncounted(*mine[:2], *theirs)
    assert counts(connection.project).uncounted == 2
    assert counts(beside).uncounted == 1


def test_no_more_than_many_of_them_are_told(connection, monkeypatch):
    monkeypatch.setattr(scope, "MANY", 2)
    leave_uncounted(*(make.make_case(connection) for _ in range(3)))
    assert counts(connection.project).uncounted == 2


if database.vendor == "sqlite":  # PostgreSQL plans by how many rows there are

    def test_they_are_read_without_the_cases_that_ended_and_are_counted(connection):
        with CaptureQueriesContext(database) as asked:
            counts(connection.project)
        with database.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {asked[0]['sql']}")
            plan = [row[3] for row in cursor.fetchall() if "USING" in row[3]]
        by_state = [step for step in plan if "case_list_by_state (project_id=? AND state=?)" in step]
        of_cases = [step for step in plan if " USING INDEX case_" in step and step not in by_state]
        assert by_state
        assert of_cases == ["SCAN U0 USING INDEX case_to_count"]

    def test_what_happened_is_found_without_reading_all_facts(connection):
        for question in happened(connection.project):
            with CaptureQueriesContext(database) as captured:
                list(question)
            with database.cursor() as cursor:
                cursor.execute(f"EXPLAIN QUERY PLAN {captured[0]['sql']}")
                plan = [row[3] for row in cursor.fetchall()]
            assert not [step for step in plan if "fact_by_learning" in step]

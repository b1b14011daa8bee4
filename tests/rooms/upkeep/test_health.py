"""Is it alive, can it work, what are its figures: for machines that ask without signing in."""

from __future__ import annotations

import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from tests import factories as make
from tests.full_disk import refusing
from tideover.config import config
from tideover.upkeep.schema import upgrading
from tideover.upkeep.standing import standing

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_live_process_says_so_without_any_database():
    answer = Client().get("/healthz")  # no db fixture: a query would fail this test
    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_ready_means_that_a_write_went_through_and_nothing_of_it_stays():
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.content) == (200, b"ready\n")
    assert not Session.objects.exists()


@pytest.mark.django_db
def test_a_missing_migration_is_not_ready_and_says_what_to_do():
    MigrationRecorder.Migration.objects.filter(app="tenants").order_by("name").last().delete()
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert b"tideover migrate" in answer.content


@pytest.mark.django_db
def test_a_database_that_takes_no_writes_is_not_ready():
    with connection.cursor() as cursor:
        read_only = "PRAGMA query_only=ON" if connection.vendor == "sqlite" else "SET TRANSACTION READ ONLY"
        cursor.execute(read_only)
        answer = Client().get("/readyz")
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA query_only=OFF")
    assert (answer.status_code, b"takes no writes" in answer.content) == (503, True)


@pytest.fixture
def token(monkeypatch):
    monkeypatch.setattr(config(), "metrics_token", "canary-token-for-metrics")
    return {"Authorization": "Bearer canary-token-for-metrics"}


@pytest.mark.django_db
def test_without_a_token_there_are_no_metrics():
    assert Client().get("/metrics").status_code == 404


@pytest.mark.django_db
def test_metrics_are_for_the_bearer_of_the_token_alone(token):
    assert Client().get("/metrics").status_code == 401
    assert Client().get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert Client().get("/metrics", headers=token).status_code == 200


@pytest.mark.django_db
def test_metrics_say_what_waits_and_for_how_long(token):
    shop = make.make_connection(events_seen_to=NOW - 2 * HOUR)
    case = make.make_case(shop, customer_name="Canary Person")
    make.make_action(case, due_at=NOW - HOUR)
    make.make_action(case, state="dead")
    make.make_stripe_event(shop, state="stored", received_at=NOW - 3 * HOUR)
    at = standing(NOW)
    assert (at.oldest_due, at.oldest_news, at.dead_letters, at.catch_up_lag) == (HOUR, 3 * HOUR, 1, 2 * HOUR)
    text = Client().get("/metrics", headers=token).content.decode()
    assert "tideover_dead_letters 1\n" in text
    assert 'tideover_invariant_violations{rule="paid_once"} 0\n' in text
    assert "Canary" not in text
    for line in text.splitlines():
        assert line.startswith("# ") or float(line.rpartition(" ")[2]) >= 0


@pytest.mark.django_db
def test_unknowns_have_the_age_of_the_oldest():
    case = make.make_case()
    make.make_action(case, state="claimed", started_at=NOW - HOUR, lease_until=NOW)
    make.make_message(case, state="data_started", at=NOW - 2 * HOUR, sent_at=None)
    at = standing(NOW)
    assert (at.unknowns, at.oldest_unknown) == (2, 2 * HOUR)
    assert standing(NOW, make.make_organization().pk).unknowns == 0


# ── disks ──


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process grows any more: a write is refused as a full disk refuses it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


@pytest.mark.django_db
def test_a_full_disk_is_not_ready_although_the_database_would_take_what_is_taken_back():
    with full_disk():
        answer = Client().get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"the disk takes no writes: File too large\n")
    assert Client().get("/readyz").status_code == 200


@pytest.mark.django_db
def test_a_folder_for_opt_outs_that_takes_none_is_not_ready(tmp_path, monkeypatch):
    (tmp_path / "kept").write_text("no folder")
    monkeypatch.setattr(config(), "optouts_file", str(tmp_path / "kept" / "optouts.jsonl"))
    answer = Client().get("/readyz")
    assert (answer.status_code, b"the disk takes no writes" in answer.content) == (503, True)
    (tmp_path / "kept").unlink()
    assert Client().get("/readyz").status_code == 200


# ── versions ──


@pytest.fixture
def newer(db) -> Iterator[Callable[[str], None]]:
    yield lambda name: MigrationRecorder(connection).record_applied("recovery", name)
    MigrationRecorder.Migration.objects.filter(name__startswith="9999").delete()


def test_a_newer_database_that_older_code_cannot_work_on_is_not_ready(newer):
    newer("9999_no_more_cases_breaking")
    answer = Client().get("/readyz")
    assert (answer.status_code, b"newer version" in answer.content) == (503, True)


def test_a_newer_database_that_only_has_more_is_ready(newer):
    newer("9999_more_of_a_case")
    assert Client().get("/readyz").status_code == 200


if connection.vendor == "postgresql":  # a server has a disk of its own, and limits

    @pytest.mark.parametrize(
        ("state", "said"),
        [
            ("53100", b"the database server's disk is full. Make room on it"),
            ("53400", b"the database server is at a limit set for it. Raise it"),
            ("58030", b"the database takes no writes (OperationalError)"),
        ],
    )
    @pytest.mark.django_db
    def test_what_a_server_lacks_is_said_with_what_to_do(state, said):
        with connection.cursor() as cursor, refusing(cursor.execute, state):
            answer = Client().get("/readyz")
        assert (answer.status_code, said in answer.content) == (503, True)
        assert Client().get("/readyz").status_code == 200

    @pytest.mark.django_db
    def test_an_upgrade_takes_as_long_as_it_takes_and_gives_up_at_a_lock_before_all_wait_behind_it():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 30000")
            with upgrading():
                assert _shown(cursor, "statement_timeout") == "0"
                assert _shown(cursor, "lock_timeout") == "20s"
            assert _shown(cursor, "lock_timeout") == "0"

    def _shown(cursor, name):
        return cursor.execute(f"SHOW {name}").fetchone()[0]

"""What holds for every test: no network but loopback, no zone of the machine, and no skip without its reason."""

from __future__ import annotations

import gc
import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

    from tests.people import Person

REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"
REPORT = os.environ.get("TIDEOVER_TEST_REPORT")
OPENS_THE_DATABASE = {"db", "transactional_db", "django_db_setup", "live_server", "django_db_serialized_rollback"}
FILLED_BY_DJANGO = {"django_content_type", "auth_permission"}

# Far from UTC and on the other side of the date line: code that forgets the zone fails here, not at a merchant's.
os.environ["TZ"] = "Pacific/Auckland"
time.tzset()

settings.register_profile("dev", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("dev"), max_examples=200, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "dev")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--only-database", action="store_true", help="run only what opens the database: the second database's turn"
    )
    parser.addoption("--odd-events", type=int, default=400, help="how many odd events are posted to the webhook")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # What stands now stands until the end: without this its collector looks through all of it again and again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    # Last, as what drives the browser keeps an event loop in its thread until the session ends: no asyncio.run after it.
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
    if not config.getoption("--only-database"):
        return
    kept = [item for item in items if _opens_the_database(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    items[:] = kept


def _opens_the_database(item: pytest.Item) -> bool:
    """Whether the other database could change what comes out."""
    if item.get_closest_marker("browser"):
        return False
    marked = item.get_closest_marker("django_db") or item.get_closest_marker("postgres")
    return bool(marked) or not OPENS_THE_DATABASE.isdisjoint(getattr(item, "fixturenames", ()))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or hasattr(session.config, "workerinput"):
        return
    counts = {word: len(reports) for word, reports in reporter.stats.items() if word}
    skips = sorted({_reason(report) for report in reporter.stats.get("skipped", [])})
    if REQUIRE_ALL and skips and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    if REPORT:
        Path(REPORT).write_text(json.dumps({"counts": counts, "skips": skips}), encoding="utf-8")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    if not skipped:
        return
    terminalreporter.section("not run, and why" + (" (REQUIRE_ALL=1: this fails)" if REQUIRE_ALL else ""))
    for report in skipped:
        terminalreporter.line(f"{report.nodeid}: {_reason(report)}")


def _reason(report: pytest.TestReport) -> str:
    """The words given to skip(), without the place it was called from."""
    words = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return str(words).removeprefix("Skipped: ")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """The suite's database; after a test that commits only what a test can fill is emptied, and nothing filled anew.

    Django empties everything, and then writes its own two tables of kinds of rows and of permissions again, row by row:
    nine tenths of the time. They stay as the migrations left them.
    """
    from django.core.management.color import no_style  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415
    from django.test import TransactionTestCase  # noqa: PLC0415

    with django_db_blocker.unblock():
        tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    emptied = connection.ops.sql_flush(no_style(), sorted({*tables} - FILLED_BY_DJANGO))

    def empty(_test: TransactionTestCase) -> None:
        connection.ops.execute_sql_flush(emptied)

    TransactionTestCase._fixture_teardown = empty  # type: ignore[attr-defined]


# The people are imported where a test asks for one: tests/core runs without Django.


@pytest.fixture
def alice(db: None) -> Person:
    """Alice owns a merchant."""
    from tests.people import owner  # noqa: PLC0415

    return owner("Alice", "Alpine Analytics")


@pytest.fixture
def bob(alice: Person) -> Person:
    """Bob is an admin of Alice's organization."""
    from tests.people import colleague  # noqa: PLC0415

    return colleague("Bob", alice)


@pytest.fixture
def mallory(db: None) -> Person:
    """Mallory is another merchant and must never see anything of Alice's."""
    from tests.people import owner  # noqa: PLC0415

    return owner("Mallory", "Malt and Sons")

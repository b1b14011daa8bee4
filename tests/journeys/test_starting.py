"""What starts on a database of which version: it waits, sets up or refuses, and says so (docs/operate/upgrade.md)."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.journeys.history import unpack_the_version_before
from tests.journeys.terminals import PATIENCE, Merchant, Terminals, free_port, line_of
from tests.waiting import until
from tideover.cli.opening import STARTING

LONG_RUNNING = [("serve", "--port", "0"), ("web", "--port", "0"), ("worker",)]
EVENTS = "SELECT event_id FROM inbox_stripeevent"
STARTED = ("Tideover listens on", "The worker works")
WAITS = "waiting for `tideover migrate`"


@pytest.fixture
def half_migrated(terminal: Terminals) -> Terminals:
    """An upgrade that was interrupted: some rooms have their tables, the others have none."""
    unfinished = terminal("migrate", "tenants", program="django")
    assert unfinished.wait(PATIENCE) == 0
    return terminal


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """A checkout of the version before this one."""
    return unpack_the_version_before(tmp_path / "before")


@pytest.fixture
def older(terminal: Terminals, before: Path) -> Terminals:
    """A database of the version before this one."""
    terminal.answer("migrate", code=before)
    return terminal


def asked(pages: str, path: str, method: str = "GET") -> httpx.Response:
    return httpx.request(method, f"{pages}{path}", trust_env=False, timeout=PATIENCE)


def answers(pages: str) -> bool:
    try:
        return asked(pages, "/healthz").status_code == 200
    except httpx.TransportError:
        return False


def on_a_port(terminal: Terminals, command: str, port: int = 0) -> tuple[subprocess.Popen[str], str]:
    """A process that answers, and where."""
    port = port or free_port()
    pages = f"http://127.0.0.1:{port}"
    process = terminal(command, "--port", str(port))
    until(lambda: answers(pages))
    return process, pages


# ── behind ──


def test_web_and_worker_wait_for_the_upgrade_and_web_says_so_at_once_to_whoever_asks(half_migrated: Terminals) -> None:
    worker, (web, pages) = half_migrated("worker"), on_a_port(half_migrated, "web")
    until(lambda: WAITS in asked(pages, "/readyz").text)
    for path, method in {"/readyz": "GET", "/": "GET", "/c/some-token": "POST", "/hooks/stripe/hook": "POST"}.items():
        refused = asked(pages, path, method)
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5"), path
    half_migrated.until(lambda: half_migrated.said.read_text().count(WAITS) == 2)

    half_migrated.answer("migrate")
    assert line_of(worker).startswith("The worker works")
    assert line_of(web).startswith("Tideover listens on")
    assert asked(pages, "/readyz").text == "ready\n"
    assert asked(pages, "/sign-in/").status_code == 200
    assert half_migrated.trouble() == []


@pytest.mark.parametrize("words", LONG_RUNNING[1:], ids=" ".join)
def test_who_waits_for_the_upgrade_ends_in_order_when_told_to(half_migrated: Terminals, words: tuple[str, ...]) -> None:
    process = half_migrated(*words)
    half_migrated.until(lambda: WAITS in half_migrated.said.read_text())
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=PATIENCE)[0] == "Stopped; nothing is left half done.\n"
    assert process.returncode == 0


def test_an_event_that_comes_while_web_waits_is_refused_and_kept_when_it_comes_again(
    older: Terminals, before: Path
) -> None:
    merchant = Merchant.of(older("simulator", "--port", "0", "--clock", "wall", "--rate-limit", "0"))
    port = free_port()
    older.settings = {"TIDEOVER_BASE_URL": f"http://127.0.0.1:{port}"}
    key, base = merchant.said["api_key"], merchant.said["api_base"]
    older.answer("connect", "--api-key", key, "--api-base", base, "--mode", "act", code=before)
    process, _ = on_a_port(older, "web", port)
    merchant.renewal_fails()
    event = merchant.stripe.events.list({"type": "invoice.payment_failed"}).data[0].id
    tries = older.until(lambda: merchant.control.get("deliveries", params={"event": event}).json()["tries"])
    assert [each["status"] for each in tries] == [503]

    older.answer("migrate")
    assert line_of(process).startswith("Tideover listens on")
    merchant.control.post("redeliver", json={"event": event})
    assert older.rows(EVENTS).count((event,)) == 1


@contextmanager
def locked(terminal: Terminals) -> Iterator[None]:
    """Somebody works on the database, and no upgrade comes by."""
    if terminal.database:
        with psycopg.connect(terminal.database) as server:
            server.execute("LOCK TABLE django_migrations IN ACCESS EXCLUSIVE MODE")
            yield
        return
    with closing(sqlite3.connect(terminal.home / "tideover.sqlite3", isolation_level=None)) as file:
        file.execute("BEGIN IMMEDIATE")
        yield


def test_while_serve_upgrades_it_says_so_at_once_to_whoever_asks(half_migrated: Terminals) -> None:
    with locked(half_migrated):
        process, pages = on_a_port(half_migrated, "serve")
        assert (asked(pages, "/readyz").status_code, asked(pages, "/readyz").text) == (503, f"{STARTING}\n")
        assert asked(pages, "/hooks/stripe/hook", "POST").status_code == 503
    assert line_of(process).startswith("Tideover listens on")
    assert asked(pages, "/healthz").status_code == 200


# ── new ──


def test_whatever_starts_together_on_a_new_database_sets_it_up_once(terminal: Terminals) -> None:
    together = [*LONG_RUNNING, ("migrate",), ("migrate",)]
    lines = [line_of(process) for process in [terminal(*words) for words in together]]
    up = ["Tideover listens on", "Tideover listens on", "The worker works", *["The database is up to date."] * 2]
    assert [line[: len(words)] for line, words in zip(lines, up, strict=True)] == up, terminal.said.read_text()
    assert terminal.trouble() == []


# ── ahead ──


def goes_ahead(terminal: Terminals, migration: str) -> None:
    """A later version has upgraded the database."""
    columns, now = "INSERT INTO django_migrations (app, name, applied) VALUES", "'2031-01-01 00:00:00+00:00'"
    terminal.rows(f"{columns} ('recovery', '{migration}', {now}) RETURNING id")


def test_nothing_starts_on_a_database_that_is_too_new_and_all_say_so(terminal: Terminals) -> None:
    terminal.answer("migrate")
    goes_ahead(terminal, "9999_no_more_cases_breaking")
    started = [terminal(*words) for words in [*LONG_RUNNING, ("migrate",)]]
    assert [(each.communicate(timeout=PATIENCE)[0], each.returncode) for each in started] == [("", 1)] * 4
    said = terminal.said.read_text()
    assert said.count("which this one cannot work on: recovery.9999_no_more_cases_breaking") == 4, said
    assert said.count("Upgrade Tideover on this machine, too") == 4


def test_a_database_that_only_has_more_is_worked_on(terminal: Terminals) -> None:
    terminal.answer("migrate")
    goes_ahead(terminal, "9999_more_of_a_case")
    lines = [line_of(process) for process in [terminal(*words) for words in LONG_RUNNING]]
    assert all(line.startswith(STARTED) for line in lines), lines


def test_who_waits_for_an_upgrade_that_goes_too_far_for_it_refuses(half_migrated: Terminals) -> None:
    process = half_migrated("worker")
    half_migrated.until(lambda: WAITS in half_migrated.said.read_text())
    process.send_signal(signal.SIGSTOP)  # between two looks
    half_migrated.answer("migrate")
    goes_ahead(half_migrated, "9999_no_more_cases_breaking")
    process.send_signal(signal.SIGCONT)
    assert (process.communicate(timeout=PATIENCE)[0], process.returncode) == ("", 1)

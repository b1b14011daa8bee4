"""docs/operate/monitoring.md on a full disk, with PostgreSQL's really full where one may be mounted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from django.db import connection

from tests.architecture.tree import ROOT
from tests.full_disk import full, server_on_a_small_disk
from tests.journeys.terminals import PATIENCE, Terminals, apart_from_the_suite, free_port, line_of
from tests.rooms.inbox.posting import an_event, signed
from tests.waiting import until
from tideover import clock

SECRET = "whsec_disk"
# One account whose webhook's secret is known, and one customer who was written to: what leads to each.
A_MERCHANT = f"""
import django; django.setup()
from tests.factories import make_connection
from tests.people import owner
from tests.rooms.messages.post import claimed
from tideover.messages.keyed import links_of
alice = owner("Alice", "Alpine Analytics")
print(make_connection(alice.project, webhook_secret={SECRET!r}).hook_token)
print(links_of(claimed(alice).action_id).unsubscribe_url.rpartition("/u/")[2])
"""
EVENTS = "SELECT event_id FROM inbox_stripeevent"
OPTED_OUT = "SELECT reason FROM messages_suppression"


def a_delivery(pages: str, hook: str, event_id: str) -> httpx.Response:
    """Stripe tells of an event that needs new room, as what can be packed small may find old."""
    body = json.dumps(an_event(id=event_id, padding=os.urandom(150_000).hex())).encode()
    headers = {"Stripe-Signature": signed(body, SECRET, clock.wall())}
    return httpx.post(f"{pages}/hooks/stripe/{hook}", content=body, headers=headers, trust_env=False, timeout=PATIENCE)


def ready(pages: str) -> tuple[int, str]:
    answer = httpx.get(f"{pages}/readyz", trust_env=False, timeout=PATIENCE)
    return answer.status_code, answer.text


def a_merchant(terminal: Terminals) -> list[str]:
    command, environment = [sys.executable, "-c", A_MERCHANT], {**terminal.environment, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.split()


if connection.vendor == "postgresql":  # SQLite's disk is ours, and tests/rooms fill it

    @pytest.fixture
    def small(tmp_path: Path, db: None) -> Iterator[tuple[Terminals, Path | None]]:
        """An installation whose database lies on a small disk, and where that is."""
        with server_on_a_small_disk() as lies, apart_from_the_suite() as beside:
            database, folder = lies or (beside, None)
            terminals = Terminals(tmp_path, database)
            yield terminals, folder
            terminals.end()

    def test_on_a_full_disk_nothing_is_lost_and_the_reason_is_told(small: tuple[Terminals, Path | None]) -> None:
        terminal, folder = small
        terminal.answer("migrate")
        hook, way_out = a_merchant(terminal)
        port = free_port()
        pages = f"http://127.0.0.1:{port}"
        assert line_of(terminal("web", "--port", str(port))).startswith("Tideover listens on")
        assert a_delivery(pages, hook, "evt_before").status_code == 200

        with full(terminal.database, folder):
            status, said = ready(pages)
            assert (status, said.startswith("the database server's disk is full. Make room")) == (503, True), said
            assert a_delivery(pages, hook, "evt_meanwhile").status_code == 503
            left = httpx.post(f"{pages}/u/{way_out}", trust_env=False, timeout=PATIENCE)
            assert (left.status_code, "You are unsubscribed" in left.text) == (200, True)
            assert (terminal.rows(EVENTS), terminal.rows(OPTED_OUT)) == ([("evt_before",)], [])

        assert ready(pages) == (200, "ready\n")
        assert a_delivery(pages, hook, "evt_meanwhile").status_code == 200
        terminal("worker")
        assert until(lambda: terminal.rows(OPTED_OUT)) == [("unsubscribed",)]

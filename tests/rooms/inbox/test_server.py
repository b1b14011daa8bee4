"""The webhook in a server of its own, killed, stopped and cut off from its database: a yes means on the disk."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

import pytest
import uvicorn
from django.db import connection as database

from tests.moved_time import pass_time, pass_time_until, run_by_hand
from tests.rooms.inbox.posting import an_event, signed
from tideover import clock
from tideover.cli.web import Patient
from tideover.ids import new_id

SECRET = "whsec_server"
PATIENCE = 120  # seconds; only a test that would never end meets it
ROOT = Path(__file__).resolve().parents[3]
MAKE_A_CONNECTION = f"""
import django; django.setup()
from tests.factories import make_connection
print(make_connection(webhook_secret={SECRET!r}).hook_token)
"""


@dataclass
class House:
    """A database of its own, with one connected account, and how to start servers on it."""

    environment: dict[str, str]
    url: str
    token: str = ""

    def rows(self, query: str = "SELECT event_id FROM inbox_stripeevent") -> list[str]:
        if self.url:
            with _postgres(self.url) as connection:
                return [row[0] for row in connection.execute(query).fetchall()]
        file = sqlite3.connect(Path(self.environment["TIDEOVER_HOME"]) / "tideover.sqlite3", timeout=20)
        try:
            return [row[0] for row in file.execute(query).fetchall()]
        finally:
            file.close()

    @contextmanager
    def served(self):
        """A server on a free port; ended afterwards if it still runs."""
        command = [sys.executable, "-m", "tideover", "web", "--port", "0"]
        with subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                said = process.stdout.readline()
                assert "listens on" in said, process.stderr.read()
                yield process, urlsplit(said.split()[3]).port
            finally:
                process.kill()


def _postgres(url: str):
    import psycopg  # noqa: PLC0415

    return psycopg.connect(url, autocommit=True)


def _fresh_database() -> str:
    """The URL of a new database beside the tests' own, or nothing where these run on SQLite."""
    if database.vendor == "sqlite":
        return ""
    name, parts = f"webhook_{new_id().hex}", urlsplit(os.environ["TIDEOVER_DATABASE_URL"])
    with _postgres(parts.geturl()) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return parts._replace(path=f"/{name}").geturl()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    home, url = tmp_path_factory.mktemp("house"), _fresh_database()
    (home / "static").mkdir()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TIDEOVER_")}
    environment = {
        **clean,
        "TIDEOVER_HOME": str(home),
        "TIDEOVER_DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "tideover.settings",
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
    }
    house = House(environment, url)

    def run(*arguments: str) -> str:
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout

    run("-m", "tideover", "migrate")
    house.token = run("-c", MAKE_A_CONNECTION).strip()
    return house


def a_request(house: House, event_id: str) -> bytes:
    body = json.dumps(an_event(id=event_id, padding="x" * 3_000)).encode()
    head = f"POST /hooks/stripe/{house.token} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Stripe-Signature: {signed(body, SECRET, clock.wall())}\r\n\r\n".encode() + body


def answer_to(port: int, request: bytes) -> int:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as wire:
        wire.sendall(request)
        return int(wire.recv(4_096).split()[1])


async def _sends(house: House, port: int, name: str, acknowledged: list[str], tell: Callable[[], None]) -> None:
    """Events one after the other, until the server is gone."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number in range(100_000):
        event_id = f"evt_{name}_{number}"
        try:
            writer.write(a_request(house, event_id))
            head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            break
        assert b" 200 " in head
        acknowledged.append(event_id)
        tell()
    writer.close()


async def _load(house: House, port: int, name: str, until: int, strike) -> list[str]:
    """Twenty senders; `strike` is called once `until` events are acknowledged. Every acknowledged id."""
    acknowledged: list[str] = []
    enough = asyncio.Event()

    def tell() -> None:
        if len(acknowledged) >= until:
            enough.set()

    senders = [asyncio.create_task(_sends(house, port, f"{name}_{n}", acknowledged, tell)) for n in range(20)]
    await enough.wait()
    strike()
    await asyncio.gather(*senders)
    return acknowledged


@pytest.mark.django_db
def test_what_was_acknowledged_before_a_kill_is_in_the_table_exactly_once(house):
    acknowledged: list[str] = []
    for life in range(3):
        with house.served() as (process, port):
            acknowledged += asyncio.run(_load(house, port, f"kill{life}", 200, process.kill))
            assert process.wait(PATIENCE) == -signal.SIGKILL
    stored = Counter(house.rows())
    assert len(acknowledged) >= 600
    assert {event_id: stored[event_id] for event_id in acknowledged if stored[event_id] != 1} == {}


@pytest.mark.django_db
def test_a_server_that_is_told_to_stop_answers_and_stores_what_it_took_in(house):
    with house.served() as (process, port):
        whole = a_request(house, "evt_half")
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as wire:
            wire.sendall(whole[:-500])
            acknowledged = asyncio.run(_load(house, port, "stop", 200, process.terminate))
            wire.sendall(whole[-500:])
            assert wire.recv(4_096).split()[1] == b"200"
        assert process.wait(PATIENCE) == 0
        assert "nothing is left half done" in process.stdout.read()
    stored = Counter(house.rows())
    assert {stored[event_id] for event_id in [*acknowledged, "evt_half"]} == {1}


@pytest.mark.django_db
def test_a_server_cut_off_from_its_database_says_503_and_comes_back_by_itself(house):
    with house.served() as (_, port):
        assert answer_to(port, a_request(house, "evt_before")) == 200
        with _cut_off(house):
            assert answer_to(port, a_request(house, "evt_meanwhile")) == 503
        assert answer_to(port, a_request(house, "evt_meanwhile")) == 200
    assert Counter(house.rows())["evt_meanwhile"] == 1


@contextmanager
def _cut_off(house: House):
    """SQLite: someone else holds the write lock for longer than the webhook waits. PostgreSQL: it lets nobody in."""
    if not house.url:
        file = sqlite3.connect(Path(house.environment["TIDEOVER_HOME"]) / "tideover.sqlite3", isolation_level=None)
        file.execute("BEGIN IMMEDIATE")
        yield
        file.close()
        return
    name = urlsplit(house.url).path[1:]
    with _postgres(os.environ["TIDEOVER_DATABASE_URL"]) as connection:
        connection.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        yield
        connection.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")


@pytest.mark.django_db
def test_a_database_that_hung_up_in_the_night_costs_no_event(house):
    with house.served() as (_, port):
        assert answer_to(port, a_request(house, "evt_evening")) == 200
        _hangs_up(house)
        assert answer_to(port, a_request(house, "evt_morning")) == 200


@pytest.mark.django_db
def test_nor_does_it_cost_a_page(house):
    page = b"GET /u/nobody-has-this-token HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with house.served() as (_, port):
        assert answer_to(port, page) == 404
        _hangs_up(house)
        assert answer_to(port, page) == 404


def _hangs_up(house: House) -> None:
    """On all that are connected; SQLite never does."""
    if house.url:
        mine = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        assert house.rows(mine)


@pytest.mark.django_db
def test_the_pages_are_behind_the_webhook(house):
    with house.served() as (_, port):
        assert answer_to(port, b"GET /sign-in/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n") == 200
        assert answer_to(port, b"GET /hooks/stripe/x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n") == 405
        head = b"POST /sign-in/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000001\r\n\r\n"
        assert answer_to(port, head + b"x" * 1_000_001) == 413, "they get whole bodies that are not too large"


class Told(Patient):
    """Keeps the connections it was made for."""

    made: ClassVar[list[Told]] = []

    def connection_made(self, transport):
        super().connection_made(transport)
        self.made.append(self)


async def _hello(scope, receive, send):
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@asynccontextmanager
async def a_conversation() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter, Patient]]:
    """A client and a server in this loop, and the server's end of their connection."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(_hello, http=Told, lifespan="off", log_level="error"))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    reader, writer = await asyncio.open_connection(*listener.getsockname())
    while not Told.made:  # noqa: ASYNC110 - the other end is in this loop: the next round brings it on
        await asyncio.sleep(0)
    yield reader, writer, Told.made.pop()
    server.should_exit = True
    await pass_time_until(serving)


@pytest.mark.parametrize(
    ("at_once", "dripping"),
    [(b"GET / HTTP/1.1\r\n", b"X-Drip: drip"), (b"POST / HTTP/1.1\r\nContent-Length: 99\r\n\r\n", b"x" * 12)],
    ids=["head", "body"],
)
def test_who_drips_a_request_is_hung_up_on_and_who_asks_again_in_time_is_not(at_once, dripping):
    async def talk() -> None:
        async with a_conversation() as (reader, writer, served):
            for _ in range(3):  # together they take longer than one of them may
                await pass_time(4)
                writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
            writer.write(at_once)
            while served._deadline is None:  # noqa: ASYNC110 - until it has arrived
                await asyncio.sleep(0)
            for byte in dripping[:-3]:
                await pass_time(1)
                assert not served.transport.is_closing(), "its ten seconds are not over"
                writer.write(bytes([byte]))
            await pass_time(1)
            assert served.transport.is_closing()
            writer.close()

    run_by_hand(talk())


def test_with_closed_standard_streams_no_connection_takes_their_places():
    program = """
import os, socket, sys
from tideover.cli.web import _keep_standard_streams
told = os.dup(1)
for stream in (0, 1, 2):
    os.close(stream)
_keep_standard_streams()
os.write(told, str(socket.socket().fileno()).encode())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert int(done.stdout) > 2

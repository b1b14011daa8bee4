"""The commands as processes: what the machine around them lacks is said, and a signal ends them in order."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.rooms.gateways.bodies import ACCOUNT
from tests.rooms.gateways.strange import says, strange_stripe

ROOT = Path(__file__).resolve().parents[3]
TIDEOVER = [sys.executable, "-m", "tideover"]
PATIENCE = 120  # seconds; only a test that would never end meets it


@pytest.fixture
def started(tmp_path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts `tideover …` with SQLite in a folder of its own."""
    running: list[subprocess.Popen[str]] = []

    def start(*words: str, **settings: str) -> subprocess.Popen[str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("TIDEOVER_")}
        ours = {"TIDEOVER_HOME": str(tmp_path / "home"), "DJANGO_SETTINGS_MODULE": "tideover.settings"}
        environment = {**clean, **ours, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **settings}
        process = subprocess.Popen(
            [*TIDEOVER, *words], cwd=tmp_path, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


NOWHERE = "postgres://merchant:canary-Qm7rT2xZ@127.0.0.1:1/tideover"


@pytest.mark.parametrize(
    ("words", "settings", "said"),
    [
        ("migrate", {"TIDEOVER_DATABASE_URL": NOWHERE}, "Check TIDEOVER_DATABASE_URL"),
        ("stop", {"TIDEOVER_DATABASE_URL": NOWHERE}, "Check TIDEOVER_DATABASE_URL"),
        ("serve", {"TIDEOVER_DATABASE_URL": "canary nonsense"}, "TIDEOVER_DATABASE_URL is no address"),
        ("worker", {"TIDEOVER_MODE": "production"}, "TIDEOVER_SECRET_KEY must have at least 32 characters"),
        ("login", {"TIDEOVER_SECRET_KEY": "canary", "TIDEOVER_MODE": "production"}, "docs/operate/settings.md"),
        ("migrate", {"TIDEOVER_HOME": "/dev/null/home"}, "/dev/null/home"),
    ],
)  # fmt: skip
def test_what_the_machine_lacks_is_said_in_a_sentence(started, words, settings, said):
    process = started(*words.split(), **settings)
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (1, "")
    assert err.startswith("tideover: ")
    assert said in err
    assert "Traceback" not in err
    assert "canary" not in err
    assert "\x1b" not in err


def test_settings_in_a_file_that_is_no_text_are_told_as_such(started, tmp_path):
    (tmp_path / ".env").write_bytes(b"TIDEOVER_SECRET_KEY=\xff\xfecanary")
    process = started("migrate")
    _, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, "Look at .env" in err, "canary" in err, "Traceback" in err) == (1, True, False, False)


@pytest.mark.parametrize(
    ("words", "ready", "number"),
    [
        ("serve --port 0", "Tideover listens on", signal.SIGINT),
        ("web --port 0", "Tideover listens on", signal.SIGTERM),
        ("worker", "The worker works", signal.SIGINT),
        ("worker", "The worker works", signal.SIGTERM),
    ],
)
def test_a_signal_ends_it_in_order(started, words, ready, number):
    process = started(*words.split())
    assert process.stdout.readline().startswith(ready)
    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out.splitlines()[-1]) == (0, "Stopped; nothing is left half done.")
    assert "Traceback" not in err


def test_a_question_that_is_answered_with_ctrl_c_changes_nothing(started, tmp_path):
    process = started("restore", "a.backup")
    assert process.stdout.read(8) == "This rep"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, "Aborted" in err, "Traceback" in err) == (1, True, False)


def owned(started) -> None:
    """Somebody who may sign in there: whoever connected an account of a Stripe that says whose key it is."""
    with strange_stripe() as stripe:
        stripe.says(says(200, ACCOUNT))
        connect = started("connect", "--api-key", "rk_test_1", "--api-base", stripe.url)
        assert connect.wait(PATIENCE) == 0


LISTENS = re.compile(r"Tideover listens on (\S+) \(public address: (\S+)\)\. Ctrl-C ends it\.\n")


def test_where_one_port_is_taken_everything_goes_along_to_the_next(started):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = started("web", "--port", str(port))
        listens, public = LISTENS.fullmatch(process.stdout.readline()).groups()
        assert listens == public != f"http://127.0.0.1:{port}"
        assert process.stdout.readline().startswith(f"Port {port} is taken by another program. Links, sign-in")
        owned(started)
        login = started("login").communicate(timeout=PATIENCE)[0]
        assert login.startswith(f"{public}/sign-in/")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)


def test_another_port_that_was_asked_for_is_the_public_one(started):
    process = started("web", "--port", "0")
    listens, public = LISTENS.fullmatch(process.stdout.readline()).groups()
    assert listens == public
    assert not public.endswith(":0")


def test_a_new_installation_says_where_and_with_which_code_it_is_set_up(started):
    process = started("web", "--port", "0")
    _, public = LISTENS.fullmatch(process.stdout.readline()).groups()
    assert f"Set it up at {public}/signup/ with the code " in process.stdout.readline()


def test_an_address_that_was_set_stays_whatever_the_port(started):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = started("web", "--port", str(port), TIDEOVER_BASE_URL="https://billing.shop.example/")
        told = [process.stdout.readline() for _ in range(2)]
    assert "(public address: https://billing.shop.example)" in told[0]
    assert "TIDEOVER_BASE_URL says https://billing.shop.example: see that it leads here." in told[1]

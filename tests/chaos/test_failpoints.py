"""Failpoints are inert until a process is armed, and each one of the product is found by its name."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from chaos.places import failpoints
from tests.architecture.tree import PACKAGE
from tideover.failpoints import Struck, arm, failpoint


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    arm("")


def test_a_failpoint_does_nothing_in_a_process_that_was_not_armed():
    failpoint("charge.answered")


def test_a_failpoint_of_another_name_does_nothing():
    arm("charge.started=raise")
    failpoint("charge.answered")


def test_an_armed_failpoint_strikes_once_and_says_so_before(tmp_path):
    arm("charge.answered=raise", str(tmp_path / "log"))
    with pytest.raises(Struck):
        failpoint("charge.answered")
    failpoint("charge.answered")
    assert (tmp_path / "log").read_text() == f"charge.answered raise {os.getpid()}\n"


def test_an_armed_failpoint_can_stall(monkeypatch):
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    arm("charge.answered=sleep:0.05")
    failpoint("charge.answered")
    failpoint("charge.answered")
    assert slept == [0.05]


def test_an_armed_failpoint_kills_without_a_goodbye(tmp_path):
    program = "from tideover.failpoints import failpoint\ntry:\n  failpoint('x')\nfinally:\n  print('goodbye')"
    armed = {**os.environ, "TIDEOVER_FAILPOINTS": "x=kill", "TIDEOVER_FAILPOINTS_LOG": str(tmp_path / "log")}
    done = subprocess.run([sys.executable, "-c", program], env=armed, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, b"")
    assert (tmp_path / "log").read_text().startswith("x kill ")


def test_every_failpoint_is_found_and_has_a_process_that_reaches_it():
    found = failpoints(PACKAGE)
    written = [text for path in PACKAGE.rglob("*.py") for text in path.read_text().split('failpoint("')[1:]]
    assert set(found) == {text.partition('"')[0] for text in written}
    reached = {"webhook.after_commit": ("web",), "charge.answered": ("worker",), "part.missed": ("web", "worker")}
    assert reached.items() <= found.items()


def test_no_two_places_share_a_failpoint():
    written = [
        text.partition('"')[0] for path in PACKAGE.rglob("*.py") for text in path.read_text().split('failpoint("')[1:]
    ]
    assert len(written) == len(set(written))

"""The simulated world as a process of its own: Stripe, its customers and their mailbox."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tideover.cli.demo.options import STARTS_AT, Options
from tideover.gateways.simulated import SimulatedWorld

ENDS_WITHIN_SECONDS = 10


class WorldDied(Exception):  # noqa: N818 - what happened
    """The simulator's process ended before it listened; its own words are in the message."""


@dataclass(frozen=True, slots=True)
class RunningWorld:
    """A started simulator and how to reach each part of it."""

    control: SimulatedWorld
    api_base: str
    api_key: str = field(repr=False)
    publishable_key: str
    smtp_port: int
    mailbox_url: str


@contextmanager
def world(options: Options, *flags: str, log: Path) -> Iterator[RunningWorld]:
    """A simulator with a shop of `options.customers`, ended when the block ends."""
    command = [sys.executable, "-m", "tideover.simulator", "--port", "0", "--smtp-port", "0", "--clock", "simulated"]
    command += ["--deliver", "on-move", "--after-last-retry", "past_due"]  # open in each world: like with like
    command += ["--seed", str(options.seed), "--start", str(int(STARTS_AT.timestamp()))]
    command += ["--customers", str(options.customers), "--days", str(options.days), *flags]
    with log.open("wb") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors)  # noqa: S603 - our own module
        assert process.stdout is not None
        try:
            yield _introduced(process.stdout, log)
        finally:
            process.terminate()
            try:
                process.wait(ENDS_WITHIN_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()


def _introduced(stdout: IO[bytes], log: Path) -> RunningWorld:
    """Its first line says where everything is."""
    line = stdout.readline()
    if not line:
        raise WorldDied(log.read_text("utf8", "replace")[-2000:] or "the simulator ended without a word")
    said = json.loads(line)
    return RunningWorld(
        control=SimulatedWorld(said["control_url"]),
        api_base=said["api_base"],
        api_key=said["api_key"],
        publishable_key=said["publishable_key"],
        smtp_port=said["smtp_port"],
        mailbox_url=said["mailbox_url"],
    )

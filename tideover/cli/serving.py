"""`tideover serve`: door, pages and worker in one process, until it is told to stop; `tideover web`: without worker."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

import typer

from tideover.cli.start import fail, migrated

PAUSE_SECONDS = 0.5
UPKEEP_SECONDS = 60


def serve_everything(host: str, port: int) -> int:
    """Serve on `host` and `port` until SIGTERM or Ctrl-C; what is under way is finished first."""
    return _serve(host, port, meanwhile=work)


def serve_web(host: str, port: int) -> int:
    """Serve door and pages alone; the worker runs elsewhere."""
    return _serve(host, port, meanwhile=_idle)


def _serve(host: str, port: int, *, meanwhile: Callable[[threading.Event], None]) -> int:
    migrated()
    from tideover.cli.web import free_port, start  # noqa: PLC0415
    from tideover.config import config  # noqa: PLC0415

    try:
        listener = free_port(host, port)
    except OSError as taken:
        fail(str(taken), then="Choose another with --port.")
    stop = threading.Event()

    def _stop(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    web = start(listener)
    typer.echo(f"Tideover listens on {web.url} (public address: {config().base_url}). Ctrl-C ends it.")
    meanwhile(stop)
    web.stop()
    typer.echo("Stopped; nothing is left half done.")
    return 0


def _idle(stop: threading.Event) -> None:
    stop.wait()


@dataclass
class Upkeep:
    """Catch-up, sweep, quarantine, the audit log and the watch over invariants: at the start, then every minute."""

    at: float | None = None  # on the monotonic clock

    def when_due(self) -> None:
        """One round where the last is a minute ago."""
        from tideover import clock  # noqa: PLC0415
        from tideover.tenants.stripe import stripe_for  # noqa: PLC0415
        from tideover.upkeep.rounds import keep_up, watch  # noqa: PLC0415

        if self.at is not None and clock.monotonic() - self.at < UPKEEP_SECONDS:
            return
        self.at = clock.monotonic()
        keep_up(stripe_for, clock.now())
        watch(clock.now())


def work(stop: threading.Event) -> None:
    """Rounds of the worker until `stop` is set. A database that is away is waited for."""
    import structlog  # noqa: PLC0415
    from django.db import DatabaseError, close_old_connections  # noqa: PLC0415

    from tideover import clock  # noqa: PLC0415
    from tideover.worker.effects import real_effects  # noqa: PLC0415
    from tideover.worker.loop import run_once  # noqa: PLC0415

    log = structlog.get_logger("worker").bind(pid=os.getpid())
    effects = real_effects()
    upkeep = Upkeep()
    while not stop.is_set():
        close_old_connections()
        try:
            upkeep.when_due()
            idle = run_once(effects, clock.now()).idle
        except DatabaseError as away:
            log.warning("worker.database_away", reason=str(away)[:200])
            stop.wait(5)
            continue
        if idle:
            stop.wait(PAUSE_SECONDS)

"""Who runs in the ingest bench: each a server of its own on loopback, ready to take events, ended by its pid."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.report import HOME

ROOT = Path(__file__).resolve().parent.parent
SECRET = "whsec_bench"  # noqa: S105 - it guards a database that lives for the bench
THREADS = 8
UP_WITHIN_SECONDS = 30


@dataclass(frozen=True)
class Contestant:
    """A running server: where it listens, and the path that takes events."""

    name: str
    port: int
    path: str


@dataclass(frozen=True)
class Place:
    """A database to run on. `url` for ours, `other_url` for dj-stripe's own tables beside it."""

    name: str
    home: Path
    url: str
    other_url: str

    def environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("TIDEOVER_", "DJANGO_"))}
        return {
            **clean,
            "TIDEOVER_HOME": str(self.home),
            "TIDEOVER_DATABASE_URL": self.url,
            "BENCH_DATABASE_URL": self.other_url,
            "PYTHONPATH": str(ROOT),
        }


def said(command: list[str], environment: Mapping[str, str]) -> str:
    """What a command prints. Raises CalledProcessError; what it complains about is on the terminal."""
    done = subprocess.run(command, cwd=ROOT, env=dict(environment), check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip()


@dataclass(frozen=True)
class Guests:
    """What is installed for the bench alone, in .tideover/bench: a virtualenv with dj-stripe, and gunicorn alone."""

    python: Path
    gunicorn: Path


def guests() -> Guests | None:
    """Installs dj-stripe and gunicorn once. None where that cannot be done; pip's own words are on the terminal."""
    found = Guests(HOME / "djstripe" / "bin" / "python", HOME / "gunicorn")
    done = HOME / "djstripe" / ".done"
    if done.exists():
        return found
    pip = [str(found.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    try:
        subprocess.run([sys.executable, "-m", "venv", HOME / "djstripe"], check=True)
        subprocess.run([*pip, "dj-stripe", "gunicorn", "dj-database-url", "psycopg[binary]"], check=True)
        subprocess.run([*pip, "--target", str(found.gunicorn), "gunicorn"], check=True)
    except (subprocess.CalledProcessError, OSError):
        return None
    done.touch()
    return found


@contextmanager
def serving(place: Place, installed: Guests | None) -> Iterator[tuple[str, list[Contestant]]]:
    """All contestants at once, idle until asked; and the token of our connection."""
    ours = place.environment()
    token = said([sys.executable, "-m", "bench.hook", SECRET], ours)
    hook = f"/hooks/stripe/{token}"
    with ExitStack() as running:
        started = [running.enter_context(_started("webhook", _webhook, ours, hook))]
        if installed:
            plain = {**ours, "PYTHONPATH": f"{ROOT}:{installed.gunicorn}", "DJANGO_SETTINGS_MODULE": "bench.plain_site"}
            started.append(running.enter_context(_started("django view", _gunicorn(sys.executable), plain, hook)))
            theirs = {**ours, "DJANGO_SETTINGS_MODULE": "bench.djstripe_site"}
            path = said([str(installed.python), "-m", "bench.djstripe_site", SECRET], theirs)
            started.append(running.enter_context(_started("dj-stripe", _gunicorn(str(installed.python)), theirs, path)))
        yield token, started


def _webhook(port: int) -> list[str]:
    return [sys.executable, "-m", "tideover", "web", "--port", str(port)]


def _gunicorn(python: str) -> Callable[[int], list[str]]:
    """One process with eight threads: the deployment that the docs of both projects start with."""

    def command(port: int) -> list[str]:
        served = "django.core.wsgi:get_wsgi_application()"
        threads = ["--worker-class", "gthread", "--threads", str(THREADS), "--keep-alive", "60"]
        return [python, "-m", "gunicorn", served, "--bind", f"127.0.0.1:{port}", *threads, "--log-level", "error"]

    return command


@contextmanager
def _started(
    name: str, command: Callable[[int], list[str]], environment: Mapping[str, str], path: str
) -> Iterator[Contestant]:
    port = _free_port()
    process = subprocess.Popen(
        command(port), cwd=ROOT, env=dict(environment), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    try:
        _wait_for(process, port)
        yield Contestant(name, port, path)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + UP_WITHIN_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"no server came up on port {port}; what it said stands above")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

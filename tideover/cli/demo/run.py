"""Run the demo: start both worlds, live through the days, check, report, and on a terminal serve the dashboard."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import webbrowser
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from tideover.cli.demo.options import STARTS_AT, Options
from tideover.cli.demo.world import RunningWorld, WorldDied, world
from tideover.cli.start import fail, migrated

Summary = dict[str, Any]  # as the simulator gives it

MADE_BY_US = ".tideover-demo"  # a file in each folder that a demo may clear


def run(options: Options) -> int:
    """The whole demo. 0 when every invariant held, 1 otherwise."""
    console = Console(stderr=options.json)
    prepare(options)
    try:
        with (
            world(
                options,
                "--smart-retries" if options.coexist else "--no-smart-retries",
                "--mail-dir",
                str(options.home / "mail"),
                log=options.home / "simulator.log",
            ) as shop,
            ThreadPoolExecutor(1) as aside,
        ):
            alone = aside.submit(_stripe_alone, options)
            return _run(options, shop, alone, console)
    except WorldDied as died:
        fail(f"the simulator did not start:\n{died}")


def prepare(options: Options) -> None:
    """A fresh folder of its own, so that the demo never touches another database."""
    from tideover.core.rules import PRESETS  # noqa: PLC0415

    if options.preset not in PRESETS:
        fail(f"there is no preset {options.preset!r}; there are {', '.join(PRESETS)}.")
    _clear(options.home)
    (options.home / "mail").mkdir(parents=True)
    (options.home / MADE_BY_US).touch()
    for name in [name for name in os.environ if name.startswith("TIDEOVER_") and name != "TIDEOVER_DATABASE_URL"]:
        del os.environ[name]
    os.environ["TIDEOVER_HOME"] = str(options.home)


def _clear(home: Path) -> None:
    """Take away what an earlier demo left, and nothing that anybody else put there."""
    if home.is_dir() and not any(home.iterdir()):
        home.rmdir()
    elif (home / MADE_BY_US).exists() or (home / "simulator.log").exists():
        shutil.rmtree(home)
    elif home.exists():
        fail(f"{home} is no folder of an earlier demo", then="Name a folder with --home that is not there yet.")


def _stripe_alone(options: Options) -> dict[str, Summary]:
    """The same shop from the same seed, left to Stripe's own mails and retries, in two weeks and in four."""
    found = {}
    for days in (14, 28):
        flags = ("--smart-retries", "--retry-days", str(days), "--stripe-mails")
        with world(options, *flags, log=options.home / f"stripe-alone-{days}.log") as running:
            running.control.advance(options.ends_at)
            found[f"Stripe alone, {days} days"] = running.control.summary()
    return found


def _run(options: Options, shop: RunningWorld, alone: Future[dict[str, Summary]], console: Console) -> int:
    from tideover.cli import web  # noqa: PLC0415

    try:
        listener = web.free_port("127.0.0.1", options.port)
    except web.NoPort as none:
        fail(str(none), then="Choose another with --port.")
    base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    os.environ |= {
        "TIDEOVER_BASE_URL": base_url,
        "TIDEOVER_SMTP_HOST": "127.0.0.1",
        "TIDEOVER_SMTP_PORT": str(shop.smtp_port),
        "TIDEOVER_MAIL_FROM": "billing@acme.example",
        "TIDEOVER_LOG_LEVEL": "ERROR",
    }
    migrated()
    _must_be_nobodys()
    from tideover import clock  # noqa: PLC0415
    from tideover.cli.demo import books, show  # noqa: PLC0415
    from tideover.cli.demo import shop as ours  # noqa: PLC0415
    from tideover.worker import timemachine  # noqa: PLC0415
    from tideover.worker.effects import real_effects  # noqa: PLC0415

    clock.travel_to(STARTS_AT)
    machine = timemachine.TimeMachine(shop.control, real_effects(), STARTS_AT)
    timemachine.install(machine)
    server = web.start(listener)
    ours.open_shop(shop, base_url, options.preset, STARTS_AT)
    _live(options, machine.move, console)
    ours.read_history(machine.effects.stripe_for, machine.now)
    seen = books.artefacts(machine)
    report = books.report(options, seen, alone.result())
    show.write(options, report)
    show.write_failures(options, books.worlds(options, seen, alone.result()))
    show.tell(options, report, console)
    if options.serve and sys.stdout.isatty() and not options.json:
        _serve(options, base_url, shop.mailbox_url, console)
    server.stop()
    return 1 if report["violations"] else 0


def _must_be_nobodys() -> None:
    """TIDEOVER_DATABASE_URL may name another database than the demo's own: one for it alone."""
    from tideover.tenants.models import Organization  # noqa: PLC0415

    if Organization.objects.filter(is_demo=False, is_sample=False).exists():
        fail(
            "TIDEOVER_DATABASE_URL names a database with merchants in it", then="The demo needs an empty one, or none."
        )


def _live(options: Options, move: Callable[..., None], console: Console) -> None:
    """The days, with a bar that shows where we are."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("day {task.completed:.0f} of {task.total:.0f}"),
    )
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
        task = progress.add_task(f"{options.customers} customers", total=options.days)

        def told(now: datetime) -> None:
            progress.update(task, completed=(now - STARTS_AT).total_seconds() / 86_400)

        move(options.ends_at, told)


def _serve(options: Options, base_url: str, mailbox_url: str, console: Console) -> None:
    """Keep the pages up until Ctrl-C, with a link that signs in at once."""
    from tideover import clock  # noqa: PLC0415
    from tideover.cli.demo.shop import OWNER  # noqa: PLC0415
    from tideover.tenants.access import make_sign_in_link  # noqa: PLC0415
    from tideover.tenants.models import User  # noqa: PLC0415
    from tideover.upkeep.doctor.kept import examine_next  # noqa: PLC0415

    link = f"{base_url}/sign-in/{make_sign_in_link(User.objects.get(email=OWNER), clock.wall())}/"
    console.print(f"\nDashboard  [link={link}]{link}[/link]\nMailbox    {mailbox_url}\nCtrl-C ends the demo.")
    if options.open_browser:
        webbrowser.open(link)
    ended = threading.Event()
    try:
        while not ended.wait(1):
            examine_next(clock.now())
    except KeyboardInterrupt:
        console.print("Stopped.")

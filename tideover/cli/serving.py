"""`tideover serve`, `web` and `worker`: until told to stop, and then what is under way is finished."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING

import typer

from tideover.cli.start import awake, configured, fail, migrated, on_its_schema, warn

if TYPE_CHECKING:
    from tideover.cli.web import Web
    from tideover.worker.timetable import Job

Say = Callable[[str], None]
UPKEEP_EVERY = timedelta(minutes=1)
AGING_EVERY = timedelta(minutes=10)
RULES_EVERY = timedelta(seconds=10)
DOCTOR_EVERY = timedelta(seconds=1)
CLOCKS_EVERY = timedelta(seconds=2)
OFTEN = timedelta(seconds=10)
# So long the reading of accounts stands still where who did it was killed; two at once take each page in once.
LOST_ROUND = timedelta(minutes=2)


def serve_everything(host: str, port: int) -> int:
    """Serve on `host` and `port` until SIGTERM or Ctrl-C; what is under way is finished first."""
    return _serve(host, port, prepared=_upgrade, meanwhile=work)


def serve_web(host: str, port: int) -> int:
    """Serve webhook and pages alone; the worker runs elsewhere."""
    return _serve(host, port, prepared=_wait_for_the_upgrade, meanwhile=_idle)


def work_only() -> int:
    """Work until SIGTERM or Ctrl-C; webhook and pages run elsewhere."""
    stop = _wait_for_the_upgrade(warn)
    if not stop.is_set():
        _must_have_the_keys()
        typer.echo("The worker works. Ctrl-C ends it.")
        work(stop)
    typer.echo("Stopped; nothing is left half done.")
    return 0


def _upgrade(_say: Say) -> threading.Event:
    """Set by a signal once the database is up to date; one before that ends the process, which may wait for a lock."""
    migrated()
    return _told_to_stop()


def _wait_for_the_upgrade(say: Say) -> threading.Event:
    """Set by a signal, also one that came while the upgrade was waited for."""
    stop = _told_to_stop()
    on_its_schema(stop, say)
    return stop


def _serve(
    host: str, port: int, *, prepared: Callable[[Say], threading.Event], meanwhile: Callable[[threading.Event], None]
) -> int:
    configured()
    from tideover.cli.web import NoPort, address_of, free_port, start_before_it_opens  # noqa: PLC0415
    from tideover.config import served_at  # noqa: PLC0415

    try:
        listener = free_port(host, port)
    except NoPort as none:
        fail(str(none), then="Choose another with --port or --host.")
    public = served_at(address_of(listener))  # before Django reads the settings, as they are made from it
    awake()
    web = start_before_it_opens(listener)
    try:
        stop = prepared(web.say)
        if not stop.is_set():
            _open(web, public, wanted=port, got=listener.getsockname()[1])
            meanwhile(stop)
    finally:
        web.stop()
    typer.echo("Stopped; nothing is left half done.")
    return 0


def _open(web: Web, public: str, *, wanted: int, got: int) -> None:
    _must_have_the_keys()
    _say_which_endpoints_stay_behind()
    web.open()
    typer.echo(f"Tideover listens on {web.url} (public address: {public}). Ctrl-C ends it.")
    if wanted not in {0, got}:
        typer.echo(f"Port {wanted} is taken by another program.{_what_follows(public, web.url)}")
    _say_who_may_be_first(public)


def _what_follows(public: str, listens: str) -> str:
    """Whether the addresses that are handed out go along with the port."""
    if public == listens:
        return " Links, sign-in and the webhook endpoints that we made go along."
    return f" TIDEOVER_BASE_URL says {public}: see that it leads here."


def _must_have_the_keys() -> None:
    """Where no stored key can be read, the wrong TIDEOVER_DATA_KEYS are set; where some cannot, say whose."""
    from tideover.tenants.connecting import without_a_key  # noqa: PLC0415

    closed, all_of_them = without_a_key()
    if all_of_them:
        fail(
            "no stored key of Stripe can be read: TIDEOVER_DATA_KEYS misses the key they were written with",
            then="Put it back, behind the newest one, or connect the accounts again: tideover connect",
        )
    for connection in closed:
        warn(f"the key of {connection.account_id} cannot be read: its work waits for it")


def _say_who_may_be_first(public: str) -> None:
    """In a new installation: the code with which its owner signs up, told on this terminal alone."""
    from tideover.tenants.founding import is_empty, setup_code  # noqa: PLC0415

    if is_empty():
        typer.echo(f"Nobody owns this installation yet. Set it up at {public}/signup/ with the code {setup_code()}")


def _say_which_endpoints_stay_behind() -> None:
    """What the merchant made is the merchant's to move; ours follow with the next round of upkeep."""
    from tideover.inbox.registration import hook_of, is_ours_to_move, leads_elsewhere  # noqa: PLC0415
    from tideover.tenants.models import Connection  # noqa: PLC0415

    for connection in Connection.objects.filter(state=Connection.State.ACTIVE).exclude(webhook_url=""):
        if leads_elsewhere(connection) and not is_ours_to_move(connection):
            where = f"its webhook endpoint, made by hand, is to lead to {hook_of(connection)} now"
            warn(f"{connection.account_id}: {where}")


def _told_to_stop() -> threading.Event:
    """Set by SIGTERM or Ctrl-C."""
    stop = threading.Event()

    def _stop(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    return stop


def _idle(stop: threading.Event) -> None:
    """Opt-outs that wait lie on this machine, where no worker may be."""
    from django.db import Error, close_old_connections  # noqa: PLC0415

    from tideover.upkeep.restoring import take_in_waiting  # noqa: PLC0415

    while not stop.wait(UPKEEP_EVERY.total_seconds()):
        with suppress(Error, OSError):  # a full disk, or a database that is away: in a minute again
            close_old_connections()
            take_in_waiting()


def jobs(stop: threading.Event) -> list[Job]:
    """The rounds over all accounts, the watch, the walks through rows and cases, what is left to erase, and Doctor."""
    from tideover.flow.stripe import stripe_for_giving_back, stripe_for_leaving, stripe_for_workers  # noqa: PLC0415
    from tideover.messages import pauses  # noqa: PLC0415
    from tideover.messages.erased import erased_among  # noqa: PLC0415
    from tideover.mirror.hearing import read_again  # noqa: PLC0415
    from tideover.mirror.importing import read_all as accounts  # noqa: PLC0415
    from tideover.notices.planning import plan_summaries  # noqa: PLC0415
    from tideover.notices.rounds import tell  # noqa: PLC0415
    from tideover.predunning.rounds import alert_all  # noqa: PLC0415
    from tideover.recovery.earlier import reading as earlier  # noqa: PLC0415
    from tideover.recovery.editing.moving import move_all  # noqa: PLC0415
    from tideover.recovery.editing.reach import count_all  # noqa: PLC0415
    from tideover.recovery.test_clocks.moving import follow, on_their_way  # noqa: PLC0415
    from tideover.recovery.ways.from_stripe import follow_all  # noqa: PLC0415
    from tideover.recovery.ways.giving_back import give_back_all  # noqa: PLC0415
    from tideover.upkeep import aging, drafting, recounting, resealing, text_trials  # noqa: PLC0415
    from tideover.upkeep.doctor.kept import examine_next, is_asked  # noqa: PLC0415
    from tideover.upkeep.privacy import erase, organization  # noqa: PLC0415
    from tideover.upkeep.pulse import feel  # noqa: PLC0415
    from tideover.upkeep.rounds import keep_up, watch, wind_up_all  # noqa: PLC0415
    from tideover.worker.effects import real_effects  # noqa: PLC0415
    from tideover.worker.timetable import Job  # noqa: PLC0415

    stripe, effects = partial(stripe_for_workers, ended=stop.is_set), real_effects(for_workers=True)
    leaving = partial(stripe_for_leaving, ended=stop.is_set)
    giving = partial(stripe_for_giving_back, ended=stop.is_set)
    return [
        Job("keep-up", UPKEEP_EVERY, lambda now: keep_up(stripe, now, stop.is_set), hand="keep-up"),
        Job("backlog", OFTEN, lambda now: earlier.read_all(stripe, now, stop.is_set), hand="backlog"),
        Job("mirror", OFTEN, lambda now: accounts(stripe, erased_among, now, stop.is_set), LOST_ROUND, hand="mirror"),
        Job("mirror-doubts", OFTEN, lambda now: read_again(stripe, erased_among, now, stop.is_set), hand="mirror"),
        Job("readers", OFTEN, lambda now: follow_all(now, stop.is_set), hand="mirror"),
        Job("leaving", OFTEN, lambda now: wind_up_all(leaving, now, stop.is_set), hand="leaving"),
        Job("giving-back", OFTEN, lambda now: give_back_all(giving, now, stop.is_set), hand="giving-back"),
        Job("pulse", OFTEN, lambda now: feel(stripe, now, stop.is_set), hand="pulse"),
        Job("streams", UPKEEP_EVERY, pauses.look, hand="notices"),
        Job("notices", OFTEN, lambda now: tell(now, stop.is_set), hand="notices"),
        Job("summaries", UPKEEP_EVERY, plan_summaries, hand="notices"),
        Job("watch", UPKEEP_EVERY, watch),
        Job("aging", AGING_EVERY, lambda now: aging.clear(now, stop.is_set)),
        Job("erasures", UPKEEP_EVERY, erase.go_on),
        Job("organizations-erased", OFTEN, lambda now: organization.go_on(now, stop.is_set), hand="erasing"),
        Job("resealing", AGING_EVERY, lambda now: resealing.go_on(now, stop.is_set)),
        Job("rules", RULES_EVERY, lambda now: move_all(now, stop.is_set), hand="rules"),
        Job("rules-counted", RULES_EVERY, lambda now: count_all(now, stop.is_set), hand="rules"),
        Job("card-alerts", UPKEEP_EVERY, lambda now: alert_all(effects, now, stop.is_set), LOST_ROUND, hand="alerts"),
        Job("doctor", DOCTOR_EVERY, examine_next, wanted=is_asked, hand="doctor"),
        Job("clocks", CLOCKS_EVERY, lambda now: follow(stripe, now, stop.is_set), wanted=on_their_way, hand="clocks"),
        Job("text-trials", UPKEEP_EVERY, text_trials.end_decided),
        Job(
            "drafts",
            UPKEEP_EVERY,
            lambda now: drafting.draft_ahead(now, stop.is_set),
            wanted=drafting.any_speaks,
            hand="drafts",
        ),
        Job("figures", OFTEN, lambda now: recounting.keep(now, stop.is_set), hand="figures"),
    ]


def work(stop: threading.Event) -> None:
    """The worker, until `stop` is set."""
    from tideover.worker.crew import work as work_on  # noqa: PLC0415
    from tideover.worker.effects import real_effects  # noqa: PLC0415
    from tideover.worker.punctual import Punctual  # noqa: PLC0415

    time = Punctual()
    work_on(real_effects(for_workers=True), time.now, stop, jobs(stop), time.may_work)

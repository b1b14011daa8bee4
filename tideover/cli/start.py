"""What every command does first: read the configuration, wake Django, bring the database up to date."""

from __future__ import annotations

import logging
import os
import sys
import threading
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn

import structlog
import typer
from pydantic import ValidationError
from typer.core import TyperGroup

from tideover.redaction import RedactingFormatter, last_processor, redact, without_keys

if TYPE_CHECKING:
    from tideover.config import Config
    from tideover.tenants.models import Connection

LOOK_AGAIN_SECONDS = 2
OF_ONE = typer.Option(help="Of the organization of this slug; needed where there are several")
OF_PRODUCT = typer.Option(help="Of the project of this slug; needed where there are several")


def fail(what: str, *, then: str = "") -> NoReturn:
    """End the command with what happened and what to do. A key that was typed in the wrong place is not repeated."""
    typer.echo(f"tideover: {without_keys(what)}", err=True)
    if then:
        typer.echo(f"          {then}", err=True)
    raise typer.Exit(1)


def warn(what: str) -> None:
    """Say what an operator should know, and go on."""
    typer.echo(f"tideover: {without_keys(what)}", err=True)


def the_account(account: str, *, live: bool | None) -> Connection:
    """The connection of this Stripe account; ends the command where there is none, or one in each mode."""
    with_tables()
    from tideover.tenants.models import Connection  # noqa: PLC0415

    found = Connection.objects.filter(account_id=account, state=Connection.State.ACTIVE)
    connections = list(found if live is None else found.filter(livemode=live))
    if not connections:
        fail(f"no account {account} is connected")
    if len(connections) > 1:
        fail(f"{account} is connected in live and in test mode", then="Say which: --live or --test")
    return connections[0]


def said(name: str, value: str | None) -> str:
    """What was said, empty where nothing was. An empty word is a variable of a script that was never set."""
    if value is not None and not value.strip():
        fail(f"{name} is empty", then="Leave it out to mean everybody or the first one.")
    return value or ""


class Commands(TyperGroup):
    """The commands; what can be foreseen under any of them ends it with a sentence instead of a traceback."""

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]  # noqa: ANN401 - the base class's signature
        sys.excepthook = tell_of_a_bug
        try:
            return super().invoke(ctx)
        except typer.TyperException as misunderstood:
            misunderstood.message = without_keys(misunderstood.message)
            raise
        except Exception as broken:
            words = _in_words(broken)
            if words is None:
                raise
            what, then = words
        fail(what, then=then)


def _in_words(broken: Exception) -> tuple[str, str] | None:
    """What happened and what to do, where an operator can do something about it."""
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415
    from django.db import InterfaceError, OperationalError, ProgrammingError  # noqa: PLC0415

    from tideover.tenants.secrets import Unreadable  # noqa: PLC0415
    from tideover.upkeep.disk import lacking  # noqa: PLC0415

    said = first_line(broken)
    match broken:
        case OperationalError() | InterfaceError() | ProgrammingError():
            check = "Check TIDEOVER_DATABASE_URL; `tideover migrate` brings its tables up to date."
            return lacking(broken) or (f"the database does not do its part: {said}", check)
        case ImproperlyConfigured():
            return said, "All settings: docs/operate/settings.md"
        case Unreadable():
            return said, "Put the key back, behind the newest one, or connect the account again: tideover connect"
        case UnicodeDecodeError():
            return "a file that should be text is none", "Look at .env, and at the files in TIDEOVER_HOME."
        case OSError(strerror=str(), filename=str()):
            return f"{broken.filename}: {broken.strerror}", "Check that it is there and may be read and written."
    return None


def first_line(broken: Exception) -> str:
    """What an error says, as far as it may be shown."""
    return redact(next(iter(str(broken).splitlines()), type(broken).__name__))


def tell_of_a_bug(kind: type[BaseException], bug: BaseException, trace: TracebackType | None) -> None:
    """What nobody foresaw, with its traceback and without secrets or people."""
    typer.echo(redact("".join(traceback.format_exception(kind, bug, trace))), err=True)


def configured() -> Config:
    """The configuration. Ends the command with the reason where a setting is unsafe."""
    from tideover.config import config  # noqa: PLC0415

    try:
        return config()
    except ValidationError as unsafe:
        reasons = "; ".join(_reason(error["loc"], str(error["msg"])) for error in unsafe.errors())
        fail(f"will not start: {reasons}", then="All settings: docs/operate/settings.md")


def awake() -> None:
    """Configure logs and Django. Ends the command with the reason where a setting is unsafe."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tideover.settings")
    _log_to_stderr(configured().log_level)
    import django  # noqa: PLC0415

    django.setup()


def _reason(where: tuple[int | str, ...], message: str) -> str:
    """What is wrong with which variable."""
    names = ", ".join(f"TIDEOVER_{part}".upper() for part in where)
    return f"{names}: {message}" if names else message.removeprefix("Value error, ")


def with_tables() -> None:
    """`awake`, on a database that is in use: a command that only looks, or is in a hurry, migrates none."""
    awake()
    if not _has_tables():
        fail("this database has no tables yet", then="Is it the right one? `tideover migrate` makes them.")


def _has_tables() -> bool:
    from django.db import connection  # noqa: PLC0415

    from tideover.tenants.models import Connection  # noqa: PLC0415

    return Connection._meta.db_table in connection.introspection.table_names()  # noqa: SLF001 - Django's documented way


def _must_not_be_newer() -> None:
    from tideover.upkeep.schema import too_new  # noqa: PLC0415

    if newer := too_new():
        fail(
            f"the database is of a newer version, which this one cannot work on: {', '.join(newer)}",
            then="Upgrade Tideover on this machine, too: docs/operate/upgrade.md",
        )


def on_its_schema(stop: threading.Event, say: Callable[[str], None]) -> None:
    """`awake`, for one of several processes: a new database is set up, the upgrade of one in use is waited for.

    Who upgrades is one process that was chosen (`tideover migrate` or `serve`), not whichever happens to start first.
    Once `stop` is set nothing is waited for any more.
    """
    awake()
    if not _has_tables():
        migrated()
        return
    _must_not_be_newer()
    from tideover.upkeep.schema import unapplied  # noqa: PLC0415

    if missing := unapplied():
        say(f"the database is older by {missing} migrations: waiting for `tideover migrate`")
    while unapplied() and not stop.wait(LOOK_AGAIN_SECONDS):
        pass
    _must_not_be_newer()  # who upgraded meanwhile may have gone past us


def migrated() -> None:
    """`awake`, with every migration applied: by us, or by who was at it already."""
    awake()
    from django.core.management import call_command  # noqa: PLC0415

    from tideover.upkeep.schema import upgrading  # noqa: PLC0415

    with upgrading():
        _must_not_be_newer()
        call_command("migrate", verbosity=0, interactive=False)


class Strangers(logging.Filter):
    """What a stranger sent that Django refused (a wrong Host, a tampered cookie) is a line, not a traceback of ours."""

    longest = 120

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("django.security"):
            said = record.getMessage().partition(" You may need")[0][: self.longest]
            hint = " If that is this server, name it in TIDEOVER_ALLOWED_HOSTS." if "HOST" in said else ""
            record.msg, record.args, record.exc_info, record.exc_text = f"{said}{hint}", (), None, None
        return True


def _log_to_stderr(level: str) -> None:
    numeric = logging.getLevelNamesMapping()[level]
    libraries = logging.StreamHandler(sys.stderr)
    libraries.setFormatter(RedactingFormatter("%(levelname)s %(name)s %(message)s"))
    libraries.addFilter(Strangers())
    logging.basicConfig(level=max(numeric, logging.WARNING), handlers=[libraries])
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            last_processor(structlog.processors.JSONRenderer()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(numeric),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )

"""What every command does first: read the configuration, wake Django, bring the database up to date."""

from __future__ import annotations

import logging
import os
import sys
from typing import NoReturn

import structlog
import typer
from pydantic import ValidationError

from tideover.redaction import RedactingFormatter, last_processor


def fail(what: str, *, then: str = "") -> NoReturn:
    """End the command with what happened and what to do."""
    typer.echo(f"tideover: {what}", err=True)
    if then:
        typer.echo(f"          {then}", err=True)
    raise typer.Exit(1)


def awake() -> None:
    """Configure logs and Django. Ends the command with the reason where a setting is unsafe."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tideover.settings")
    from tideover.config import config  # noqa: PLC0415

    try:
        read = config()
    except ValidationError as unsafe:
        reasons = "; ".join(_reason(error["loc"], str(error["msg"])) for error in unsafe.errors())
        fail(f"will not start: {reasons}", then="All settings: docs/operate/settings.md")
    _log_to_stderr(read.log_level)
    import django  # noqa: PLC0415

    django.setup()


def _reason(where: tuple[int | str, ...], message: str) -> str:
    """What is wrong with which variable."""
    names = ", ".join(f"TIDEOVER_{part}".upper() for part in where)
    return f"{names}: {message}" if names else message.removeprefix("Value error, ")


def with_tables() -> None:
    """`awake`, on a database that is in use: a command that only looks, or is in a hurry, migrates none."""
    awake()
    from django.db import connection  # noqa: PLC0415

    from tideover.tenants.models import Connection  # noqa: PLC0415

    if Connection._meta.db_table not in connection.introspection.table_names():  # noqa: SLF001 - Django's documented way
        fail("this database has no tables yet", then="Is it the right one? `tideover migrate` makes them.")


def migrated() -> None:
    """`awake`, with every migration applied."""
    awake()
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0, interactive=False)


def _log_to_stderr(level: str) -> None:
    numeric = logging.getLevelNamesMapping()[level]
    libraries = logging.StreamHandler(sys.stderr)
    libraries.setFormatter(RedactingFormatter("%(levelname)s %(name)s %(message)s"))
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

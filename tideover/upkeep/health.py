"""Whether this process can do its work: the database takes writes, its tables are up to date, its clock is right."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.db import DatabaseError, transaction

from tideover.flow import database_clock
from tideover.ids import new_id
from tideover.upkeep import disk, skew
from tideover.upkeep.schema import too_new, unapplied


def why_not_ready(now: datetime) -> list[str]:
    """What stands in the way, in words for an operator; empty where nothing does."""
    try:
        full = disk.trouble()
        if full:
            return [full]
        _write_and_take_back(now)
        waiting = unapplied()
        wrong_clock = "" if waiting else skew.trouble(now) or _own_clock(database_clock.ahead())
    except DatabaseError as away:
        return [". ".join(disk.lacking(away) or (f"the database takes no writes ({type(away).__name__})",))]
    if newer := too_new():
        return [f"the database is of a newer version, which this one cannot work on: {', '.join(newer)}"]
    if waiting:
        return [f"{waiting} migrations are not applied: tideover migrate"]
    return [wrong_clock] if wrong_clock else []


def _own_clock(ahead: timedelta) -> str:
    if abs(ahead) < skew.TOO_MUCH:
        return ""
    return f"this process's clock is {skew.in_words(ahead)} of the database's: let NTP set it"


def _write_and_take_back(now: datetime) -> None:
    """A row goes in and is rolled back: a read-only replica, a lost lock and a server's full disk all show here."""
    with transaction.atomic():
        Session.objects.create(
            session_key=f"ready-{new_id().hex}"[:40], session_data="", expire_date=now + timedelta(1)
        )
        disk.ask_the_server()
        transaction.set_rollback(True)

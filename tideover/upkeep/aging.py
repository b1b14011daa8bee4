"""What merchants no longer want to be kept goes: once a day every old row is looked at, batch by batch.

A row is emptied or deleted where its project's setting says so; in minimal mode whatever names somebody is, at once.
The walk goes by the rows' ids and needs no index of its own, so that none is written with each event; it remembers its
place, and a worker that dies loses one batch of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from django.db import models
from django.db.models import Q, QuerySet

from tideover.core.settings.values import SPANS
from tideover.core.signals.heard import nameless, read, stored
from tideover.flow.stripe import never
from tideover.inbox.models import StripeEvent
from tideover.messages.delivery import UNKEPT
from tideover.messages.models import Message, MessageEvent
from tideover.messages.tracking import HEARD
from tideover.mirror.models import Customer
from tideover.mirror.taking import NAMES as NAMES_OF_A_CUSTOMER
from tideover.recovery.known import NAMES
from tideover.recovery.models import Case
from tideover.recovery.ways.rows import Forward, Recipient
from tideover.tenants.models import Project
from tideover.upkeep.models import Walk
from tideover.upkeep.privacy.events import keep_essence

log = structlog.get_logger("upkeep")
TOGETHER: Final = 500
MOST_BATCHES: Final = 200  # of one table in one run: a run is over in minutes, and the next goes on
AGAIN_AFTER: Final = timedelta(days=1)
Rows = QuerySet[Any]


@dataclass(frozen=True, slots=True)
class Shelf:
    """A table whose rows age.

    project: the way from a row to its project. keeps: the project's column that says for how long. since: the row's
    column that says from when on. clear: what is done to rows that are too old; it returns how many it found. minimal:
    of projects that keep no names, every row is too old.
    """

    model: type[models.Model]
    project: str
    keeps: str
    since: str
    clear: Callable[[Rows], int]
    minimal: bool = False

    @property
    def name(self) -> str:
        table = self.model._meta.db_table  # noqa: SLF001 - Django's documented way to a table's name
        return f"{table} minimal" if self.minimal else table


def _empty_events(rows: Rows) -> int:
    """What is not understood yet, or waits for a person, is needed still."""
    settled = [StripeEvent.State.HANDLED, StripeEvent.State.IRRELEVANT, StripeEvent.State.REFUSED]
    return rows.filter(state__in=settled).exclude(body=b"").update(body=b"")


def _empty_messages(rows: Rows) -> int:
    """Also one that never left: should its step be tried once more, it is worded and dated anew."""
    return rows.filter(~Q(html="") | ~Q(text="")).update(html="", text="", keys=[])


def _forget_opens(rows: Rows) -> int:
    opens = rows.filter(kind__in=HEARD)
    Message.objects.filter(pk__in=opens.values("message")).update(opened_by="", clicked_by="")
    return opens.delete()[0]


def _unname(rows: Rows) -> int:
    """What is under way with one in hand goes on: a step names its customer by Stripe's answer."""
    return rows.exclude(**dict.fromkeys(NAMES, "")).update(**dict.fromkeys(NAMES, ""))


def _unname_customers(rows: Rows) -> int:
    unnamed = {**NAMES_OF_A_CUSTOMER, "readers_followed": ""}
    return rows.exclude(**unnamed).update(**unnamed)


def _forget_readers(rows: Rows) -> int:
    """Who is written to besides, or had a link forwarded, is nothing but a name and an address."""
    return rows.delete()[0]


def _forget_words(rows: Rows) -> int:
    rows.filter(reason__contains="@").update(reason="")
    return rows.exclude(to_address="", to_name="", subject="", html="", text="").update(**UNKEPT)


def _forget_details(rows: Rows) -> int:
    """A mail server's words may repeat the address; and what asked for a picture or a link is not kept here."""
    named = [row for row in rows.exclude(heard={}) if row.heard != stored(nameless(read(row.heard)))]
    for row in named:
        row.heard = stored(nameless(read(row.heard)))
    MessageEvent.objects.bulk_update(named, ["heard"])
    return rows.filter(detail__contains="@").update(detail="") + len(named)


SHELVES: Final = (
    Shelf(StripeEvent, "connection__project_id", "keep_events", "received_at", _empty_events),
    Shelf(Message, "project_id", "keep_messages", "claimed_at", _empty_messages),
    Shelf(MessageEvent, "message__project_id", "keep_opens", "at", _forget_opens),
    Shelf(Case, "project_id", "minimal", "opened_at", _unname, minimal=True),
    Shelf(Customer, "project_id", "minimal", "told_at", _unname_customers, minimal=True),
    Shelf(Recipient, "connection__project_id", "minimal", "made_at", _forget_readers, minimal=True),
    Shelf(Forward, "case__project_id", "minimal", "asked_at", _forget_readers, minimal=True),
    Shelf(Message, "project_id", "minimal", "created_at", _forget_words, minimal=True),
    Shelf(MessageEvent, "message__project_id", "minimal", "at", _forget_details, minimal=True),
    Shelf(StripeEvent, "connection__project_id", "minimal", "received_at", keep_essence, minimal=True),
)


def clear(now: datetime, ended: Callable[[], bool] = never) -> int:
    """Go on through each table that is due; returns how many rows were too old. `ended`: the worker is to stop."""
    return sum(_walk(shelf, now, ended) for shelf in SHELVES)


def _walk(shelf: Shelf, now: datetime, ended: Callable[[], bool]) -> int:
    walk, _ = Walk.objects.get_or_create(name=shelf.name)
    limits, cleared = _limits(shelf, now), 0
    if not _is_due(shelf, walk, now) or (shelf.minimal and not limits):
        return 0
    for _ in range(MOST_BATCHES):
        if ended():
            break
        batch = _after(shelf, walk.past)
        cleared += _clear(shelf, batch, limits)
        walk.past = max(batch, default=None) if len(batch) == TOGETHER else None
        walk.ended_at = walk.ended_at if walk.past else now
        walk.save()
        if walk.past is None:
            break
    if cleared:
        log.info("upkeep.aged", table=shelf.name, rows=cleared)
    return cleared


def _is_due(shelf: Shelf, walk: Walk, now: datetime) -> bool:
    """Once a day; and once more where a project has turned minimal mode on since."""
    if walk.past is not None or walk.ended_at is None or now >= walk.ended_at + AGAIN_AFTER:
        return True
    return shelf.minimal and Project.objects.filter(minimal=True, minimal_since__gte=walk.ended_at).exists()


def _limits(shelf: Shelf, now: datetime) -> Mapping[UUID, datetime]:
    """By project: what came before this is too old. A project that keeps all of it has none."""
    if shelf.minimal:
        return dict.fromkeys(Project.objects.filter(minimal=True).values_list("pk", flat=True), now)
    spans = Project.objects.values_list("pk", shelf.keeps)
    return {project: now - span for project, keeps in spans if (span := SPANS.get(keeps)) is not None}


def _after(shelf: Shelf, past: UUID | None) -> Mapping[UUID, UUID]:
    """The next rows by id, each with its project."""
    rows = shelf.model._default_manager.order_by("pk")  # noqa: SLF001 - Django's documented API
    further = rows.filter(pk__gt=past) if past else rows
    return dict(further.values_list("pk", shelf.project)[:TOGETHER])


def _clear(shelf: Shelf, batch: Mapping[UUID, UUID], limits: Mapping[UUID, datetime]) -> int:
    cleared = 0
    for project in set(batch.values()) & set(limits):
        mine = [row for row, of in batch.items() if of == project]
        old = {"pk__in": mine, f"{shelf.since}__lt": limits[project]}
        cleared += shelf.clear(shelf.model._default_manager.filter(**old))  # noqa: SLF001
    return cleared

"""Who changed what: the audit log without the charges and messages, which stand with their cases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tideover.analytics.period import Period
from tideover.core.settings.table import SETTINGS, in_words
from tideover.dashboard.frame.drawing import show, today, zone_of
from tideover.dashboard.periods import ALL_TIME, RANGES, read_period
from tideover.dashboard.search import text_of
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.models import AuditEntry
from tideover.tenants.roles import Permission
from tideover.upkeep.sealing import EFFECTS_DONE

PER_PAGE: Final = 25
LONGEST: Final = 80
# The kinds that there are, each found behind the one before it: an index has them in order, and there may be millions
# of entries of each.
KINDS: Final = """
    WITH RECURSIVE kind(what) AS (
        SELECT min(what) FROM tenants_auditentry WHERE organization_id = %s
        UNION ALL
        SELECT (SELECT min(what) FROM tenants_auditentry WHERE organization_id = %s AND what > kind.what)
        FROM kind WHERE kind.what IS NOT NULL
    )
    SELECT what FROM kind WHERE what IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is another one than before; empty: there was none, or is none any more."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Line:
    """An entry of the log in words."""

    number: int
    at: datetime
    who: str
    what: str
    about: str
    differences: Sequence[Difference]


@require_safe
@never_cache
@member_required
@may(Permission.READ)
def page(request: MemberRequest) -> HttpResponse:
    """The changes that fit the filters, newest first."""
    kinds = kinds_of(request.organization.pk)
    kind = request.GET.get("what", "")
    search = text_of(request.GET)
    name, period = read_period(request.GET, today(request), zone_of(request), ALL_TIME)
    wanted = [kind] if kind in kinds else kinds
    found = _found(request.organization.pk, wanted, search, period)
    rows = list(_older(found, request.GET.get("before", ""))[: PER_PAGE + 1])
    context = {
        "kinds": kinds,
        "kind": kind if kind in kinds else "",
        "search": search,
        "range": name,
        "ranges": RANGES,
        "lines": [line_of(row) for row in rows[:PER_PAGE]],
        "older": rows[PER_PAGE - 1].number if len(rows) > PER_PAGE else None,
        "from_the_top": "before" not in request.GET,
    }
    return show(request, "dashboard/settings/changes.html", context)


def kinds_of(organization_id: UUID) -> list[str]:
    """What was ever done in an organization, besides what leaves the house."""
    mine = AuditEntry._meta.get_field("organization").get_db_prep_value(organization_id, connection)  # noqa: SLF001
    with connection.cursor() as cursor:
        cursor.execute(KINDS, [mine, mine])
        return [what for (what,) in cursor.fetchall() if what not in EFFECTS_DONE]


def _found(organization_id: UUID, kinds: Sequence[str], who: str, period: Period | None) -> QuerySet[AuditEntry]:
    found = AuditEntry.objects.filter(organization_id=organization_id, what__in=kinds)
    if who:
        found = found.filter(who__icontains=who)
    if period:
        found = found.filter(at__gte=period.start, at__lt=period.end)
    return found.order_by("-number")


def _older(found: QuerySet[AuditEntry], before: str) -> QuerySet[AuditEntry]:
    """From a number on that the log gave: no page is counted, so that the last costs what the first does."""
    return found.filter(number__lt=int(before)) if before.isdecimal() and len(before) < 16 else found


def line_of(entry: AuditEntry) -> Line:
    """An entry as it is read."""
    differences = [Difference(*each) for each in _differences(entry)]
    return Line(entry.number, entry.at, entry.who, entry.what.capitalize(), entry.about, differences)


def _differences(entry: AuditEntry) -> Iterator[tuple[str, str, str]]:
    for key in dict.fromkeys((*entry.before, *entry.after)):
        label = SETTINGS[key].label if key in SETTINGS else key.replace("_", " ").capitalize()
        before, after = _told(entry.before.get(key)), _told(entry.after.get(key))
        if before != after:
            yield label, before, after


def _told(value: Any) -> str:  # noqa: ANN401 - whatever stands in the log
    if value is None or value == "":
        return ""
    said = in_words(value) if isinstance(value, bool | str) else str(value)
    return said if len(said) <= LONGEST else f"{said[: LONGEST - 1]}…"

"""The page of the scans: what is looked for without an event, and the cards that end soon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tideover import clock
from tideover.dashboard.frame.drawing import show
from tideover.dashboard.paging import Pages
from tideover.dashboard.words import Word, reason_label
from tideover.mirror.expiring import Ending, day_of, expiring, renewed, told
from tideover.mirror.models import Customer, Method, Subscription
from tideover.predunning.telling import Outlook, Stands, outlooks, with_messages
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.models import Project
from tideover.tenants.roles import Permission
from tideover.upkeep.scans import About, Scan, Scanned, scanned

MOST_RENEWED: Final = 10
LEADS_TO: Final = {
    Scan.OVERDUE: ("dashboard:cases", "?state=failing&family=overdue"),
    Scan.CARDS: ("dashboard:scans", "#cards"),
    Scan.STALE: ("dashboard:doctor", ""),
    Scan.CONNECTIONS: ("dashboard:connections", ""),
}

OUTLOOKS: Final[Mapping[Stands, Word]] = {
    Stands.SENT: Word("Written", "good"),
    Stands.PERHAPS: Word("Perhaps written", "warn"),
    Stands.UNSENT: Word("Not written"),
    Stands.PLANNED: Word("To be written", "info"),
    Stands.HELD: Word("Held back", "warn"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A scan as it is drawn."""

    about: About
    on: bool
    ran_at: datetime | None
    found: int
    counted: str
    leads_to: str


@dataclass(frozen=True, slots=True)
class Line:
    """A card as it is drawn."""

    method: Method
    customer: Customer | None
    plans: list[Subscription]
    renews_at: datetime | None
    ended: bool
    ends_before: bool
    message: Told | None


@dataclass(frozen=True, slots=True)
class Told:
    """The message about a card. at: when it was written, or will be at the earliest."""

    word: Word
    at: datetime | None
    why: str


@require_safe
@never_cache
@member_required
@may(Permission.READ)
def page(request: MemberRequest) -> HttpResponse:
    """Every scan with what it found, and the cards."""
    now, project = clock.now(), request.project
    scans = scanned(project, now)
    cards = with_messages(expiring(project, day_of(now)))
    found = Pages(cards, Method.objects.filter(connection__project=project), "method").asked_for(request.GET)
    anew = with_messages(renewed(project, now))[:MOST_RENEWED]
    drawn = lines(project, [*found.rows, *anew], now)
    context = {
        "scans": [_row(each) for each in scans],
        "page": found,
        "lines": drawn[: len(found.rows)],
        "renewed": drawn[len(found.rows) :],
        "not_read": any(each.scan == Scan.CARDS and each.ran_at is None for each in scans),
        "project": project,
        "now": now,
    }
    return show(request, "dashboard/customers/scans.html", context)


def lines(project: Project, methods: list[Method], now: datetime) -> list[Line]:
    """The cards with whose they are, and with the message about each. They were read `with_messages`."""
    cards = told(methods)
    known = outlooks(project, cards, now)
    return [_line(each, known.get(each.method.pk), now) for each in cards]


def told_by(outlook: Outlook) -> Told:
    """The message as it is drawn."""
    return Told(OUTLOOKS[outlook.stands], outlook.at, reason_label(outlook.why))


def _line(each: Ending, outlook: Outlook | None, now: datetime) -> Line:
    ended = each.has_ended(day_of(now))
    message = told_by(outlook) if outlook else None
    return Line(each.method, each.customer, [*each.plans], each.renews_at, ended, each.ends_before, message)


def _row(each: Scanned) -> Row:
    address, rest = LEADS_TO[each.scan]
    return Row(each.about, each.on, each.ran_at, each.found, each.counted, f"{reverse(address)}{rest}")

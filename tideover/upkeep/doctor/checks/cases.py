"""Checks of what there is to see: whether anything has failed yet, and when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from tideover.inbox.models import StripeEvent
from tideover.recovery.models import Action, Case, LearntFact
from tideover.tenants.models import Organization, Project
from tideover.upkeep.doctor.asking import Answers
from tideover.upkeep.doctor.findings import Finding, Level, Mend
from tideover.upkeep.doctor.patient import Patient

SHOWN_DAYS: Final = 30  # what Home shows unless one chooses
QUIET_DAYS: Final = 14  # so long nothing is learnt of a case that is left alone
UNREAD_DAYS: Final = 3  # each open case is read at Stripe once a day
NAMED: Final = 5


def failures(patient: Patient, organization: Organization, _: Answers) -> Iterator[Finding]:
    """Pages are empty until a payment fails."""
    if not patient.connections or Case.objects.filter(organization=organization).exists():
        return
    heard = StripeEvent.objects.filter(organization=organization).exists()
    since = min(connection.since for connection in patient.connections)
    evidence = f"Connected since {since:%Y-%m-%d}. Events of Stripe have come: {'yes' if heard else 'not yet'}."
    mend = Mend("See a case before the first real one: a simulated shop", command="tideover demo")
    yield Finding("failures", Level.NOTE, "No payment has failed since the account is connected", evidence, mend=mend)


def period(patient: Patient, project: Project, _: Answers) -> Iterator[Finding]:
    """Home shows some days; cases of before are not among them."""
    mine = Case.objects.filter(organization=patient.organization, project=project)
    last = mine.order_by("-opened_at").values_list("opened_at", flat=True).first()
    if last and last < patient.now - timedelta(days=SHOWN_DAYS):
        says = f"Nothing has failed within the {SHOWN_DAYS} days that Home shows"
        mend = Mend("Choose more days on Home", page="dashboard:home")
        yield Finding("period", Level.NOTE, says, f"The last failure was on {last:%Y-%m-%d}.", project.name, mend)


def stale(patient: Patient, _: Organization, __: Answers) -> Iterator[Finding]:
    """Open cases that stand still: nothing is planned and nothing was learnt, or Stripe was not read for days."""
    still, unread = nothing_happens(patient), not_read(patient)
    number = still.count()
    if number:
        says = f"{_cases(number)} open, and nothing is planned for {'them' if number > 1 else 'it'}"
        evidence = f"For {QUIET_DAYS} days nothing was learnt of: {_named(still, number)}."
        mend = Mend("Look at each, and stop it or try it again", page="dashboard:cases", command="tideover why CASE")
        waits = patient.waits(Q(pk__in=still.values("pk")))
        yield Finding("stale", Level.WARN, says, evidence, mend=mend, waits=waits)
    number = unread.count()
    if number:
        says = f"{_cases(number)} open, and Stripe was not read for {UNREAD_DAYS} days"
        evidence = f"What Stripe knows of them is not known here: {_named(unread, number)}."
        mend = Mend("See to it that a worker works and Stripe answers", command="tideover worker")
        yield Finding("stale", Level.WARN, says, evidence, mend=mend)


def nothing_happens(patient: Patient) -> QuerySet[Case]:
    """Open, with nothing planned or under way, and nothing learnt for long."""
    since = patient.now - timedelta(days=QUIET_DAYS)
    steps = Action.objects.filter(case=OuterRef("pk"), state__in=[Action.State.PLANNED, Action.State.CLAIMED])
    news = LearntFact.objects.filter(case=OuterRef("pk"), learnt_at__gte=since)
    return patient.open_cases(Q(opened_at__lt=since, clock=None)).filter(~Exists(steps), ~Exists(news))


def not_read(patient: Patient) -> QuerySet[Case]:
    """Open in an account that is connected, and not held against Stripe for days."""
    active = Q(connection__in=[connection.pk for connection in patient.connections])
    unread = Q(read_at__lt=patient.now - timedelta(days=UNREAD_DAYS), clock=None)
    return patient.open_cases(active & unread)


def _cases(number: int) -> str:
    return f"{number} case{'s are' if number > 1 else ' is'}"


def _named(cases: QuerySet[Case], number: int) -> str:
    first = [case.public_id for case in cases.order_by("opened_at", "id")[:NAMED]]
    more = number - len(first)
    return f"{', '.join(first)} and {more} more" if more > 0 else ", ".join(first)

"""Checks of what there is to see: whether anything has failed yet, and when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from tideover.inbox.models import StripeEvent
from tideover.recovery.models import Case
from tideover.tenants.models import Organization, Project
from tideover.upkeep.doctor.asking import Answers
from tideover.upkeep.doctor.findings import Finding, Level, Mend
from tideover.upkeep.doctor.patient import Patient

SHOWN_DAYS: Final = 30  # what Home shows unless one chooses


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

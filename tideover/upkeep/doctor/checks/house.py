"""Checks of the house itself: clock, disk, workers, and what was given up on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from tideover.tenants.models import Organization
from tideover.upkeep import skew
from tideover.upkeep.doctor.asking import Answers
from tideover.upkeep.doctor.findings import Finding, Level, Mend
from tideover.upkeep.doctor.patient import Patient
from tideover.upkeep.standing import standing

TOO_LONG: Final = timedelta(minutes=15)


def clock(patient: Patient, _: Organization, __: Answers) -> Iterator[Finding]:
    """Whether this machine's time is right."""
    wrong = skew.trouble(patient.now)
    if wrong:
        mend = Mend("Let NTP set the clock", command="timedatectl set-ntp true")
        yield Finding("clock", Level.BAD, "The clock is wrong", wrong[0].upper() + wrong[1:], mend=mend)


def disk(_: Patient, organization: Organization, answers: Answers) -> Iterator[Finding]:
    """Whether our disks take what is written."""
    full = answers.of("disk", organization)
    if full:
        evidence = "What Stripe sends meanwhile is refused, and comes again."
        yield Finding("disk", Level.BAD, full[0].upper() + full[1:], evidence, mend=Mend("Make room on it"))


def workers(patient: Patient, organization: Organization, _: Answers) -> Iterator[Finding]:
    """Whether somebody does what is due and reads what came."""
    at = standing(patient.now, organization.pk)
    ages = {
        "an action that is due": at.oldest_due,
        "an event that nobody has read": at.oldest_news,
        "Stripe's list of events": at.catch_up_lag,
    }
    late = [f"{what} waits for {_minutes(age)}" for what, age in ages.items() if age > TOO_LONG]
    if late and not organization.stopped_at:
        mend = Mend("See that a worker runs", page="dashboard:status", command="tideover worker")
        evidence = f"{'; '.join(late)}.".capitalize()
        yield Finding("workers", Level.BAD, "Nobody does the work", evidence, mend=mend, waits=patient.waits())


def _minutes(age: timedelta) -> str:
    minutes = int(age.total_seconds()) // 60
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"


def given_up(patient: Patient, organization: Organization, _: Answers) -> Iterator[Finding]:
    """What was tried too often and waits for a person."""
    dead = standing(patient.now, organization.pk).dead_letters
    if dead:
        says = f"{dead} action{'s' if dead > 1 else ''} or events failed five times and wait for a person"
        mend = Mend("Look at each, and try it again", page="dashboard:status", command="tideover dead-letters")
        yield Finding("given-up", Level.WARN, says, mend=mend)

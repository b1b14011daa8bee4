"""One examination: everybody is asked side by side, then each check looks, and none of them stops another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from tideover.tenants.models import Connection
from tideover.upkeep.doctor.asking import FORESEEN, Answers, Outside, Unanswered, ask_all, questions
from tideover.upkeep.doctor.findings import Finding, Level
from tideover.upkeep.doctor.patient import Patient, called, patient
from tideover.upkeep.doctor.table import CHECKS, Check

log = structlog.get_logger("doctor")


def examine(organization_id: UUID, now: datetime, outside: Outside | None = None) -> list[Finding]:
    """What is wrong, the worst first."""
    outside = outside or Outside()
    whom = patient(organization_id, now)
    answers = ask_all(questions(whom, outside), outside.seconds)
    found = [each for name, check in CHECKS.items() for each in _looked(name, check, whom, answers)]
    return sorted(found, key=lambda each: -each.level.rank)


def _looked(name: str, check: Check, whom: Patient, answers: Answers) -> Iterator[Finding]:
    for subject in check.over(whom):
        yield from _found(name, check, whom, subject, answers)


def _found(name: str, check: Check, whom: Patient, subject: Any, answers: Answers) -> Sequence[Finding]:  # noqa: ANN401 - an organization, an account or a project
    about = called(subject) if isinstance(subject, Connection) else ""
    unknown = f"Could not be looked at: {check.fine[0].lower()}{check.fine[1:].rstrip('.')}"
    found: list[Finding] = []
    try:
        found.extend(check.look(whom, subject, answers))
    except (*FORESEEN, Unanswered) as why:
        found.append(Finding(name, Level.UNKNOWN, unknown, str(why), about))
    except Exception as broken:  # a check that breaks is told as one that could not look, and the others go on
        log.exception("doctor.broke", check=name)
        found.append(Finding(name, Level.UNKNOWN, unknown, f"The check broke: {type(broken).__name__}.", about))
    return found

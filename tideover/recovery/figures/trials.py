"""What the halves of a trial of two texts brought: to how many customers it was written, and who paid in time.

A customer counts once, by the first case that was written about, and not before its days are over: whoever has paid
meanwhile waits as the others do, so that the quicker half is not taken for the better one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Min

from tideover.core.case import State
from tideover.core.money import Money
from tideover.core.shares.verdicts import Counted, Half, Verdict, verdict
from tideover.messages.models import Message, TextTrial
from tideover.messages.suppression import MAY_HAVE_LEFT
from tideover.recovery.models import Case
from tideover.tenants.models import Project

COLUMNS: Final = ("customer_id", "invoice_id", "state", "ended_at", "amount_recovered", "currency")


@dataclass(slots=True)
class Brought:
    """Of one half. written: customers to whom its text left. counted: those whose days are over. paid: of these."""

    written: int = 0
    counted: int = 0
    paid: int = 0
    minor: Counter[str] = field(default_factory=Counter)  # what these paid, by currency

    @property
    def money(self) -> Sequence[Money]:
        return [Money(minor, currency) for currency, minor in self.minor.most_common()]

    @property
    def seen(self) -> Counted:
        return Counted(self.counted, self.paid)


@dataclass(frozen=True, slots=True)
class Result:
    """A trial, what each half brought, and what that says."""

    trial: TextTrial
    halves: Mapping[Half, Brought]

    @property
    def waiting(self) -> int:
        """Customers who were written to, and whose days are not over."""
        return sum(half.written - half.counted for half in self.halves.values())

    def verdict(self) -> Verdict:
        """What can be said by now."""
        return verdict(self.halves[Half.A].seen, self.halves[Half.B].seen)


def results(project: Project, trials: Sequence[TextTrial], now: datetime) -> Sequence[Result]:
    """Of trials of one project, in two questions."""
    found = {trial.pk: Result(trial, {half: Brought() for half in Half}) for trial in trials}
    for trial_id, half, first_at, case in _first_cases(project, list(found)):
        days, brought = timedelta(found[trial_id].trial.within_days), found[trial_id].halves[half]
        brought.written += 1
        if first_at + days > now:
            continue
        brought.counted += 1
        if _was_paid(case, first_at, first_at + days):
            brought.paid += 1
            brought.minor[case.currency] += case.amount_recovered
    return list(found.values())


def _first_cases(project: Project, trials: Sequence[UUID]) -> Iterator[tuple[UUID, Half, datetime, Case]]:
    """Of each customer in a trial the first case that was written about, with when that was."""
    mine = {"organization_id": project.organization_id, "project": project}
    sent = Message.objects.filter(**mine, trial__in=trials, state__in=MAY_HAVE_LEFT).order_by()
    cases = {case.pk: case for case in Case.objects.filter(**mine, pk__in=sent.values("about")).only(*COLUMNS)}
    told = sent.values_list("trial", "half", "about").annotate(first=Min("data_started_at"))
    known = set[tuple[UUID, str]]()
    for trial_id, half, about, first_at in sorted(told, key=lambda row: (row[3], row[2])):
        case = cases.get(about)
        if case is None or (whom := (trial_id, case.whom)) in known:
            continue
        known.add(whom)
        yield trial_id, Half(half), first_at, case


def _was_paid(case: Case, after: datetime, until: datetime) -> bool:
    """Whether money came, and stayed, in these days."""
    came = case.state == State.RECOVERED and case.amount_recovered > 0
    return came and case.ended_at is not None and after < case.ended_at <= until

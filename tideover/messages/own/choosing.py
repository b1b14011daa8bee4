"""In which text a case is written about: the one that stood when it began, or its half of a trial that ran then.

A customer is in one half of a trial with all their cases: what is written to them about several is one message, and
speaks as the others did.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import BooleanField, Exists, ExpressionWrapper, Q, QuerySet

from tideover.core.shares.verdicts import Half
from tideover.messages.keyed import tossed
from tideover.messages.models import TextTrial, TextVersion
from tideover.messages.own.rows import Row, Which, every_version, of_project, of_text, own_of, which_of
from tideover.messages.own.saying import Chosen, InTrial
from tideover.tenants.models import Project


@dataclass(frozen=True, slots=True)
class Beginning:
    """When a case began, and whose it is."""

    at: datetime
    whom: str


def chosen(project: Project, which: Which, began: Beginning) -> Chosen:
    """The text for a case."""
    stood = ExpressionWrapper(Q(for_trial=False, at__lte=began.at), BooleanField())
    in_trial = Exists(_running(project, which, began.at))  # of two texts one at least is the merchant's
    rows = every_version(project, which).annotate(stood=stood, in_trial=in_trial)
    row = rows.order_by("-stood", "-number").first()
    if row is None:
        return Chosen()
    trial = _running(project, which, began.at).first() if vars(row)["in_trial"] else None
    if trial is not None:
        return _of_half(trial, began, every_version(project, which).filter(number__in=[trial.a, trial.b]))
    return Chosen(own_of(row) if vars(row)["stood"] else None)


def never(_project: Project, _which: Which, _began: Beginning) -> Chosen:
    """The same where the merchant has no texts, as `rows.any_of` told."""
    return Chosen()


class Texts:
    """All texts of one project, for who tells of many messages: read at once, as the first is asked for."""

    def __init__(self, project: Project, *, there_are: bool = True) -> None:
        self._project, self._there_are = project, there_are

    def chosen(self, project: Project, which: Which, began: Beginning) -> Chosen:
        """As the function of this name does. `project` is the one that these are of."""
        assert project.pk == self._project.pk, "texts of another project"
        rows = self._newest_first.get(which, ())
        for trial in self._trials.get(which, ()) if rows else ():
            if _ran(trial, began.at):
                return _of_half(trial, began, rows)
        row = next((row for row in rows if row.at <= began.at and not row.for_trial), None)
        return Chosen(own_of(row) if row else None)

    @cached_property
    def _newest_first(self) -> Mapping[Which, Sequence[TextVersion]]:
        trials = Exists(TextTrial.objects.filter(project=self._project))
        rows = of_project(self._project).annotate(any_trial=trials).order_by("-number")
        return _by_text(rows if self._there_are else ())

    @cached_property
    def _trials(self) -> Mapping[Which, Sequence[TextTrial]]:
        """Not asked for where there was never one: the versions tell."""
        any_trial = any(vars(row)["any_trial"] for rows in self._newest_first.values() for row in rows)
        mine = {"organization_id": self._project.organization_id, "project": self._project}
        return _by_text(TextTrial.objects.filter(**mine).order_by("-began_at") if any_trial else ())


def _by_text(rows: Iterable[Row]) -> Mapping[Which, Sequence[Row]]:
    found = defaultdict[Which, list[Row]](list)
    for row in rows:
        found[which_of(row)].append(row)
    return found


# ── the halves of a trial ──


def half_of(trial: TextTrial, whom: str) -> Half:
    """The same for the same customer, whenever it is asked."""
    return Half.B if tossed(trial.pk, whom) else Half.A


def _of_half(trial: TextTrial, began: Beginning, rows: Iterable[TextVersion]) -> Chosen:
    half = half_of(trial, began.whom)
    row = next((row for row in rows if row.number == trial.version_of(half)), None)
    return Chosen(own_of(row) if row else None, InTrial(trial.pk, half))


def _running(project: Project, which: Which, at: datetime) -> QuerySet[TextTrial]:
    """The trial of a text that ran at that instant; of two that a clock has made overlap, the last begun."""
    begun = of_text(TextTrial.objects.all(), project, which).filter(began_at__lte=at).order_by("-began_at")
    return begun.filter(Q(ended_at=None) | Q(ended_at__gt=at))


def _ran(trial: TextTrial, at: datetime) -> bool:
    """The same of a row in hand."""
    return trial.began_at <= at and (trial.ended_at is None or at < trial.ended_at)

"""All that our rows tell of a case, read once for everything that is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tideover.recovery import ledger
from tideover.recovery.known import Known
from tideover.recovery.learnt import as_fact
from tideover.recovery.models import Action, Attempt, Case, LearntFact, Plan
from tideover.recovery.plans.standing import plans_of
from tideover.recovery.ways.consents import backups_of


@dataclass(frozen=True, slots=True)
class Whole:
    """A case with every step ever planned for it, what was learnt, and everybody's attempts around it."""

    case: Case
    actions: Sequence[Action]  # by the time they are due
    facts: Sequence[LearntFact]
    attempts: Sequence[Attempt]
    plans: Sequence[Plan]  # of paying in parts, oldest first

    @property
    def kept_actions(self) -> list[Action]:
        """Without what was dropped."""
        return [action for action in self.actions if action.state != Action.State.DROPPED]

    @property
    def known(self) -> Known:
        """The same as whoever decides knows it."""
        facts, backup = [as_fact(row) for row in self.facts], backups_of([self.case]).get(self.case.pk, "")
        return Known(self.case, facts, self.kept_actions, list(self.attempts), backup, list(self.plans))


def whole_of(case: Case, now: datetime) -> Whole:
    """As it stands at this moment."""
    mine = {"organization_id": case.organization_id, "case": case}
    return Whole(
        case=case,
        actions=list(Action.objects.filter(**mine).order_by("due_at", "pk")),
        facts=list(LearntFact.objects.filter(**mine).order_by("at", "pk")),
        attempts=ledger.attempts_around([case], now),
        plans=plans_of([case]).get(case.pk, []),
    )

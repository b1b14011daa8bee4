"""What the rules would do with each open failure of a project. Nothing is written, sent or charged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from tideover.config import public_address
from tideover.core import planner
from tideover.core.catalogue import Channel
from tideover.core.charging import Refused, refused_by_network
from tideover.core.money import Money
from tideover.core.outcomes import Unsent
from tideover.core.situation import Planned
from tideover.core.steps import CHARGES, MESSAGES, Do
from tideover.core.trials import fitting
from tideover.flow.alone import alone
from tideover.messages.channels import compose
from tideover.messages.channels.way import Composed
from tideover.messages.keyed import address_hash
from tideover.messages.suppression import unsent_of
from tideover.recovery.known import WHOM, Known, known_of
from tideover.recovery.models import Action, Case
from tideover.recovery.planning import row_of, situation_of
from tideover.recovery.rulesets import rules_of
from tideover.recovery.writing import is_test, wording
from tideover.tenants.models import Project

MOST: Final = 500
AT_ONCE: Final = 100
A_DAY: Final = timedelta(days=1)
NO_LINK: Final = "example"  # in place of the token: the link of a message that is not sent opens nothing


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """An open failure, and all that would come if it stays unpaid.

    refused: the rules' instants that a network does not allow. unsent: why its customer would not be written to.
    """

    known: Known
    steps: Sequence[Planned]
    refused: Sequence[Refused]
    unsent: Unsent | None

    @property
    def case(self) -> Case:
        return self.known.case

    @property
    def charges(self) -> list[Planned]:
        return [step for step in self.steps if step.do in CHARGES]

    @property
    def messages(self) -> list[Planned]:
        return [] if self.unsent else [step for step in self.steps if step.do in MESSAGES]

    @property
    def gives_up_at(self) -> datetime | None:
        return next((step.at for step in self.steps if step.do == Do.CLOSE), None)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """All of them, the largest first. left_out: how many more failures are open than are planned here."""

    at: datetime
    rows: Sequence[Rehearsed]
    left_out: int

    @property
    def owed(self) -> list[Money]:
        """What is open, by currency."""
        sums = Counter[str]()
        for row in self.rows:
            sums[row.case.currency] += row.case.owed.minor
        return [Money(minor, currency) for currency, minor in sums.most_common()]

    @property
    def charges(self) -> list[Planned]:
        return sorted((step for row in self.rows for step in row.charges), key=_at)

    @property
    def messages(self) -> list[Planned]:
        return sorted((step for row in self.rows for step in row.messages), key=_at)

    @property
    def refused(self) -> list[Refused]:
        return [each for row in self.rows for each in row.refused]

    @property
    def written_to(self) -> int:
        return len({row.case.customer_id or row.case.invoice_id for row in self.rows if row.messages})

    @property
    def silent(self) -> Mapping[Unsent, int]:
        """How many would not be written to, by the reason."""
        return Counter(row.unsent for row in self.rows if row.unsent)

    def soon(self, steps: Sequence[Planned]) -> int:
        """How many of them come within a day."""
        return sum(step.at <= self.at + A_DAY for step in steps)

    @property
    def given_up_soon(self) -> int:
        """How many are past their window already."""
        ends = [row.gives_up_at for row in self.rows]
        return sum(at is not None and at <= self.at + A_DAY for at in ends)


def _at(step: Planned) -> datetime:
    return step.at


def rehearse(project: Project, now: datetime, *, most: int = MOST) -> Rehearsal:
    """Plan every open failure as if each try of it failed: the most that can happen."""
    failing = _failing(project)
    rows = list(_rehearsed_each(project, failing[:most], now))
    return Rehearsal(now, rows, max(0, len(failing) - len(rows)))


def rehearsed_all(project: Project, now: datetime) -> Iterator[Rehearsed]:
    """The same without a limit, one after the other: a file takes its time."""
    return _rehearsed_each(project, _failing(project), now)


def _failing(project: Project) -> list[UUID]:
    """The largest first."""
    failing = Case.objects.filter(organization_id=project.organization_id, project=project, state=Case.State.FAILING)
    return list(failing.order_by("-amount_open", "id").values_list("pk", flat=True))


def _rehearsed_each(project: Project, which: Sequence[UUID], now: datetime) -> Iterator[Rehearsed]:
    for start in range(0, len(which), AT_ONCE):
        yield from _rehearsed_together(project, which[start : start + AT_ONCE], now)


def _rehearsed_together(project: Project, which: Sequence[UUID], now: datetime) -> list[Rehearsed]:
    """One by one where that breaks: an odd case is left out, and no other."""
    with alone("rehearsal.broke", cases=len(which)):
        found = Case.objects.select_related(*WHOM).in_bulk(which)
        cases = [found[pk] for pk in which if pk in found]
        barred = unsent_of(project.organization_id, Channel.EMAIL, [case.customer_email for case in cases])
        return [_rehearsed(known, barred, now) for known in known_of(cases, now)]
    return [each for pk in which for each in _rehearsed_together(project, [pk], now)] if len(which) > 1 else []


def _rehearsed(known: Known, barred: Mapping[str, Unsent], now: datetime) -> Rehearsed:
    situation, rules = situation_of(known, now), rules_of(known.case.ruleset)
    steps = planner.plan(situation, rules, None, now)
    refused = refused_by_network(situation, fitting(situation, rules), now) if situation.may_charge else ()
    return Rehearsed(known, steps, tuple(refused), _unsent(known.case, barred))


def _unsent(case: Case, barred: Mapping[str, Unsent]) -> Unsent | None:
    if not (case.customer_email or case.project.minimal):  # in minimal mode Stripe is asked when it leaves
        return Unsent.NO_ADDRESS
    if is_test(case) and not case.connection.test_mail:
        return Unsent.TEST_MODE
    return barred.get(address_hash(case.customer_email))


def first_messages(rehearsal: Rehearsal, most: int) -> list[tuple[Rehearsed, Planned]]:
    """The messages that would be the first to go out."""
    found = [(row, step) for row in rehearsal.rows for step in row.messages[:1]]
    return sorted(found, key=lambda pair: pair[1].at)[:most]


def rendered(row: Rehearsed, step: Planned) -> Composed:
    """The very words that would go out then, if nothing is learnt meanwhile. Its links open nothing."""
    known = row.known
    to_come = [row_of(each, known.case) for each in row.steps if each.at > step.at]  # what comes before is done by then
    past = [action for action in known.actions if action.state != Action.State.PLANNED]
    action, then = row_of(step, known.case), replace(known, actions=[*past, *to_come])
    words = wording(action, then, f"{public_address()}/c/{NO_LINK}", [], step.at)
    return compose(replace(words, open_url="", unsubscribe_url=f"{public_address()}/u/{NO_LINK}"))

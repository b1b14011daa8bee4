"""What the rules would do with each open failure of a project. Nothing is written, sent or charged."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Count, QuerySet, Window
from django.db.models.functions import Coalesce

from tideover.config import public_address
from tideover.core import planner
from tideover.core.catalogue import Channel
from tideover.core.charging import Refused, refused_by_network
from tideover.core.money import Money
from tideover.core.outcomes import Unsent
from tideover.core.relay import Foreseen, foreseen
from tideover.core.situation import Planned
from tideover.core.steps import CHARGES, MESSAGES, Do
from tideover.core.trials import fitting
from tideover.flow.alone import alone
from tideover.messages.channels import compose
from tideover.messages.channels.way import Composed
from tideover.messages.drafts.speaking import Drafts, Sources, any_speaks, nobody
from tideover.messages.keyed import address_hash
from tideover.messages.own.choosing import Texts
from tideover.messages.own.rows import any_of
from tideover.messages.suppression import unsent_of
from tideover.messages.wording import Wording
from tideover.recovery.known import WHOM, Known, known_of
from tideover.recovery.models import Action, Case
from tideover.recovery.planning import row_of, situation_of
from tideover.recovery.rulesets import rules_of
from tideover.recovery.telling.habits import Habit, stripes_habit
from tideover.recovery.test_clocks.rows import now_by
from tideover.recovery.writing import is_test, wording
from tideover.tenants.models import Project

MOST: Final = 500
AT_ONCE: Final = MOST
A_DAY: Final = timedelta(days=1)
NO_LINK: Final = "example"  # in place of the token: the link of a message that is not sent opens nothing


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """An open failure, and all that would come if it stays unpaid.

    refused: the rules' instants that a network does not allow. foreseen: Stripe's own tries, until they are held.
    unsent: why its customer would not be written to. sources: what its messages may be written from.
    """

    known: Known
    steps: Sequence[Planned]
    refused: Sequence[Refused]
    foreseen: Sequence[Foreseen]
    unsent: Unsent | None
    sources: Sources

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
    """All of them, the largest first. left_out: how many more failures are open than are planned here. habit: by which
    Stripe's tries are foreseen.
    """

    at: datetime
    rows: Sequence[Rehearsed]
    left_out: int
    habit: Habit

    @property
    def owed(self) -> list[Money]:
        return owed(self.rows)

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
    def customers(self) -> int:
        return len({row.case.whom for row in self.rows})

    @property
    def written_to(self) -> int:
        return len({row.case.whom for row in self.rows if row.messages})

    @property
    def silent(self) -> Mapping[Unsent, Sequence[Rehearsed]]:
        """Whose customers would not be written to, by the reason."""
        found = defaultdict[Unsent, list[Rehearsed]](list)
        for row in self.rows:
            if row.unsent:
                found[row.unsent].append(row)
        return found

    def soon(self, steps: Sequence[Planned]) -> int:
        """How many of them come within a day."""
        return sum(step.at <= self.at + A_DAY for step in steps)

    @property
    def given_up_soon(self) -> int:
        """How many are past their window already."""
        ends = [row.gives_up_at for row in self.rows]
        return sum(at is not None and at <= self.at + A_DAY for at in ends)


def owed(rows: Iterable[Rehearsed]) -> list[Money]:
    """What is open, by currency."""
    sums = Counter[str]()
    for row in rows:
        sums[row.case.currency] += row.case.owed.minor
    return [Money(minor, currency) for currency, minor in sums.most_common()]


def _at(step: Planned) -> datetime:
    return step.at


def rehearse(project: Project, now: datetime, habit: Habit | None = None) -> Rehearsal:
    """Plan every open failure as if each try of it failed: the most that can happen.

    habit: Stripe's, where it was read already.
    """
    failing = list(_failing(project).annotate(open=Window(Count("*")))[:MOST])
    planning = _Planning(project, habit or stripes_habit(project, now), now)
    rows = planning.each(failing)
    return Rehearsal(now, rows, failing[0].open - len(rows) if failing else 0, planning.habit)


def rehearsed_all(project: Project, now: datetime) -> Iterator[Rehearsed]:
    """The same without a limit, some after the other: a file takes its time."""
    planning = _Planning(project, stripes_habit(project, now), now)
    which = list(_failing(project).values_list("pk", flat=True))
    for start in range(0, len(which), AT_ONCE):
        found = _failing(project).in_bulk(which[start : start + AT_ONCE])
        yield from planning.each([found[pk] for pk in which[start : start + AT_ONCE] if pk in found])


def rehearsed_alone(project: Project, case_id: UUID, now: datetime, habit: Habit | None = None) -> Rehearsed | None:
    """One of them; None where that is no open failure of the project's. habit: as above."""
    planning = _Planning(project, habit or stripes_habit(project, now), now)
    found = planning.each(list(_failing(project).filter(pk=case_id)))
    return found[0] if found else None


def _failing(project: Project) -> QuerySet[Case]:
    """The largest first."""
    mine = Case.objects.filter(organization_id=project.organization_id, project=project, state=Case.State.FAILING)
    return (
        mine.select_related(*WHOM)
        .annotate(has_texts=any_of(project), has_drafts=any_speaks(project))
        .order_by(Coalesce("amount_open", "amount_due").desc(), "id")
    )


@dataclass(frozen=True, slots=True)
class _Planning:
    """What holds for all failures of a project."""

    project: Project
    habit: Habit
    now: datetime

    def each(self, cases: Sequence[Case]) -> list[Rehearsed]:
        """Half by half where that breaks: an odd case is left out, and no other."""
        with alone("rehearsal.broke", cases=len(cases)):
            addresses = [case.customer_email for case in cases]
            barred = unsent_of(self.project.organization_id, Channel.EMAIL, addresses)
            sources = self._sources(cases)
            return [self._one(known, barred, sources) for known in known_of(cases, self.now)]
        half = len(cases) // 2
        return [*self.each(cases[:half]), *self.each(cases[half:])] if half else []

    def _sources(self, cases: Sequence[Case]) -> Sources:
        texts = Texts(self.project, there_are=any(vars(case)["has_texts"] for case in cases))
        speak = any(vars(case)["has_drafts"] for case in cases)
        return Sources(texts.chosen, Drafts(self.project).spoken_for if speak else nobody)

    def _one(self, known: Known, barred: Mapping[str, Unsent], sources: Sources) -> Rehearsed:
        now = now_by(known.case.clock, self.now)
        situation, rules = situation_of(known, now), rules_of(known.case.ruleset)
        steps = planner.plan(situation, rules, None, now)
        refused = refused_by_network(situation, fitting(situation, rules), now) if situation.may_charge else ()
        held_at = min((step.at for step in steps if step.do == Do.HOLD), default=None)
        theirs = foreseen(situation, self.habit.days, now)
        free = [each for each in theirs if held_at is None or each.at < held_at]
        return Rehearsed(known, steps, tuple(refused), free, _unsent(known.case, barred), sources)


def _unsent(case: Case, barred: Mapping[str, Unsent]) -> Unsent | None:
    if not (case.customer_email or case.project.minimal):  # in minimal mode Stripe is asked when it leaves
        return Unsent.NO_ADDRESS
    if is_test(case) and not (case.connection.test_mail or case.hangs_on_a_clock):
        return Unsent.TEST_MODE
    return barred.get(address_hash(case.customer_email))


def first_messages(rehearsal: Rehearsal, most: int) -> list[tuple[Rehearsed, Planned]]:
    """The messages that would be the first to go out."""
    found = [(row, step) for row in rehearsal.rows for step in row.messages[:1]]
    return sorted(found, key=lambda pair: pair[1].at)[:most]


def rendered(row: Rehearsed, step: Planned, *, marked: bool = False) -> Composed:
    """The very words that would go out then, if nothing is learnt meanwhile. Its links open nothing.

    marked: as a rehearsal, which leaves for somebody of the merchant.
    """
    return compose(replace(worded(row, step), is_rehearsal=marked))


def worded(row: Rehearsed, step: Planned) -> Wording:
    """What would be true of the case then, for a message whose links open nothing."""
    known = row.known
    to_come = [row_of(each, known.case) for each in row.steps if each.at > step.at]  # what comes before is done by then
    past = [action for action in known.actions if action.state != Action.State.PLANNED]
    action, then = row_of(step, known.case), replace(known, actions=[*past, *to_come])
    words = wording(action, then, f"{public_address()}/c/{NO_LINK}", [], step.at, sources=row.sources)
    unsubscribe_url = f"{public_address()}/u/{NO_LINK}"
    return replace(words, open_url="", unsubscribe_url=unsubscribe_url)

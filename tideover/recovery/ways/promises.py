"""What is done with a promise to pay: made, moved to another day, called off. By the payer or by a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet

from tideover.core.declines import HEALS, Family, Heals
from tideover.core.facts import Fact, Learnt, fact
from tideover.core.ways.promises import Days, Limits, NoDay
from tideover.recovery.commands import OFF, Refusal
from tideover.recovery.intake import Lesson, teach
from tideover.recovery.known import WHOM, Known, known_of, lock, locking
from tideover.recovery.models import Case, Link
from tideover.recovery.test_clocks.rows import now_by
from tideover.recovery.ways import promising
from tideover.tenants import audit
from tideover.tenants.models import Project


@dataclass(frozen=True, slots=True)
class Whose:
    """Who chose the day: a person of the merchant's, or the payer by the link of this id; and what binds them."""

    by: str = ""
    link: str = ""
    limits: Limits | None = None

    @property
    def told(self) -> Mapping[str, str]:
        return {name: value for name, value in (("by", self.by), ("link", self.link)) if value}


def may_promise(case: Case) -> bool:
    """Whether a promise is of use at all, by the case's row; which days may be chosen takes a closer look."""
    heals = HEALS[Family(case.family)] == Heals.TIME
    return heals and case.connection.may_write and case.project.recovery_enabled and not (case.processing or case.rest)


@dataclass(frozen=True, slots=True)
class Choice:
    """The days among which a payer may choose, and the cases whose charges move: each may be charged on any of them."""

    days: Days
    cases: tuple[Case, ...]


def offered(case: Case, now: datetime) -> Choice | None:
    """What a payer is offered; None where no day can be promised."""
    if case.state != Case.State.FAILING or not may_promise(case):
        return None
    found, limits = list[tuple[Case, Days]](), limits_of(case.project)
    owed = [case, *(each for each in _owed(case).select_related(*WHOM) if each.pk != case.pk)]
    for known in known_of(owed, now):
        days = promising.days_of(known, now, limits)
        if isinstance(days, Days):
            found.append((known.case, days))
    if not found or found[0][0].pk != case.pk:
        return None
    together = found[0][1]
    cases = [case]
    for other, days in found[1:]:
        both = Days(max(together.first, days.first), min(together.last, days.last))
        if both.first <= both.last:
            together, cases = both, [*cases, other]
    return Choice(together, tuple(cases))


def whose_payer(link: Link) -> Whose:
    """The payer who came by this link."""
    return Whose(link=str(link.pk), limits=limits_of(link.case.project))


def limits_of(project: Project) -> Limits:
    """What a payer may promise, as the merchant has set it."""
    return Limits(project.promise_days, project.promise_times)


def promise(case: Case, day: date, whose: Whose, now: datetime) -> Refusal | Sequence[Case]:
    """Move the charge to that day, and all else to after it; returns the cases it stands for.

    It is for every invoice that the customer owes in this currency, as far as the day can be chosen there.
    """
    with transaction.atomic():
        held = _locked(case)
        here = now_by(case.clock, now)  # all of one customer live by one clock
        known = {each.case.pk: each for each in known_of(held, here)}
        refused = _refusal(known[case.pk], day, whose, here)
        if refused:
            return Refusal(refused)
        theirs = [each for each in known.values() if not _refusal(each, day, whose, here)]
        lessons = [Lesson(each, [_promised(each, day, whose, here)]) for each in theirs]
        teach(lessons, here)
        for lesson in lessons:
            _record(lesson.known.case, whose, "noted a promise", day, now)
    return [each.case for each in theirs]


def call_off(case: Case, *, by: str, now: datetime) -> Refusal | None:
    """The promise stands no more: the plan goes on as if there had been none."""
    with transaction.atomic():
        held = lock(case)
        if held.promised_on is None:
            return Refusal("No promise stands in this case.")
        here = now_by(held.clock, now)
        [known], day = known_of([held], here), held.promised_on
        off = promising.ended(known, Learnt.PROMISE_OFF, here, f"{by} called it off", by=by)
        teach([Lesson(known, [off])], here)
        _record(known.case, Whose(by=by), "called off a promise", day, now)
    return None


def _locked(case: Case) -> list[Case]:
    """The case and what else its customer owes in this currency, held in one order for all."""
    ids = _owed(case).values_list("pk", flat=True)
    return [locking(Case(pk=pk)).get() for pk in sorted({*ids, case.pk})]


def _owed(case: Case) -> QuerySet[Case]:
    """All that its customer owes in this currency."""
    same = Case.objects.filter(connection_id=case.connection_id, customer_id=case.customer_id, currency=case.currency)
    return same.filter(state=Case.State.FAILING).exclude(customer_id="").order_by("opened_at", "pk")


def _refusal(known: Known, day: date, whose: Whose, now: datetime) -> str:
    """Why this day cannot be promised; empty where it can."""
    if not known.case.project.recovery_enabled:
        return OFF
    days = promising.days_of(known, now, whose.limits)
    if isinstance(days, NoDay):
        return days.why
    if day not in days:
        return f"Choose a day from {days.first} to {days.last}."
    return ""


def _promised(known: Known, day: date, whose: Whose, now: datetime) -> Fact:
    case, number = known.case, promising.number_of(known) + 1
    moved = {"instead_of": case.promised_on.isoformat()} if case.promised_on else {}
    case.promised_on, case.promised_since = day, (case.promised_since if moved else None) or now
    return fact(Learnt.PROMISED, now, str(number), day=day.isoformat(), **whose.told, **moved)


def _record(case: Case, whose: Whose, what: str, day: date, now: datetime) -> None:
    """What a person did, into the audit log; what the payer did is a fact of the case."""
    if whose.by:
        deed = audit.Deed(whose.by, what, after={"day": day.isoformat()})
        audit.write(case.organization_id, replace(deed, about=case.public_id), now)

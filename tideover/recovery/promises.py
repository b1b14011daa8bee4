"""What is done with a promise to pay: made, moved to another day, called off. By the payer or by a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import transaction

from tideover.core.declines import HEALS, Family, Heals
from tideover.core.facts import Fact, Learnt, fact
from tideover.core.promises import Limits, NoDay
from tideover.recovery import promising
from tideover.recovery.commands import OFF, Refusal
from tideover.recovery.intake import Lesson, teach
from tideover.recovery.known import Known, known_of, locking
from tideover.recovery.models import Case
from tideover.tenants import audit


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


def promise(case: Case, day: date, whose: Whose, now: datetime) -> Refusal | Sequence[Case]:
    """Move the charge to that day, and all else to after it; returns the cases it stands for.

    It is for every invoice that the customer owes in this currency, as far as the day can be chosen there.
    """
    with transaction.atomic():
        held = _locked(case)
        known = {each.case.pk: each for each in known_of(held, now)}
        refused = _refusal(known[case.pk], day, whose, now)
        if refused:
            return Refusal(refused)
        theirs = [each for each in known.values() if not _refusal(each, day, whose, now)]
        lessons = [Lesson(each, [_promised(each, day, whose, now)]) for each in theirs]
        teach(lessons, now)
        for lesson in lessons:
            _record(lesson.known.case, whose, "noted a promise", day, now)
    return [each.case for each in theirs]


def call_off(case: Case, *, by: str, now: datetime) -> Refusal | None:
    """The promise stands no more: the plan goes on as if there had been none."""
    with transaction.atomic():
        [held] = [each for each in _locked(case) if each.pk == case.pk]
        if held.promised_on is None:
            return Refusal("No promise stands in this case.")
        [known], day = known_of([held], now), held.promised_on
        off = promising.ended(known, Learnt.PROMISE_OFF, now, f"{by} called it off", by=by)
        teach([Lesson(known, [off])], now)
        _record(known.case, Whose(by=by), "called off a promise", day, now)
    return None


def _locked(case: Case) -> list[Case]:
    """The case and what else its customer owes in this currency, held in one order for all."""
    owed = Case.objects.filter(connection_id=case.connection_id, customer_id=case.customer_id, currency=case.currency)
    ids = owed.filter(state=Case.State.FAILING).exclude(customer_id="").order_by("pk").values_list("pk", flat=True)
    return [locking(Case(pk=pk)).get() for pk in sorted({*ids, case.pk})]


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

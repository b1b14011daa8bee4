"""What cases add to the figures, by day: rows written in the transaction that changes the cases.

A case remembers as what it was counted. When it changes it takes that back, and adds what it is now: so the figures
stay true whoever changed it meanwhile, also a version of Tideover that knows nothing of them; what that one left is
found by `count_waiting`. Rows are only inserted, so that nobody waits for a row of a busy day; `fold_up` makes one row
of many.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from tideover.core.case import State
from tideover.core.declines import Family
from tideover.core.timing import local_day
from tideover.recovery.figures import reached
from tideover.recovery.figures.tally import Tally
from tideover.recovery.models import TO_COUNT, Case
from tideover.recovery.places import zone
from tideover.tenants.models import Project

BATCH: Final = 1000
FOLDED_AT_ONCE: Final = 200  # days
TENTH: Final = timedelta(days=1) / 10
EVER: Final = date(1970, 1, 1)  # the day of what is counted whenever it was


class What(StrEnum):
    """What a row counts cases for."""

    STANDING = "standing"  # how many there are, by state, whenever they opened
    OPENED = "opened"  # the day of the first failure
    ENDED = "ended"  # the day on which the case ended
    WAITED = "waited"  # the same, of the recovered ones, by how long it took
    REACHED = "reached"  # the day of the first failure, by how far the case came (in the place of its state)


class Sort(StrEnum):
    """Kinds of invoices that others count otherwise."""

    RENEWAL = ""
    SINGLE = "single"  # of no subscription
    TRIAL = "trial"  # the first after one
    SENT = "sent"  # to be paid by its receiver, and overdue: no charge failed


class Key(NamedTuple):
    """Where a case is counted."""

    organization_id: UUID
    project_id: UUID
    currency: str
    what: str
    day: date
    state: str = ""
    via: str = ""
    family: str = ""
    sort: str = ""
    tenths: int = 0


class Sums(NamedTuple):
    """What a case adds, or many do. due: what had failed. recovering: of an open case what is open, else what failed.

    brought: whether anything came and stayed; won: whether it did and the case is recovered. monthly: a month of what
    was won; months: of how many cases that is known; unread: of how many it is not.
    """

    cases: int = 0
    won: int = 0
    brought: int = 0
    due: int = 0
    recovering: int = 0
    back: int = 0
    returned: int = 0
    disputed: int = 0
    monthly: int = 0
    months: int = 0
    unread: int = 0

    def plus(self, other: Sums, sign: int = 1) -> Sums:
        return Sums(*(mine + sign * theirs for mine, theirs in zip(self, other, strict=True)))


Counted = Mapping[Key, Sums]


# ── what one case adds ──


def as_counted(case: Case) -> dict[str, Any]:
    """What the figures know of a case, by its project's days: kept with it, so that it can be taken back."""
    here = zone(case.project.time_zone)
    ended = case.ended_at
    return {
        "state": str(case.state),
        "opened": local_day(case.opened_at, here).isoformat(),
        "family": str(case.first_family),
        "sort": str(_sort(case)),
        "reached": reached.furthest(case),
        **({"ended": local_day(ended, here).isoformat(), "via": str(case.via)} if ended else {}),
        **({"tenths": max(round((ended - case.opened_at) / TENTH), 0)} if ended else {}),
        "sums": {name: number for name, number in _sums(case)._asdict().items() if number},
    }


def _sums(case: Case) -> Sums:
    won = case.state == State.RECOVERED and case.amount_recovered > 0
    known = won and case.monthly is not None
    return Sums(
        cases=1,
        won=int(won),
        brought=int(case.amount_recovered > 0),
        due=case.amount_due,
        recovering=case.owed.minor if case.state == State.FAILING else case.amount_due,
        back=case.amount_recovered,
        returned=case.amount_returned,
        disputed=case.amount_disputed,
        monthly=(case.monthly or 0) if known else 0,
        months=int(known),
        unread=int(won and not known and bool(case.subscription_id)),
    )


def _sort(case: Case) -> Sort:
    if case.first_family == Family.OVERDUE:
        return Sort.SENT
    if not case.is_subscription:
        return Sort.SINGLE
    return Sort.TRIAL if case.after_trial else Sort.RENEWAL


Whose = tuple[UUID, UUID, str]  # organization, project, currency


def entries(whose: Whose, counted: Mapping[str, Any] | None) -> Iterator[tuple[Key, Sums]]:
    """Everywhere a case is counted; nowhere where it never was."""
    if counted is None:
        return
    sums, state, sort = Sums(**counted["sums"]), counted["state"], counted["sort"]
    opened = date.fromisoformat(counted["opened"])
    yield Key(*whose, What.STANDING, EVER, state=state), sums
    yield Key(*whose, What.OPENED, opened, state, family=counted["family"], sort=sort), sums
    if "reached" in counted:
        yield Key(*whose, What.REACHED, opened, counted["reached"], sort=sort), Sums(cases=1)
    if "ended" in counted:
        ended = date.fromisoformat(counted["ended"])
        yield Key(*whose, What.ENDED, ended, state, via=counted["via"], sort=sort), sums
        if sums.won:
            apart = sort if sort == Sort.SENT else ""
            yield Key(*whose, What.WAITED, ended, sort=apart, tenths=counted["tenths"]), Sums(cases=1)


def together(some: Iterable[tuple[Key, Sums]]) -> Counted:
    """All that stands in one place as one sum."""
    found = defaultdict[Key, Sums](Sums)
    for key, sums in some:
        found[key] = found[key].plus(sums)
    return found


def _of_cases(cases: Iterable[Case]) -> Counted:
    return together(entry for case in cases for entry in entries(_whose(case), case.counted))


def _whose(case: Case) -> Whose:
    return case.organization_id, case.project_id, case.currency


# ── kept in step with the cases ──


def count(cases: Sequence[Case]) -> Counted:
    """Mark each, whose row the caller holds, as counted as it is now; returns what this adds to the figures."""
    before = _of_cases(cases)
    reached.read(reached.unread(cases))
    for case in cases:
        case.counted, case.counted_version = as_counted(case), case.version
    return difference(_of_cases(cases), before)


def difference(now: Counted, before: Counted) -> Counted:
    """What must be added to the one that was to have the one that is."""
    none = Sums()
    changed = {key: now.get(key, none).plus(before.get(key, none), -1) for key in {**before, **now}}
    return {key: sums for key, sums in changed.items() if any(sums)}


def write(sums: Counted) -> None:
    """Add rows."""
    rows = [Tally(**key._asdict(), **added._asdict()) for key, added in sums.items()]
    Tally.objects.bulk_create(rows, batch_size=BATCH)


def count_waiting() -> int:
    """Count some that changed and were not counted, oldest first; returns how many.

    They were there before the figures were, or were written by a version that did not count, beside this one.
    """
    waiting = Case.objects.filter(TO_COUNT).order_by("opened_at").values_list("pk", flat=True)[:BATCH]
    return _put_right(list(waiting))


def recount(ids: Sequence[UUID]) -> int:
    """Look through cases, and count those anew that are not counted as they are, in the zone of their project as it is
    now; returns how many. Only these are held meanwhile.
    """
    wrong = [case.pk for case in _miscounted(Case.objects.filter(pk__in=ids))]
    return _put_right(wrong) if wrong else 0


def _put_right(ids: Sequence[UUID]) -> int:
    with transaction.atomic():
        wrong = _miscounted(Case.objects.filter(pk__in=ids).select_for_update(of=("self",)))
        write(count(wrong))
        _mark(wrong)
    return len(wrong)


def _mark(cases: Sequence[Case]) -> None:
    """Write as what they were counted: row by row in one statement, as a bulk update asks each row about all others."""
    columns: list[Any]
    columns = [Case._meta.get_field(name) for name in (*_MARKED, "id")]  # noqa: SLF001 - documented
    rows = [[column.get_db_prep_save(getattr(case, column.name), connection) for column in columns] for case in cases]
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE recovery_case SET counted = %s, counted_version = %s, reached = %s WHERE id = %s", rows
        )


_MARKED: Final = ("counted", "counted_version", "reached")

# Of a case what it is counted by, as a recount reads every one.
_READ: Final = (
    *("organization", "project__time_zone", "currency", "state", "opened_at", "ended_at", "via", "first_family"),
    *("amount_due", "amount_open", "amount_recovered", "amount_returned", "amount_disputed", "monthly"),
    *("after_trial", "subscription_id", "billing_reason", "version", *_MARKED),
)


def _miscounted(cases: QuerySet[Case, Case]) -> list[Case]:
    rows = list(cases.select_related("project").only(*_READ).order_by("pk"))
    marks = [case.reached for case in rows]
    reached.read(rows)
    told = zip(rows, marks, strict=True)
    return [case for case, mark in told if mark != case.reached or not _is_counted(case)]


def _is_counted(case: Case) -> bool:
    return case.counted_version == case.version and case.counted == as_counted(case)


def further(project: Project, past: UUID | None) -> list[UUID]:
    """The next cases of a project, by id."""
    cases = Case.objects.filter(project=project).order_by("pk")
    return list((cases.filter(pk__gt=past) if past else cases).values_list("pk", flat=True)[:BATCH])


# ── many rows made one, and held against the cases ──


def fold_up() -> int:
    """Make one row of all that say the same place of a day; returns of how many days."""
    fresh = Tally.objects.filter(folded=False).order_by("id").values_list("project_id", "currency", "what", "day")
    places = list(dict.fromkeys(fresh[: FOLDED_AT_ONCE * 20]))[:FOLDED_AT_ONCE]
    for place in places:
        _fold(*place)
    return len(places)


def _fold(project_id: UUID, currency: str, what: str, day: date) -> None:
    """A row that another worker folds at this moment is left to it: a sum may stand in two rows."""
    with transaction.atomic():
        rows = Tally.objects.filter(project_id=project_id, currency=currency, what=what, day=day)
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True)
        held = list(rows)
        Tally.objects.filter(pk__in=[row.pk for row in held]).delete()
        sums = {key: sums for key, sums in together(map(_entry, held)).items() if any(sums)}
        Tally.objects.bulk_create(Tally(**key._asdict(), **some._asdict(), folded=True) for key, some in sums.items())


def _entry(row: Tally) -> tuple[Key, Sums]:
    key = Key(*(getattr(row, name) for name in Key._fields))
    return key, Sums(*(getattr(row, name) for name in Sums._fields))


def as_told(project: Project) -> Counted:
    """What the rows say of a project."""
    return together(map(_entry, Tally.objects.filter(project=project).iterator(chunk_size=BATCH)))


def as_it_is(project: Project) -> Counted:
    """What its cases were counted as."""
    rows: QuerySet[Case, tuple[str, dict[str, Any] | None]]
    rows = Case.objects.filter(project=project).values_list("currency", "counted")
    whose = project.organization_id, project.pk
    found = rows.iterator(chunk_size=BATCH)
    return together(entry for currency, counted in found for entry in entries((*whose, currency), counted))

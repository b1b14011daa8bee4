"""The access that a case promises: kept in its row from the failure on, moved by nothing but a promise to pay."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from tideover.core.case import State
from tideover.core.facts import Fact, Learnt, fact
from tideover.core.timing import local_day
from tideover.core.ways.access import FOLLOWS, Access, Debt, Standing, access_of, later, promised_until
from tideover.recovery.known import Known
from tideover.recovery.models import Case, LearntFact, Plan
from tideover.recovery.places import zone
from tideover.recovery.rulesets import rules_of
from tideover.recovery.test_clocks.rows import now_by
from tideover.tenants.models import Connection


def promised(known: Known, now: datetime) -> Sequence[Fact]:
    """The day that is promised, as a fact, where it is new; the case's row has it then. The caller holds it."""
    case = known.case
    if case.state != Case.State.FAILING:
        return ()
    until = until_of(case, now)
    if until is None:
        return ()
    if case.promised_on is not None:
        until = later(until, case.promised_on)
    if until == case.access_until:
        return ()
    case.access_then = case.access_then or FOLLOWS[rules_of(case.ruleset).consequence]
    case.access_until = until
    return (fact(Learnt.ACCESS_PROMISED, now, until.isoformat(), until=until.isoformat(), then=case.access_then),)


def until_of(case: Case, now: datetime) -> date | None:
    """The one day that may be named to the customer; None where none was promised, or a first one would lie behind."""
    if case.access_until is not None or not case.is_subscription:
        return case.access_until
    local = zone(case.time_zone)
    until = promised_until(case.opened_at, rules_of(case.ruleset), local)
    return until if until is not None and until > local_day(now, local) else None


def access_by(case: Case, now: datetime) -> Access:
    """What the customer has by this case alone."""
    return access_by_cases([case], now)


def access_of_customer(connection: Connection, customer_id: str, now: datetime) -> Access:
    """By all that ever failed. That a subscription ended counts as long as nothing failed since."""
    return access_by_cases(list(Case.objects.filter(connection=connection, customer_id=customer_id)), now)


def access_by_cases(cases: Sequence[Case], now: datetime) -> Access:
    """The same, of cases that were read."""
    cases = sorted(cases, key=lambda case: (case.opened_at, case.pk))
    now = now_by(cases[-1].clock, now) if cases else now  # all of one customer live by one clock
    in_parts = _paid_in_parts(cases)
    counted = [case for case in cases if case.state != State.CHURNED or case == cases[-1]]
    return access_of([_debt(case, in_parts=case.pk in in_parts) for case in counted], now)


def history_of(connection: Connection, customer_id: str) -> Sequence[LearntFact]:
    """Every day that was promised to the customer, the oldest first."""
    theirs = LearntFact.objects.filter(case__connection=connection, case__customer_id=customer_id)
    return list(theirs.filter(kind=Learnt.ACCESS_PROMISED).select_related("case").order_by("learnt_at", "pk"))


def _paid_in_parts(cases: Sequence[Case]) -> Collection[UUID]:
    """Those of which a payment plan stands."""
    asked = [case.pk for case in cases if case.in_parts]
    stands = Plan.objects.filter(case__in=asked, state=Plan.State.STANDS)
    return set(stands.values_list("case_id", flat=True)) if asked else ()


def _debt(case: Case, *, in_parts: bool) -> Debt:
    return Debt(
        State(case.state),
        case.opened_at,
        zone(case.time_zone),
        case.access_until,
        Standing(case.access_then or Standing.FULL),
        case.promised_on is not None,
        in_parts,
    )

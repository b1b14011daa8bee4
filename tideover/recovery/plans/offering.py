"""To pay in parts: what may be chosen at this moment, offering it by hand, and ending what was agreed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction

from tideover.core.case import State
from tideover.core.money import Money
from tideover.core.steps import CHARGES
from tideover.core.ways import in_parts, plans
from tideover.core.ways.plans import FEWEST, Part
from tideover.recovery.intake import learn
from tideover.recovery.known import Known, known_of, lock
from tideover.recovery.models import Action, Case, Plan
from tideover.recovery.places import zone
from tideover.recovery.planning import situation_of
from tideover.recovery.plans.standing import end, parts_of, standing
from tideover.recovery.test_clocks.rows import now_by
from tideover.tenants import audit
from tideover.tenants.terms import terms_of


@dataclass(frozen=True, slots=True)
class Choice:
    """A plan that may be chosen: its parts, with their days and amounts."""

    owed: Money
    parts: tuple[Part, ...]

    @property
    def count(self) -> int:
        return len(self.parts)


def choices(case: Case, now: datetime) -> list[Choice]:
    """What the customer may choose at this moment; empty where no plan is offered to them."""
    if not terms_of(case.project).enabled:
        return []
    [known] = known_of([case], now)
    return choices_of(known, now)


def choices_of(known: Known, now: datetime) -> list[Choice]:
    """The same of a case of which all is known."""
    case, terms, now = known.case, terms_of(known.case.project), now_by(known.case.clock, now)
    situation = situation_of(known, now)
    by_itself = _was_ended(known) is None and now >= plans.offered_from(case.opened_at, terms, situation.zone)
    if not (by_itself or _is_offered_by_hand(known)) or _broke_one(known) or in_parts.why_no_plan(situation, terms):
        return []
    return [_choice(case, count, now) for count in range(FEWEST, terms.most + 1)]


def _choice(case: Case, count: int, now: datetime) -> Choice:
    return Choice(case.owed, plans.parts_of(case.owed, count, now, zone(case.time_zone)))


def _was_ended(known: Known) -> datetime | None:
    """When a plan was ended that nobody broke: then none may be chosen before somebody offers one anew."""
    ended = [plan.ended_at for plan in known.plans if plan.state == Plan.State.ENDED]
    return max(filter(None, ended), default=None)


def _is_offered_by_hand(known: Known) -> bool:
    """Whether somebody's offer holds: one that was made before a plan was ended does no more."""
    offered_at, ended_at = known.case.plan_offered_at, _was_ended(known)
    return offered_at is not None and (ended_at is None or offered_at > ended_at)


def _broke_one(known: Known) -> bool:
    """Whether a plan that had begun was broken: a second one would only put off what the first did."""
    broken = [plan for plan in known.plans if plan.state == Plan.State.BROKEN]
    return any(part.paid_at is not None for plan in broken for part in parts_of(plan))


@dataclass(frozen=True, slots=True)
class ByHand:
    """How it is with an offer of the merchant's people.

    holds: there is one. why_not: why there can be none; empty where one may be made. needed: the customer may choose no
    plan without one, as the last was ended.
    """

    holds: bool
    why_not: str
    needed: bool


def by_hand(case: Case, now: datetime) -> ByHand:
    """How it is with it at this moment."""
    [known] = known_of([case], now)
    return _by_hand(known, now_by(case.clock, now))


def _by_hand(known: Known, now: datetime) -> ByHand:
    return ByHand(_is_offered_by_hand(known), _why_not_offered(known, now), _was_ended(known) is not None)


def _why_not_offered(known: Known, now: datetime) -> str:
    if _broke_one(known):
        return "A plan of this case was broken already."
    return in_parts.why_no_plan(situation_of(known, now), terms_of(known.case.project))


# ── what the merchant's people do ──


def offer(case: Case, *, by: str, now: datetime) -> str:
    """Offer a plan, whatever the day: the pay page has it, and a message tells of it where none did before.

    Why not; empty where done.
    """
    with transaction.atomic():
        case = lock(case)
        [known], here = known_of([case], now), now_by(case.clock, now)
        there = _by_hand(known, here)
        if there.why_not or there.holds:
            return there.why_not
        case.plan_offered_at, case.plan_offered_by = _after_what_ended(known, here), by[:254]
        _record(case, audit.Deed(by, "offered a plan"), now)
        learn(case, [], now)
    return ""


def _after_what_ended(known: Known, now: datetime) -> datetime:
    """Also where a test clock stands still since the last plan was ended."""
    ended_at = _was_ended(known)
    return max(now, ended_at + timedelta.resolution) if ended_at else now


def end_plan(case: Case, *, by: str, now: datetime) -> str:
    """End the plan that stands: what is left goes on by the rules. Why not; empty where done."""
    with transaction.atomic():
        case = lock(case)
        [known] = known_of([case], now)
        plan = standing(known.plans)
        if plan is None or case.state != State.FAILING:
            return "No plan stands."
        if Action.objects.filter(case=case, do__in=CHARGES, state=Action.State.CLAIMED).exists():
            return "A charge of this invoice is under way. Wait for its answer."
        end(plan, Plan.State.ENDED, f"ended by {by}", now_by(case.clock, now))
        _record(case, audit.Deed(by, "ended a plan", before={"plan": plan.number}), now)
        learn(case, [], now)
    return ""


def _record(case: Case, deed: audit.Deed, now: datetime) -> None:
    audit.write(case.organization_id, replace(deed, about=case.public_id), now)

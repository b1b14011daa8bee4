"""What a person may do to a case: pause, resume, retry now, stop, mark as recovered. Each leaves who did it.

`now` is by the wall, as the audit log is; a case on a test clock takes it for what that shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from tideover.core.facts import Fact, Learnt, fact
from tideover.core.situation import Planned
from tideover.core.steps import CHARGES, MESSAGES, TO_OTHERS, Asked, Do, read
from tideover.core.timing import spoken_time
from tideover.recovery.intake import learn
from tideover.recovery.kinds.charge import refusal
from tideover.recovery.known import Known, known_of, lock
from tideover.recovery.models import Action, Case
from tideover.recovery.paying import replies
from tideover.recovery.places import zone
from tideover.recovery.planning import row_of
from tideover.recovery.plans.standing import standing
from tideover.recovery.test_clocks.rows import now_by
from tideover.tenants import audit


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a command was not carried out, in words for the person who gave it."""

    why: str


def pause(case: Case, *, until: datetime, by: str, now: datetime) -> Refusal | None:
    """Nothing is charged or sent before `until`."""
    if until <= now_by(case.clock, now):
        return Refusal("A pause must end in the future.")
    with transaction.atomic():
        case = lock(case)
        if case.state != Case.State.FAILING:
            return Refusal(f"This case is {case.state}: there is nothing to pause.")
        _record(case, audit.Deed(by, "paused", after={"until": until.isoformat()}), now)
        case.paused_until, case.paused_by = until, by[:254]
        learn(case, [], now)
    return None


def they_replied(case: Case, *, until: datetime, by: str, now: datetime) -> Sequence[Case] | Refusal:
    """The customer wrote or called: the cases that wait until then, which are all that are open of theirs."""
    if until <= now_by(case.clock, now):
        return Refusal("A reply holds the case until a day in the future.")
    if case.state != Case.State.FAILING:
        return Refusal(f"This case is {case.state}: there is nothing to hold.")
    waiting = replies.noted(case, until=until, by=by, now=now)
    return waiting or Refusal("This case has ended meanwhile: there is nothing to hold.")


def resume(case: Case, *, by: str, now: datetime) -> Refusal | None:
    """End a pause now."""
    with transaction.atomic():
        case = lock(case)
        before = {"until": case.paused_until.isoformat()} if case.paused_until else {}
        _record(case, audit.Deed(by, "resumed", before=before), now)
        case.paused_until, case.paused_by = None, by[:254]
        if case.attention == Case.Attention.REPLIED:
            case.attention = Case.Attention.NONE
        learn(case, [], now)
    return None


def retry_now(case: Case, *, by: str, now: datetime) -> Refusal | None:
    """Plan a charge for this moment. The networks' rules hold for people too."""
    with transaction.atomic():
        case = lock(case)
        no = why_no_retry(case, now)
        if no:
            return Refusal(no)
        asked = Action.objects.filter(case=case, asked_by__gt="").count()
        step = Planned(
            step=Asked(asked + 1).key,
            do=Do.CHARGE,
            at=now_by(case.clock, now),
            template="",
            tone="",
            rule="asked",
            why=f"{by} asked for a try at this moment.",
            instead=(),
        )
        row = row_of(step, case, asked_by=by[:254])
        row.save(force_insert=True)
        _record(case, audit.Deed(by, "asked for a charge", after={"step": row.step, "key": row.key}), now)
        learn(case, [], now)
    return None


def why_no_retry(case: Case, now: datetime, known: Known | None = None) -> str:
    """Why nobody may ask for a charge at this moment; empty where one may. `known`, where it was just read."""
    now = now_by(case.clock, now)
    if case.state != Case.State.FAILING:
        return f"This case is {case.state}: there is nothing to collect."
    if not case.connection.may_write:
        return "This account is connected in observe mode: Tideover reads and measures, and charges nothing."
    if not case.project.recovery_enabled:
        return OFF
    known = known or known_of([case], now)[0]
    return _why_not_yet(known, now) or refusal(known, now)


SOON: Final = timedelta(minutes=10)
OFF: Final = "Recovery is off for this project: it watches, and charges and sends nothing. Go live first."


def _why_not_yet(known: Known, now: datetime) -> str:
    """What is out, what comes by itself, and what was tried a moment ago: one more try is a try at the bank."""
    case, local = known.case, zone(known.case.project.time_zone)
    charges = [action for action in known.actions if action.do in CHARGES]
    if any(action.state == Action.State.CLAIMED for action in charges):
        return "A charge of this invoice is under way. Wait for its answer."
    if standing(known.plans):
        return "A payment plan stands, and charges its parts by itself. End it first to charge all that is open."
    planned = [action.due_at for action in charges if action.state == Action.State.PLANNED]
    if any(at <= now + SOON for at in planned):
        at = max(min(planned), now)
        return f"A charge is planned for {spoken_time(at, local)}: it goes out by itself."
    if case.paused_until is not None and case.paused_until > now:
        return f"This case is paused until {spoken_time(case.paused_until, local)}. Resume it first."
    done = [action for action in charges if action.state == Action.State.DONE and action.started_at]
    last = max((action.settled_at for action in done if action.settled_at), default=None)
    if last is not None and last > now - SOON:
        return f"The last charge was just answered. Ask for the next from {spoken_time(last + SOON, local)} on."
    return ""


def send_link(case: Case, *, by: str, now: datetime) -> Refusal | None:
    """Send the next message now: the one with the link by which the customer confirms or pays."""
    with transaction.atomic():
        case = lock(case)
        if case.state != Case.State.FAILING:
            return Refusal(f"This case is {case.state}: there is nothing to write about.")
        here = now_by(case.clock, now)
        if case.is_paused(here):
            return Refusal("This case is paused. Resume it first.")
        if not case.project.recovery_enabled:
            return Refusal(OFF)
        planned = Action.objects.filter(case=case, do__in=MESSAGES, state=Action.State.PLANNED)
        ours = planned.order_by("due_at", "id")
        message = next((each for each in ours if not isinstance(read(each.step), TO_OTHERS)), None)
        if message is None:
            return Refusal("No message is left to send: copy the link to the invoice from its page at Stripe.")
        planned.filter(pk=message.pk).update(due_at=here, asked_by=by[:254])
        _record(case, audit.Deed(by, "asked for a message", after={"step": message.step}), now)
        learn(case, [], now)
    return None


PAYS: Final = (Learnt.PAID, Learnt.PAID_AFTER_ALL)


def stop(case: Case, *, by: str, now: datetime) -> Refusal | None:
    """End the dunning of this invoice for good; what it owes stays as it is at Stripe."""
    return _end(case, fact(Learnt.STOPPED, now, by=by), now)


def mark_recovered(case: Case, *, by: str, now: datetime) -> Refusal | None:
    """The money came outside of Stripe: the merchant says so, and answers for it."""
    if case.facts.filter(kind=Learnt.CAME_BACK).exists():
        number = case.facts.filter(kind=Learnt.PAID_AFTER_ALL).count() + 1
        return _end(case, fact(Learnt.PAID_AFTER_ALL, now, f"outside-{number}", by=by, outside=True), now)
    return _end(case, fact(Learnt.PAID, now, by=by, outside=True), now)


def _end(case: Case, ending: Fact, now: datetime) -> Refusal | None:
    with transaction.atomic():
        case = lock(case)
        if case.state == Case.State.RECOVERED:
            return Refusal("This invoice is paid already.")
        ending = replace(ending, at=now_by(case.clock, now))
        via = Case.Via.CUSTOMER if ending.kind in PAYS else None
        was = {"state": str(case.state)}
        if ending.kind == Learnt.PAID_AFTER_ALL:  # no more came than before, and yet by another way
            case.via = Case.Via.CUSTOMER
        learn(case, [*_money_outside(case, ending), ending], now, via=via)
        what = "stopped" if ending.kind == Learnt.STOPPED else "marked as recovered"
        _record(case, audit.Deed(str(ending.detail["by"]), what, "", was, {"state": str(case.state)}), now)
    return None


def _money_outside(case: Case, ending: Fact) -> list[Fact]:
    """All that was open is taken for paid, where a person says that it is."""
    if ending.kind not in PAYS:
        return []
    about = "outside" if ending.kind == Learnt.PAID else ending.key
    return [fact(Learnt.RECEIVED, ending.at, about, amount=case.owed.minor, by=ending.detail["by"])]


def _record(case: Case, deed: audit.Deed, now: datetime) -> None:
    """Into the audit log, in the transaction of the command itself."""
    audit.write(case.organization_id, replace(deed, about=case.public_id), now)

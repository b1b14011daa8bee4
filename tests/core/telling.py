"""Lets a case run through its plan without a world, and tells what happened by the day of its own clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tideover.core.case import State
from tideover.core.declines import Decline, Family
from tideover.core.methods import is_debit
from tideover.core.money import Money
from tideover.core.networks import Attempt, By
from tideover.core.planner import Do, DoneStep, Planned, Situation, plan
from tideover.core.rules import Rules

PRICE = Money(9900, "usd")
CARD = "fp-alice"
CODES = {
    Family.NO_FUNDS: "insufficient_funds",
    Family.REFUSED: "generic_decline",
    Family.TECHNICAL: "processing_error",
    Family.EXPIRED: "expired_card",
    Family.CARD_DEAD: "lost_card",
    Family.AUTHENTICATION: "authentication_required",
    Family.REVOKED: "revocation_of_authorization",
    Family.WRONG_DATA: "incorrect_cvc",
    Family.BLOCKED: "rule",
    Family.UNCHARGEABLE: "amount_too_small",
    Family.OVERDUE: "generic_decline",  # of a try that its receiver made
    Family.OTHER: "a_code_of_tomorrow",
}

# A case in each of these crosses what makes calendars hard: a clock put forward, one put back, and one that never is.
PLACES = {
    "UTC": (ZoneInfo("UTC"), "2026-07-09 08:30"),
    "New York, clocks forward": (ZoneInfo("America/New_York"), "2026-03-05 08:30"),
    "New York, clocks back": (ZoneInfo("America/New_York"), "2026-10-29 08:30"),
    "Tokyo": (ZoneInfo("Asia/Tokyo"), "2026-07-09 08:30"),
}


def local(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def attempt(at: datetime, code: str = "generic_decline", **changes: object) -> Attempt:
    decline = Decline(code, brand=str(changes.get("brand", "visa")))
    first = Attempt(at, By.STRIPE, PRICE, "declined", decline, CARD, "visa")
    return replace(first, **changes)  # type: ignore[arg-type]


def failed(opened_at: datetime, zone: ZoneInfo, family: Family = Family.NO_FUNDS, **changes: object) -> Situation:
    """Alice's customer's payment failed."""
    first = attempt(opened_at, CODES[family])
    case = Situation(
        opened_at, PRICE, State.FAILING, zone, family=family, brand="visa", fingerprint=CARD, attempts=(first,)
    )
    return replace(case, **changes)  # type: ignore[arg-type]


def after(case: Situation, step: Planned, *, late: timedelta = timedelta(), outcome: str | None = None) -> Situation:
    """The case once the step was executed and did not bring the money."""
    at = step.at + late
    words = {Do.CHARGE: "declined:" + CODES[case.family], Do.MESSAGE: "sent", Do.CLOSE: "closed"}
    case = replace(
        case, done=(*case.done, DoneStep(step.step, step.do, at, outcome or words[step.do], step.template, step.tone))
    )
    if step.do != Do.CHARGE:
        return case
    mine = {"brand": case.brand, "fingerprint": case.fingerprint} if is_debit(case.brand) else {}
    return replace(case, attempts=(*case.attempts, attempt(at, CODES[case.family], by=By.US, **mine)))


def run(case: Situation, rules: Rules, *, late: timedelta = timedelta()) -> list[Planned]:
    """Execute the plan step by step, planning again after each, as the worker does. The steps in order."""
    steps: list[Planned] = []
    now = case.opened_at
    while to_come := plan(case, rules, None, now):
        step = to_come[0]
        steps.append(step)
        case, now = after(case, step, late=late), step.at + late
        assert len(steps) < 60, "the plan never ends"
    return steps


def told(step: Planned, case: Situation) -> str:
    wall = step.at.astimezone(case.zone)
    day = (wall.date() - case.opened_at.astimezone(case.zone).date()).days
    what = f"{step.template}/{step.tone}" if step.do == Do.MESSAGE else ""
    return f"day {day} {wall:%H:%M} {step.do} {what}".rstrip()


def story(case: Situation, rules: Rules, *kinds: Do) -> list[str]:
    """What happens until the case is closed, a line each; only the steps of `kinds` where some are named."""
    return [told(step, case) for step in run(case, rules) if not kinds or step.do in kinds]

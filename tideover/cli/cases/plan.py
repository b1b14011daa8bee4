"""`tideover plan case_…`: what is paid in parts, offering a plan, and ending one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import typer

from tideover.cli.cases.why import case_of
from tideover.cli.start import fail, with_tables

if TYPE_CHECKING:
    from tideover.recovery.telling.plans import PlanShown


def show(case_id: str, *, as_json: bool) -> int:
    """Print the plans of a case, or that there is none and whether one may be offered."""
    with_tables()
    from tideover import clock  # noqa: PLC0415
    from tideover.recovery.plans.offering import by_hand  # noqa: PLC0415
    from tideover.recovery.telling.plans import plans_shown  # noqa: PLC0415

    case, now = case_of(case_id), clock.now()
    shown, offered = plans_shown(case, now), by_hand(case, now)
    no = offered.why_not
    if as_json:
        told = {"case": case.public_id, "plans": [_fields(each) for each in shown], "no_offer": no}
        typer.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())
        return 0
    for each in shown:
        typer.echo("\n".join(_lines(each)))
    if not shown:
        typer.echo("There is no plan.")
    if offered.holds:
        typer.echo(f"Offered by {case.plan_offered_by} on {case.plan_offered_at:%Y-%m-%d}.")
    if not any(each.stands for each in shown):
        typer.echo(f"None can be offered: {no}" if no else f"One can be offered: tideover plan {case.public_id} offer")
    return 0


def offer(case_id: str) -> int:
    """Offer the customer of a case to pay in parts, whatever the day."""
    with_tables()
    from tideover import clock  # noqa: PLC0415
    from tideover.recovery.plans import offering  # noqa: PLC0415

    no = offering.offer(case_of(case_id), by="operator", now=clock.now())
    if no:
        fail(no)
    typer.echo("Offered: the pay page has it from now on.")
    return 0


def end(case_id: str) -> int:
    """End the plan that stands; what is left goes on by the rules."""
    with_tables()
    from tideover import clock  # noqa: PLC0415
    from tideover.recovery.plans import offering  # noqa: PLC0415

    no = offering.end_plan(case_of(case_id), by="operator", now=clock.now())
    if no:
        fail(no)
    typer.echo("Ended: what is left goes on by the rules, and Stripe collects by itself again where it did before.")
    return 0


def _lines(plan: PlanShown) -> list[str]:
    from tideover.core.money import spoken  # noqa: PLC0415

    why = f": {plan.why_ended}" if plan.why_ended else ""
    head = f"Plan {plan.number} over {spoken(plan.total)}, agreed by {plan.agreed_by} on {plan.agreed_at:%Y-%m-%d}."
    parts = [f"  {part.number}  {part.due_at:%Y-%m-%d}  {spoken(part.amount)}  {part.state}" for part in plan.parts]
    return [f"{head} {plan.state}{why}.", *parts, f"  still to come: {spoken(plan.left)}"]


def _fields(plan: PlanShown) -> dict[str, Any]:
    return {
        "number": plan.number,
        "stands": plan.stands,
        "state": plan.state,
        "why_ended": plan.why_ended,
        "currency": plan.total.currency,
        "total": plan.total.minor,
        "left": plan.left.minor,
        "agreed_at": plan.agreed_at,
        "ended_at": plan.ended_at,
        "parts": [
            {"number": part.number, "due_at": part.due_at, "amount": part.amount.minor, "state": part.state}
            for part in plan.parts
        ],
    }

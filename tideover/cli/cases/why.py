"""`tideover why case_…`: what comes next for a case and why, what holds it back, and why a charge did not go out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson
import typer

from tideover.cli.start import fail, with_tables

if TYPE_CHECKING:
    from tideover.recovery.models import Case
    from tideover.recovery.telling.holds import Hold
    from tideover.recovery.telling.why import Next, Undone, Why


def tell_why(case_id: str, *, as_json: bool) -> int:
    """Print the answer for the case of this public id, for people or as one JSON object."""
    case = case_of(case_id)
    from tideover import clock  # noqa: PLC0415
    from tideover.recovery.telling.why import why  # noqa: PLC0415
    from tideover.upkeep import skew  # noqa: PLC0415

    now = clock.now()
    answer = why(case, now, wrong_clock=skew.trouble(now))
    if as_json:
        typer.echo(orjson.dumps({**_about(case), "now": now, **_fields(answer)}, option=orjson.OPT_INDENT_2).decode())
    else:
        typer.echo("\n".join(_lines(case, answer)))
    return 0


def case_of(case_id: str) -> Case:
    """The case of this public id, with all whom it concerns."""
    with_tables()
    from tideover.ids import private  # noqa: PLC0415
    from tideover.recovery.models import Case  # noqa: PLC0415

    row_id = private("case", case_id)
    if row_id is None:
        fail(f"{case_id} is no id of a case", then="One looks like case_01KAJ2… and stands on the case's page.")
    cases = Case.objects.select_related("organization", "project", "connection", "ruleset", "clock")
    found = cases.filter(pk=row_id).first()
    if found is None:
        fail(f"there is no case {case_id} in this database")
    return found


def _about(case: Case) -> dict[str, Any]:
    """Which case it is: nothing in it says who owes."""
    return {
        "case": case.public_id,
        "state": str(case.state),
        "failed_at": case.opened_at,
        "ended_at": case.ended_at,
        "via": str(case.via),
        "family": case.family,
        "decline_code": case.decline_code,
        "attention": str(case.attention),
        "invoice": case.invoice_id,
        "organization": case.organization.slug,
        "account": case.connection.account_id,
        "mode": str(case.connection.mode),
        "test_clock": case.clock.clock_id if case.clock else "",
        "test_clock_shows": case.clock.shows if case.clock else None,
    }


def _fields(answer: Why) -> dict[str, Any]:
    return {name: getattr(answer, name) for name in ("next", "holds", "notes", "no_charge", "silent", "undone")}


def _lines(case: Case, answer: Why) -> Iterator[str]:
    yield from _head(case)
    yield from _block("Next", _next(answer.next) if answer.next else ["No step is planned."])
    yield from _block("Held back", _holds(answer.holds))
    yield from _block("No charge is planned", answer.no_charge)
    yield from _block("Messages that are not for it", answer.silent)
    yield from _block("To be known", _holds(answer.notes))
    yield from _block("Charges that were not made", [_undone(undone) for undone in answer.undone])


def _block(title: str, lines: Iterable[str]) -> Iterator[str]:
    """A heading and what stands below it; nothing where there is nothing."""
    told = [f"  {line}" for line in lines]
    if told:
        yield from ("", title, *told)


def _head(case: Case) -> Iterator[str]:
    from tideover.core.declines import Family, for_merchant  # noqa: PLC0415

    code = f" ({case.decline_code})" if case.decline_code else ""
    yield f"{case.public_id}  {case.state}"
    yield f"  failed {_spoken(case.opened_at)}: {for_merchant(Family(case.family), case.means)}{code}"
    if case.ended_at:
        yield f"  ended {_spoken(case.ended_at)}{f', by: {case.via}' if case.via else ''}"
    if case.attention:
        yield f"  asks for attention: {case.attention}"
    account = case.connection
    yield f"  invoice {case.invoice_id} of {case.organization.slug}, account {account.account_id}, {account.mode} mode"
    if case.clock:
        yield f"  on test clock {case.clock.clock_id}, which shows {_spoken(case.clock.shows)}"


def _next(step: Next) -> Iterator[str]:
    yield f"{step.step}, {_spoken(step.due_at)}"
    yield step.why
    yield f"rule {step.rule}, rules version {step.ruleset_version}"
    yield from (f"instead: {passed_over}" for passed_over in step.instead)
    if step.draft:
        yield f"worded by a model, which nobody has read: {step.draft}"
    if step.put_off:
        yield f"put off: {step.put_off}"


def _holds(holds: Iterable[Hold]) -> Iterator[str]:
    for hold in holds:
        about = f" ({hold.about})" if hold.about else ""
        times = [f"{word} {_spoken(at)}." for word, at in (("Since", hold.since), ("Until", hold.until)) if at]
        then = [f"Then: {hold.then}"] if hold.then else []
        yield " ".join([f"{hold.by}{about}: {hold.why}", *times, *then])


def _undone(undone: Undone) -> str:
    return f"{_spoken(undone.at)}  {undone.step}: {undone.outcome}, {undone.reason or 'no reason was given'}"


def _spoken(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"

"""`tideover clock …`: in test mode, months of a case within minutes, and what its customer would have got meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import orjson
import typer

from tideover.cli.cases.why import case_of
from tideover.cli.start import fail, with_tables

if TYPE_CHECKING:
    from tideover.gateways.stripe import Stripe
    from tideover.messages.models import Message
    from tideover.recovery.models import Clock
    from tideover.recovery.test_clocks.moving import OnClock

LOOK_EVERY_SECONDS: Final = 2
LOOKS: Final = 150  # five minutes: then it goes on without us


def show(*, as_json: bool) -> int:
    """Print every clock that is kept and not gone."""
    with_tables()
    from tideover.recovery.test_clocks.moving import all_kept  # noqa: PLC0415

    kept = all_kept()
    if as_json:
        told = {"clocks": [_fields(each) for each in kept]}
        typer.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())
        return 0
    for each in kept:
        typer.echo("\n".join(_lines(each)))
    if not kept:
        typer.echo("No case lives by a test clock. Payments that fail for a customer on one bring it here.")
    return 0


def advance(case_id: str, pause: Callable[[float], None] = time.sleep) -> int:
    """Advance the clock of the case, and look until it has arrived."""
    case = case_of(case_id)
    from tideover import clock  # noqa: PLC0415
    from tideover.flow.stripe import stripe_for  # noqa: PLC0415
    from tideover.recovery.test_clocks.moving import NoAdvance, told_of  # noqa: PLC0415
    from tideover.recovery.test_clocks.moving import advance as ask  # noqa: PLC0415

    stripe = stripe_for(case.connection)
    asked = ask(case, stripe, by="operator", now=clock.now())
    if isinstance(asked, NoAdvance):
        fail(asked.why.rstrip("."))
    typer.echo(told_of(asked))
    return _wait(asked.clock, stripe, pause)


def show_messages(case_id: str, *, as_json: bool) -> int:
    """Print the previews of the case, the first one first."""
    case = case_of(case_id)
    from tideover.messages.previews import previews_of  # noqa: PLC0415

    written = previews_of(case.project).filter(about=case.pk).reverse()
    if as_json:
        told = {"messages": [_words(each) for each in written]}
        typer.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())
        return 0
    for each in written:
        at = f"{_spoken(each.data_started_at)}  " if each.data_started_at else ""
        typer.echo(f"{at}{each.template} to {each.to_address}: {each.subject}\n\n{each.text}\n")
    if not written:
        typer.echo("Nothing was written for this case while its customer hung on a test clock.")
    return 0


def _words(written: Message) -> dict[str, Any]:
    named = ("template", "channel", "to_address", "locale", "tone", "subject", "text", "html")
    fields = {name: getattr(written, name) for name in named}
    return {"id": written.public_id, "at": written.data_started_at, **fields}


def _wait(moving: Clock, stripe: Stripe, pause: Callable[[float], None]) -> int:
    from tideover import clock  # noqa: PLC0415
    from tideover.recovery.models import Clock  # noqa: PLC0415
    from tideover.recovery.test_clocks.moving import has_stopped, why_it_stands  # noqa: PLC0415

    for _ in range(LOOKS):
        if has_stopped(moving, stripe, clock.now()):
            moving = Clock.objects.get(pk=moving.pk)
            if why := why_it_stands(moving):
                fail(why.rstrip("."))
            typer.echo(f"It has arrived at {_spoken(moving.shows)}. The worker does now what has come due.")
            return 0
        pause(LOOK_EVERY_SECONDS)
    typer.echo("It is on its way still: tideover clock list tells when it has arrived.")
    return 0


def _lines(kept: OnClock) -> Iterator[str]:
    clock = kept.clock
    there = f" on its way to {_spoken(clock.target)}" if clock.target else f" {clock.state}"
    named = f" ({clock.name})" if clock.name else ""
    account = f"account {clock.connection.account_id} of {clock.connection.organization.slug}"
    yield f"{clock.clock_id}{named}  {_spoken(clock.shows)}{there}, {account}, open cases: {kept.open_cases}"
    if kept.why_not:
        yield f"  {kept.why_not}"
    if kept.next is not None:
        yield f"  next: {kept.next.step} of {kept.next.case.public_id}, {_spoken(kept.next.due_at)}"


def _fields(kept: OnClock) -> dict[str, Any]:
    clock, step = kept.clock, kept.next
    return {
        "clock": clock.clock_id,
        "name": clock.name,
        "organization": clock.connection.organization.slug,
        "account": clock.connection.account_id,
        "state": str(clock.state),
        "shows": clock.shows,
        "target": clock.target,
        "open_cases": kept.open_cases,
        "why_not": kept.why_not,
        "next": {"case": step.case.public_id, "step": step.step, "due_at": step.due_at} if step else None,
    }


def _spoken(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"

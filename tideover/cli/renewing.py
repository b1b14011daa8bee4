"""`tideover renewals`: what renews and which trials end, when each customer is told, and what a law says to that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from tideover.cli.scanning import AT_ONCE, batched, message_line
from tideover.cli.settings import project_named
from tideover.cli.start import OF_ONE, OF_PRODUCT, fail, said, with_tables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tideover.core.ahead.kinds import Ahead
    from tideover.predunning.announcing import Coming
    from tideover.tenants.models import Project

WHAT: Final = {"renewals": "renewal", "trials": "trial"}


def add_renewals(app: typer.Typer) -> None:
    """What is told ahead of a payment."""
    app.command("renewals")(renewals)


def renewals(
    what: Annotated[str, typer.Argument(help="renewals, or trials that end; without it, both")] = "",
    *,
    organization: Annotated[str | None, OF_ONE] = None,
    project: Annotated[str | None, OF_PRODUCT] = None,
) -> None:
    """List what renews and which trials end within three months: when each customer is told, and by which law."""
    with_tables()
    from tideover import clock  # noqa: PLC0415
    from tideover.core.ahead.kinds import Ahead  # noqa: PLC0415

    if what and what not in WHAT:
        fail(f"there is nothing to list called {what!r}", then=f"There are {' and '.join(WHAT)}.")
    of, now = project_named(said("--organization", organization), said("--project", project)), clock.now()
    for kind in [WHAT[what]] if what else WHAT.values():
        for line in _lines(of, Ahead(kind), now):
            typer.echo(line)


def _lines(of: Project, kind: Ahead, now: datetime) -> Iterator[str]:
    from tideover.predunning.announcing import coming, told  # noqa: PLC0415

    for some in batched(coming(of, kind, now).iterator(AT_ONCE)):
        yield from (_line(kind, each) for each in told(of, kind, some, now))


def _line(kind: Ahead, each: Coming) -> str:
    whose = each.customer.stripe_id if each.customer else each.plan.customer_id
    happens = "trial ends" if kind == "trial" else "renews"
    if each.timing is None:
        return f"{each.plan.stripe_id}  {whose}  {happens} {each.on}  nobody is known to write to"
    told = f"told {each.timing.days} days before  {_law(each)}  {message_line(each.outlook)}"
    return f"{each.plan.stripe_id}  {whose}  {happens} {each.on}  {told}"


def _law(each: Coming) -> str:
    law = each.timing.law if each.timing else None
    return f"{each.window} the window of {law.name}" if law else "no law is known"

"""`tideover winback`: who has left, which letters each of them gets or got, and who has come back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tideover.cli.scanning import AT_ONCE, batched, message_line
from tideover.cli.settings import project_named
from tideover.cli.start import OF_ONE, OF_PRODUCT, said, with_tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tideover.analytics.letters import Brought, Letters
    from tideover.predunning.asked import Leaver


def add_winback(app: typer.Typer) -> None:
    """What is written to who has left."""
    app.command("winback")(winback)


def winback(
    *,
    organization: Annotated[str | None, OF_ONE] = None,
    project: Annotated[str | None, OF_PRODUCT] = None,
) -> None:
    """List whose subscription has ended lately, the letters that ask them back, and what each has brought."""
    with_tables()
    from tideover import clock  # noqa: PLC0415
    from tideover.analytics.letters import brought  # noqa: PLC0415
    from tideover.predunning.asked import left, told  # noqa: PLC0415

    of, now = project_named(said("--organization", organization), said("--project", project)), clock.now()
    for some in batched(left(of, now).iterator(AT_ONCE)):
        for leaver in told(of, some, now):
            for line in _lines(leaver):
                typer.echo(line)
    for line in _what_it_brought(brought(of, now)):
        typer.echo(line)


def _lines(leaver: Leaver) -> Iterator[str]:
    from tideover.core.ahead.kinds import KINDS  # noqa: PLC0415

    whose = leaver.customer.stripe_id if leaver.customer else leaver.plan.customer_id
    yield f"{leaver.plan.stripe_id}  {whose}  ended {leaver.on}{'  has a subscription' if leaver.back else ''}"
    for kind, outlook in leaver.letters.items():
        yield f"  day {KINDS[kind].after}: {message_line(outlook) if outlook else 'none'}"


def _what_it_brought(letters: Letters) -> Iterator[str]:
    from tideover.core.ahead.kinds import KINDS  # noqa: PLC0415

    if letters.by_letter:
        yield "In 90 days, by the link of each letter:"
    for kind, each in letters.by_letter.items():
        yield f"  day {KINDS[kind].after}: {_in_figures(each)}"
    for discount, each in letters.by_offer.items():
        yield f"  {discount}: {_in_figures(each)}"


def _in_figures(each: Brought) -> str:
    from tideover.core.money import spoken  # noqa: PLC0415

    monthly = ", ".join(map(spoken, each.monthly)) or "nothing"
    return f"{each.sent} sent, {each.back} came back, who pay {monthly} a month"

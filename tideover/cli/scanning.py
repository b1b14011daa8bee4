"""`tideover scan`: what is looked for without an event, when it last was, and what is there; and each expiring card."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import typer

from tideover.cli.settings import project_named
from tideover.cli.start import OF_ONE, OF_PRODUCT, fail, said, with_tables

if TYPE_CHECKING:
    from datetime import datetime

    from tideover.mirror.expiring import Ending
    from tideover.predunning.telling import Outlook
    from tideover.tenants.models import Project
    from tideover.upkeep.scans import Scanned

AT_ONCE: Final = 500
Row = TypeVar("Row")
# By predunning.telling.Stands.
OUTLOOKS: Final = {
    "sent": "written",
    "perhaps": "perhaps written",
    "unsent": "not written",
    "planned": "to be written",
    "held": "held back",
}


def add_scan(app: typer.Typer) -> None:
    """What is found without anybody telling."""
    app.command("scan")(scan)


def scan(
    what: Annotated[
        str, typer.Argument(help="overdue, cards, stale or connections; cards lists each; without it, all are told")
    ] = "",
    *,
    organization: Annotated[str | None, OF_ONE] = None,
    project: Annotated[str | None, OF_PRODUCT] = None,
) -> None:
    """Tell of overdue invoices, expiring cards, cases that stand still, dead connections; when each was sought."""
    with_tables()
    from tideover import clock  # noqa: PLC0415
    from tideover.upkeep.scans import Scan, scanned  # noqa: PLC0415

    if what and what not in set(Scan):
        fail(f"there is no scan {what!r}", then=f"There are {', '.join(Scan)}.")
    of, now = project_named(said("--organization", organization), said("--project", project)), clock.now()
    for each in scanned(of, now):
        if what in {"", each.scan}:
            typer.echo(_line(each))
    if what == Scan.CARDS:
        for line in _cards(of, now):
            typer.echo(line)


def _line(each: Scanned) -> str:
    if not each.on:
        looked = "off: the rules do not chase them"
    else:
        looked = f"looked {each.ran_at:%Y-%m-%d %H:%M} UTC" if each.ran_at else "not looked yet in every account"
    return f"{each.scan:12} {each.about.label}: {each.counted.lower()}; {looked}"


def _cards(of: Project, now: datetime) -> Iterator[str]:
    from tideover.mirror.expiring import day_of, expiring, renewed, told  # noqa: PLC0415
    from tideover.predunning.telling import outlooks, with_messages  # noqa: PLC0415

    for some in batched(with_messages(expiring(of, day_of(now))).iterator(AT_ONCE)):
        cards = told(some)
        messages = outlooks(of, cards, now)
        yield from (_card(each, messages.get(each.method.pk)) for each in cards)
    yield from (
        f"  {each.stripe_id}  renewed by the network {each.renewed_at:%Y-%m-%d}"
        for each in renewed(of, now).iterator(AT_ONCE)
    )


def batched(found: Iterable[Row]) -> Iterator[list[Row]]:
    """Some at once, however many there are."""
    rest = iter(found)
    while some := list(islice(rest, AT_ONCE)):
        yield some


def _card(each: Ending, message: Outlook | None) -> str:
    whose = each.customer.stripe_id if each.customer else each.method.customer_id
    next_at = f"charged next {each.renews_at:%Y-%m-%d}" if each.renews_at else "when it is charged next is not known"
    return f"  {each.method.stripe_id}  {whose}  ends {each.method.expires_on}  {next_at}  {message_line(message)}"


def message_line(outlook: Outlook | None) -> str:
    """What becomes of the message about it."""
    if outlook is None:
        return "no message needed"
    at = f" {outlook.at:%Y-%m-%d}" if outlook.at else ""
    return f"{OUTLOOKS[outlook.stands]}{at}{f': {outlook.why}' if outlook.why else ''}"

"""`tideover import`: read an account's history into the mirror, with a bar, and go on where it was left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from tideover.cli.start import fail, the_account, with_tables

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from tideover.tenants.models import Connection


def import_accounts(account: str, *, live: bool | None, status: bool) -> int:
    """Read the account of this id, or each that is connected, to its end; or tell how far they are."""
    with_tables()
    from tideover.mirror.importing import connected  # noqa: PLC0415

    chosen = [the_account(account, live=live)] if account else list(connected().order_by("created_at", "pk"))
    if not chosen:
        fail("no account is connected", then="Connect one first: tideover connect")
    for connection in chosen:
        if not status:
            _read(connection)
        _tell(connection)
    return 0


def _read(connection: Connection) -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as bar:
        _walk(connection, bar)


def _walk(connection: Connection, bar: Bar) -> None:
    from tideover import clock  # noqa: PLC0415
    from tideover.flow.stripe import stripe_for_workers  # noqa: PLC0415
    from tideover.gateways.answers import NotHere, NotNow, Unknown  # noqa: PLC0415
    from tideover.messages.erased import erased_among  # noqa: PLC0415
    from tideover.mirror.importing import begin, read_page  # noqa: PLC0415
    from tideover.mirror.progress import progress  # noqa: PLC0415

    task = bar.add_task(connection.account_name or connection.account_id, total=100)

    stripe = stripe_for_workers(connection)
    mirror = begin(connection, clock.now())
    while mirror.stage:
        try:
            mirror = read_page(connection, stripe, erased_among, clock.now())
        except (NotNow, NotHere, Unknown) as silent:
            then = "What was read is kept. Once that is mended: tideover import"
            fail(f"{connection.account_id}: {silent}", then=then)
        bar.update(task, completed=progress(mirror).percent)


def _tell(connection: Connection) -> None:
    from tideover.mirror.progress import progress_of  # noqa: PLC0415

    name = connection.account_name or connection.account_id
    found = progress_of([connection.pk]).get(connection.pk)
    if found is None:
        typer.echo(f"{name}: not begun. A worker begins by itself; so does `tideover import`.")
        return
    since = f"since {found.since:%Y-%m-%d}"
    how_far = f"whole since {found.imported_at:%Y-%m-%d %H:%M}" if found.imported_at else f"{found.percent} % read"
    typer.echo(f"{name}: {how_far}; {found.counted}, {since}.")
    if found.trouble:
        typer.echo(f"  It does not go on: {found.trouble}")

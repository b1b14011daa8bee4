"""`tideover stop`, `tideover start`, `tideover dead-letters`: what an operator does when something goes wrong."""

from __future__ import annotations

import typer

from tideover.cli.start import fail, with_tables


def switch(organization: str, account: str, *, on: bool) -> int:
    """Stop (or with `on` start) everything, the organization of this slug, or the Stripe account of this id."""
    with_tables()
    from tideover import clock  # noqa: PLC0415
    from tideover.flow import stops  # noqa: PLC0415
    from tideover.tenants.models import Connection, Organization  # noqa: PLC0415

    targets: list[Organization | Connection | None] = [None]
    if account:
        of_whom = {"organization__slug": organization} if organization else {}
        targets = list(Connection.objects.filter(account_id=account, **of_whom))
    elif organization:
        targets = list(Organization.objects.filter(slug=organization, is_sample=False))
    if not targets:
        fail(f"there is no {'account ' + account if account else 'organization ' + organization}")
    for target in targets:
        turn = stops.start if on else stops.stop
        turn(target, by="operator", now=clock.now())
    whom = account or organization or "everybody"
    done = "Started again: what came due is looked at anew" if on else "Stopped: nothing is charged or sent"
    typer.echo(f"{done} for {whom}.")
    return 0


def show_dead_letters(replay: str) -> int:
    """List what waits for a person, or have the one of this id tried again."""
    with_tables()
    from tideover import clock  # noqa: PLC0415
    from tideover.recovery import dead_letters  # noqa: PLC0415

    if replay:
        if not dead_letters.replay(replay, None, by="operator", now=clock.now()):
            fail(f"there is no dead letter {replay}", then="See which there are: tideover dead-letters")
        typer.echo(f"{replay} is tried again now.")
        return 0
    found = list(dead_letters.dead_letters(None))
    for letter in found:
        since = letter.since.isoformat(timespec="seconds") if letter.since else ""
        typer.echo(f"{letter.id}  {since}  {letter.organization}: {letter.what}: {letter.reason}")
    typer.echo(f"{len(found)} dead letters." if found else "No dead letters.")
    return 0

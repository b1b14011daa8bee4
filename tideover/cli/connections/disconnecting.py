"""`tideover disconnect`: what happens is told and confirmed; then everything stops, and what is held is given back."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import typer

from tideover.cli.start import fail, the_account

if TYPE_CHECKING:
    from tideover.tenants.models import Connection

ROUNDS: Final = 20  # of ten seconds: what a worker had begun at the moment of disconnecting is waited for
PAUSE_SECONDS: Final = 10.0


def disconnect_account(account: str, *, live: bool | None, sure: bool) -> int:
    """Stop everything for the account at once, give back what is held at Stripe, and forget its keys."""
    from tideover import clock  # noqa: PLC0415
    from tideover.tenants.disconnecting import disconnect  # noqa: PLC0415

    connection = the_account(account, live=live)
    if not sure:
        _say_what_happens(connection)
        if not typer.confirm("Disconnect it?"):
            fail("nothing was changed")
    disconnect(connection, by="operator", now=clock.now())
    typer.echo(f"{account} is disconnected: nothing is charged or sent any more.")
    _wind_up(connection)
    return 0


def _say_what_happens(connection: Connection) -> None:
    from tideover.recovery.models import Case  # noqa: PLC0415
    from tideover.upkeep.leaving import invoices_held  # noqa: PLC0415

    cases = Case.objects.filter(connection=connection, state=Case.State.FAILING).count()
    held = len(invoices_held(connection))
    live = "live" if connection.livemode else "test"
    typer.echo(f"{connection.account_name} ({connection.account_id}, {live} mode): {cases} open cases end.")
    if held:
        back = "go back to" if connection.may_write else "stay, in observe mode, without"
        typer.echo(f"{held} invoices {back} Stripe's own retries.")


def _wind_up(connection: Connection) -> None:
    """Here and now, whether or not a worker runs; what takes longer goes on there."""
    from tideover import clock  # noqa: PLC0415
    from tideover.flow.stripe import stripe_for_leaving  # noqa: PLC0415
    from tideover.gateways.answers import NotHere, NotNow, Unknown  # noqa: PLC0415
    from tideover.upkeep.leaving import wind_up  # noqa: PLC0415

    for _ in range(ROUNDS):
        try:
            if wind_up(connection, stripe_for_leaving(connection), clock.now()):
                connection.refresh_from_db()
                typer.echo("\n".join(["What was held at Stripe is given back.", *connection.left_undone.splitlines()]))
                return
        except (NotNow, NotHere, Unknown) as silent:
            typer.echo(f"Not everything is given back yet ({silent}); a worker goes on with it.")
            return
        time.sleep(PAUSE_SECONDS)
    typer.echo("A worker still holds some of it, and goes on.")

"""`tideover endpoints`, `tideover rotate-secret`: the webhook endpoints of an account, and a new secret for ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import typer

from tideover.cli.start import fail, the_account

if TYPE_CHECKING:
    from tideover.gateways.stripe import Stripe
    from tideover.tenants.models import Connection

Asks = Callable[["Connection", "Stripe"], None]


def show_endpoints(account: str, live: bool | None, delete: str) -> int:  # noqa: FBT001 - the option itself
    """List the endpoints of an account, or delete one that was left over."""

    def ask(connection: Connection, stripe: Stripe) -> None:
        from tideover.inbox.registration import take_away  # noqa: PLC0415

        if delete:
            take_away(connection, delete, stripe)
            typer.echo(f"{delete} is deleted.")
        _list(connection, stripe)

    return _with_stripe(account, live, ask)


def rotate_secret(account: str, live: bool | None) -> int:  # noqa: FBT001 - the option itself
    """Have our endpoint sign with a new secret."""

    def ask(connection: Connection, stripe: Stripe) -> None:
        from tideover.inbox.registration import rotate  # noqa: PLC0415

        rotate(connection, stripe)
        typer.echo("Stripe signs with a new secret from now on; the one before holds for a day.")

    return _with_stripe(account, live, ask)


def _list(connection: Connection, stripe: Stripe) -> None:
    from tideover.inbox.registration import MOST, endpoints_of  # noqa: PLC0415

    found = endpoints_of(connection, stripe)
    for each in found:
        whose = "ours" if each.ours else "left over" if each.left_over else "not ours"
        typer.echo(f"{each.endpoint.id}  {whose:<9}  {each.host}")
    typer.echo(f"{len(found)} of the {MOST} that Stripe allows an account.")


def _with_stripe(account: str, live: bool | None, ask: Asks) -> int:  # noqa: FBT001 - the option itself
    connection = the_account(account, live=live)
    from tideover.flow.stripe import stripe_for  # noqa: PLC0415
    from tideover.gateways.answers import NotHere, NotNow, Unknown  # noqa: PLC0415

    try:
        ask(connection, stripe_for(connection))
    except (NotHere, NotNow, Unknown) as refused:
        fail(str(refused))
    return 0

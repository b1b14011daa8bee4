"""The commands about an account that is connected: its end, its webhook endpoints, their secret; an app's manifest."""

from __future__ import annotations

from typing import Annotated

import typer

from tideover.cli.start import said

account_commands = typer.Typer()
WHICH_MODE = typer.Option("--live/--test", help="Where it is connected in both modes")


@account_commands.command()
def disconnect(
    *,
    account: Annotated[str, typer.Option(help="The Stripe account (acct_…)")],
    live: Annotated[bool | None, WHICH_MODE] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask")] = False,
) -> None:
    """Stop everything for an account at once, give back what is held at Stripe, and forget its keys."""
    from tideover.cli.connections.disconnecting import disconnect_account  # noqa: PLC0415

    raise typer.Exit(disconnect_account(said("--account", account), live=live, sure=yes))


@account_commands.command()
def endpoints(
    *,
    account: Annotated[str, typer.Option(help="The Stripe account (acct_…)")],
    live: Annotated[bool | None, WHICH_MODE] = None,
    delete: Annotated[str, typer.Option(help="Delete the one of this id (we_…) that was left over")] = "",
) -> None:
    """List the webhook endpoints of an account: which is ours, and which an installation of before has left over."""
    from tideover.cli.connections.endpoints import show_endpoints  # noqa: PLC0415

    raise typer.Exit(show_endpoints(said("--account", account), live, delete))


@account_commands.command()
def rotate_secret(
    *,
    account: Annotated[str, typer.Option(help="The Stripe account (acct_…)")],
    live: Annotated[bool | None, WHICH_MODE] = None,
) -> None:
    """Have the endpoint that we made sign with a new secret; no event is missed."""
    from tideover.cli.connections.endpoints import rotate_secret as rotate  # noqa: PLC0415

    raise typer.Exit(rotate(said("--account", account), live))


@account_commands.command()
def app_manifest(
    mode: Annotated[str, typer.Option(help="observe: it reads; act: it also writes")] = "act",
) -> None:
    """Print the manifest of a Stripe App by which merchants let you in: its permissions, its addresses."""
    from tideover.cli.connections.manifest import show_manifest  # noqa: PLC0415

    raise typer.Exit(show_manifest(mode))

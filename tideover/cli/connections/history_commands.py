"""`tideover import` and `customer`, as they are typed."""

from __future__ import annotations

from typing import Annotated

import typer

from tideover.cli.start import OF_ONE, said


def add_history(app: typer.Typer) -> None:
    """What is read of an account, and what is known of one of its customers."""
    app.command("import")(import_history)
    app.command("customer")(customer)


def import_history(
    account: Annotated[str | None, typer.Argument(help="The Stripe account (acct_…); default: each of them")] = None,
    *,
    live: Annotated[bool | None, typer.Option("--live/--test", help="Which, where both modes are connected")] = None,
    status: Annotated[bool, typer.Option("--status", help="Only tell how far it is")] = False,
) -> None:
    """Read the customers, subscriptions, payments and invoices of two years; goes on where it was left."""
    from tideover.cli.connections.importing import import_accounts  # noqa: PLC0415

    raise typer.Exit(import_accounts(said("ACCOUNT", account), live=live, status=status))


def customer(
    name: Annotated[
        str, typer.Argument(metavar="CUSTOMER", help="An id at Stripe (cus_…), ours (customer_…), a name, an address")
    ],
    *,
    organization: Annotated[str | None, OF_ONE] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object")] = False,
) -> None:
    """Tell what a customer owes, pays for and pays by, and how they are written to."""
    from tideover.cli.cases.customer import tell_customer  # noqa: PLC0415

    raise typer.Exit(tell_customer(name, said("--organization", organization), as_json=json))

"""`tideover access cus_…`: what a customer has, until when that is promised, and why."""

from __future__ import annotations

import typer

from tideover.cli.start import fail, with_tables


def tell_access(customer_id: str) -> int:
    """For each account in which something of theirs failed."""
    with_tables()
    from tideover import clock  # noqa: PLC0415
    from tideover.recovery.ways.accessing import access_of_customer, history_of  # noqa: PLC0415
    from tideover.tenants.models import Connection  # noqa: PLC0415

    theirs = Connection.objects.filter(cases__customer_id=customer_id).distinct().order_by("account_id")
    if not customer_id or not theirs:
        fail(
            "nothing of such a customer failed here",
            then="One looks like cus_NffrFeUfNV2Hib and stands on a case's page.",
        )
    for connection in theirs:
        access = access_of_customer(connection, customer_id, clock.now())
        until = f" until {access.until}" if access.until else ""
        typer.echo(f"{connection.account_id}: {access.standing}{until}. {access.why}")
        for told in history_of(connection, customer_id):
            typer.echo(f"  {told.learnt_at:%Y-%m-%d}  {told.case.public_id}  promised until {told.detail['until']}")
    return 0

"""A person's sample shop from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from tideover.cli.start import fail, with_tables

if TYPE_CHECKING:
    from tideover.tenants.models import User


def make(email: str, *, anew: bool) -> int:
    """Open it, or begin it again."""
    person = _person(email)
    from tideover import clock  # noqa: PLC0415
    from tideover.config import public_address  # noqa: PLC0415
    from tideover.upkeep.sample import shop  # noqa: PLC0415

    made = shop.make_anew(person, clock.now()) if anew else shop.open_for(person, clock.now())
    typer.echo(f"{made.name} is there for {person.email}, among their organizations at {public_address()}/")
    typer.echo("Everything in it is invented. Nothing of it is charged or sent.")
    return 0


def take_away(email: str) -> int:
    """Close it."""
    person = _person(email)
    from tideover import clock  # noqa: PLC0415
    from tideover.upkeep.sample import shop  # noqa: PLC0415

    if not shop.close(person, clock.now()):
        fail(f"{person.email} has no sample shop open")
    typer.echo("The sample shop is closed. A worker erases its rows.")
    return 0


def _person(email: str) -> User:
    with_tables()
    from tideover.tenants.models import User  # noqa: PLC0415

    person = User.objects.filter(email=email.lower(), is_active=True).first()
    if person is None:
        fail(f"nobody signs in as {email}", then="Who does: tideover people list")
    return person

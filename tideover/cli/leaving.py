"""Who leaves, and who comes back: `tideover export`, `tideover erase`, `tideover let-back-in`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tideover.cli.people import organization_named
from tideover.cli.start import fail, with_tables

if TYPE_CHECKING:
    from tideover.upkeep.privacy.organization import Going

BY = "operator"


def let_in(address: str, consent: str, why: str, slug: str, *, winback: bool) -> int:
    """Write to this address again, with the record of who asked for it and how. winback: those letters alone."""
    with_tables()
    from tideover import clock  # noqa: PLC0415
    from tideover.core.catalogue import Channel  # noqa: PLC0415
    from tideover.messages.models import LetBackIn  # noqa: PLC0415
    from tideover.messages.suppression import WINBACK, NotSuppressed, Request, let_back_in  # noqa: PLC0415

    if consent not in LetBackIn.Consent.values:
        fail(f"there is no consent {consent!r}", then=f"It is one of {', '.join(LetBackIn.Consent.values)}.")
    merchant = organization_named(slug)
    wish = Request(LetBackIn.Consent(consent), why, BY)
    try:
        record = let_back_in(merchant, WINBACK if winback else Channel.EMAIL, address, wish, clock.now())
    except NotSuppressed as written_to:
        fail(str(written_to))
    again = "asks this address back again" if winback else "writes to this address again"
    typer.echo(f"{merchant.name} {again}. It was {record.was} since {record.was_since:%Y-%m-%d}.")
    return 0


def erase_customer(name: str, slug: str, *, sure: bool) -> int:
    """Erase whoever this is, after a look at what is kept of them."""
    with_tables()
    from tideover import clock  # noqa: PLC0415
    from tideover.upkeep.privacy.erase import erase, kept_of  # noqa: PLC0415
    from tideover.upkeep.privacy.person import NobodyNamed  # noqa: PLC0415

    merchant = organization_named(slug)
    try:
        kept = kept_of(merchant, name)
    except NobodyNamed as unnamed:
        fail(str(unnamed))
    typer.echo(f"{kept.customers} customers, {kept.cases} cases ({kept.failing} open), {kept.messages} messages.")
    if not sure:
        typer.confirm("Erase them? It cannot be undone.", abort=True)
    done = erase(merchant, name, BY, clock.now())
    typer.echo(f"Erased: {done.cases} cases and {done.messages} messages tell of nobody any more.")
    if done.cases < kept.cases:
        typer.echo(
            "A charge or message is out: its case is erased as soon as its answer is known, while a worker runs."
        )
    typer.echo("Whatever comes of them from Stripe is not kept; a worker empties the events that came before.")
    return 0


def erase_all_of(slug: str, *, sure: bool) -> int:
    """Erase the organization that is named, once its name was typed again: a variable of a script may be empty."""
    if not slug or sure:
        fail("say whom to erase: CUSTOMER", then="A whole organization: tideover erase --organization, without --yes.")
    with_tables()
    from tideover import clock  # noqa: PLC0415
    from tideover.tenants.models import OrganizationErasure  # noqa: PLC0415
    from tideover.upkeep.privacy.organization import erase_organization, going  # noqa: PLC0415

    merchant = organization_named(slug)
    _say_what_goes(going(merchant))
    if typer.prompt(f"It cannot be undone. Type {merchant.slug} to erase all of it") != merchant.slug:
        fail("that is not its name: nothing was erased")
    erase_organization(merchant, OrganizationErasure.By.OPERATOR, clock.now())
    typer.echo("Nothing is charged or sent any more, and nobody is in it. A worker gives back what is held at Stripe,")
    typer.echo("tells the owners by mail what is left to them, and erases the rows: tideover audit erased")
    return 0


def _say_what_goes(all_of_it: Going) -> None:
    typer.echo(f"{all_of_it.cases} cases ({all_of_it.failing} open), {all_of_it.messages} messages,")
    typer.echo(f"{all_of_it.members} people, of whom {all_of_it.people} belong to no other organization.")
    for account in all_of_it.accounts:
        typer.echo(f"{account.name} is disconnected.")
        if account.held:
            back = "go back to" if account.acts else "stay, in observe mode, without"
            typer.echo(f"  {account.held} invoices {back} Stripe's own retries.")
        if account.key_end:
            typer.echo(f"  The key ending in {account.key_end} is valid at Stripe until you delete it.")
        if account.endpoint:
            typer.echo("  Its webhook endpoint stays at Stripe until you delete it.")
    typer.echo("To take everything along first: tideover export FILE")


def export_everything(file: Path, slug: str) -> int:
    """One archive of everything; the log tells that it was made."""
    with_tables()
    from tideover import clock  # noqa: PLC0415
    from tideover.tenants import audit  # noqa: PLC0415
    from tideover.upkeep.privacy.export import write_archive  # noqa: PLC0415

    merchant, now = organization_named(slug), clock.now()
    if file.is_dir():
        fail(f"{file} is a folder: name a file in it")
    audit.write(merchant.pk, audit.Deed(BY, "everything exported"), now)
    contents = write_archive(merchant, file, now)
    typer.echo(f"{file}: {sum(contents.rows.values()):,} rows of {merchant.name} from {len(contents.rows)} tables.")
    typer.echo("It names customers and what they were written. Keep it where nobody else reads it.")
    return 0

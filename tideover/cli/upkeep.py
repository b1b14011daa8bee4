"""Backup, restore, copy and audit from the command line."""

from __future__ import annotations

from pathlib import Path

import typer

from tideover.cli.start import awake, fail, first_line, migrated, with_tables


def back_up_to(file: Path, *, plain: bool = False) -> int:
    """A backup while everything runs."""
    awake()
    from tideover.upkeep.backup import CannotBackUp, back_up  # noqa: PLC0415

    try:
        size = back_up(file, plain=plain)
    except CannotBackUp as impossible:
        fail(str(impossible))
    typer.echo(f"{file}: {size:,} bytes. Keep it apart from this machine, and the three keys apart from it.")
    return 0


def restore_from(file: Path, told: list[Path], *, sure: bool, original_is_gone: bool = False) -> int:
    """Put a backup back, in quarantine."""
    awake()
    from tideover import clock  # noqa: PLC0415
    from tideover.messages import optouts  # noqa: PLC0415
    from tideover.upkeep.backup import CannotBackUp  # noqa: PLC0415
    from tideover.upkeep.restoring import restore  # noqa: PLC0415

    if not sure:
        typer.confirm("This replaces the whole database. Is Tideover stopped, and do you want that?", abort=True)
    files = [path for path in [optouts.path(), *told] if path.exists() or path in told]
    missing = [str(path) for path in files if not path.exists()]
    if missing:
        fail(f"there is no file {', '.join(missing)}")
    try:
        done = restore(file, files, clock.wall(), original_is_gone=original_is_gone)
    except CannotBackUp as impossible:
        fail(str(impossible))
    typer.echo(f"Restored. {done.optouts} opt-outs and erasures made after the backup were applied again.")
    typer.echo(f"{done.quarantined} connections are in quarantine: nothing is charged or sent until `tideover serve`")
    typer.echo("has read each open case from Stripe. Steps that were due before now are skipped. See /status/.")
    typer.echo(f"{done.doubted} notices and messages ahead of a payment may have left since: they are not repeated.")
    if done.stopped:
        typer.echo("Everything is stopped as well: this database was not the one the backup is of, and that one may")
        typer.echo("still be at work. Two would charge and write twice. Once it is gone for good: tideover start")
    return 0


def copy_to_database(url: str) -> int:
    """Copy everything into another database and compare every row."""
    migrated()
    from django.db import OperationalError  # noqa: PLC0415

    from tideover.upkeep.copying import CannotCopy, copy_to  # noqa: PLC0415

    try:
        compared = copy_to(url)
    except CannotCopy as impossible:
        fail(str(impossible))
    except OperationalError as away:
        fail(f"the copy did not come about: {first_line(away)}", then="Check the address that --to names.")
    for table in compared:
        typer.echo(f"{table.rows:>9,}  {table.here[:16]}  {'equal' if table.equal else 'DIFFERS'}  {table.name}")
    if not all(table.equal for table in compared):
        fail("the copy differs and was taken back", then="Nothing was left in the target.")
    typer.echo("Every row is equal. Set TIDEOVER_DATABASE_URL to the new database and start again.")
    return 0


def reseal_everything(*, no_older_runs: bool) -> int:
    """All that is sealed into envelopes under the newest key."""
    migrated()
    from tideover import clock  # noqa: PLC0415
    from tideover.tenants.secrets import Way, way  # noqa: PLC0415
    from tideover.upkeep.resealing import reseal_all  # noqa: PLC0415

    if way() != Way.ENVELOPES and not no_older_runs:
        fail(
            "processes of a version before the envelopes may still run, and could not read them",
            then="Once none does and none will again: tideover reseal --no-older-runs",
        )
    done = reseal_all(clock.wall(), no_older_runs=no_older_runs)
    typer.echo(f"{done.anew:,} sealed anew with the newest of TIDEOVER_DATA_KEYS.")
    if done.closed:
        fail(
            f"{done.closed:,} do not open with any of TIDEOVER_DATA_KEYS and stay as they are",
            then="Put the key that is missing behind the newest one, and do it again.",
        )
    typer.echo("Nothing needs an older key any more: those behind the first of TIDEOVER_DATA_KEYS may go.")
    return 0


def recount_figures() -> int:
    """Hold the figures of every project against its cases."""
    migrated()
    from tideover import clock  # noqa: PLC0415
    from tideover.tenants.models import Project  # noqa: PLC0415
    from tideover.upkeep.recounting import recount  # noqa: PLC0415

    for project in Project.objects.order_by("id"):
        found = recount(project, clock.now())
        sums = f"{found.mended} sums were wrong and are mended" if found.mended else "every sum is right"
        cases = f"{found.counted} cases were counted anew" if found.counted else "every case is counted as it is"
        typer.echo(f"{project.name}: {cases}; {sums}.")
    return 0


def verify_audit() -> int:
    """Hold the audit log against its seals and against the effects it tells of."""
    migrated()
    from tideover import clock  # noqa: PLC0415
    from tideover.tenants import audit  # noqa: PLC0415
    from tideover.tenants.ending import merchants  # noqa: PLC0415
    from tideover.upkeep.sealing import missing, seal  # noqa: PLC0415

    seal(clock.wall())
    broken = 0
    for organization in merchants().order_by("created_at", "id"):
        found = [f"entry {flaw.number}: {flaw.why}" for flaw in audit.flaws(organization.pk)] + missing(organization.pk)
        entries, mark = audit.head(organization.pk)
        typer.echo(f"{organization.name}: {entries} entries, last seal {mark[:16] or 'none'}")
        for line in found:
            typer.echo(f"  {line}", err=True)
        broken += len(found)
    if broken:
        fail(f"the audit log has {broken} flaws")
    typer.echo("The audit log is whole.")
    return 0


def show_erased() -> int:
    """A line for each organization that was erased, by the id under which logs know it."""
    with_tables()
    from tideover.tenants.models import OrganizationErasure  # noqa: PLC0415

    for erasure in OrganizationErasure.objects.order_by("at", "pk"):
        who = f"{erasure.by} {erasure.by_hash[:16]}".strip()
        state = f"done {erasure.done_at:%Y-%m-%d %H:%M}" if erasure.done_at else "under way"
        typer.echo(f"{erasure.pk}  {erasure.at:%Y-%m-%d %H:%M}  by {who}: {erasure.rows:,} rows, {state}")
    return 0

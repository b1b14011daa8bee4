"""`tideover`: every command, each importing what it needs only when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tideover.cli.account_commands import account_commands
from tideover.cli.audit_commands import audit_commands
from tideover.cli.cases.case_commands import add_case_commands
from tideover.cli.cases.clock_commands import clock_commands
from tideover.cli.cases.plan_commands import add_plan_command
from tideover.cli.cases.recipient_commands import recipient_commands
from tideover.cli.connections.history_commands import add_history
from tideover.cli.doctor_commands import add_doctor
from tideover.cli.leaving_commands import leaving_commands
from tideover.cli.live_commands import add_live_commands
from tideover.cli.messages.commands import add_messages
from tideover.cli.messages.texts_commands import texts_commands
from tideover.cli.people_commands import add_people
from tideover.cli.previewing import add_pay_page
from tideover.cli.renewing import add_renewals
from tideover.cli.rules_commands import rules_commands
from tideover.cli.sample_commands import sample_commands
from tideover.cli.scanning import add_scan
from tideover.cli.start import OF_ONE, OF_PRODUCT, Commands, said
from tideover.cli.winning_back import add_winback

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Recovers failed subscription payments for merchants on Stripe.",
)


@app.command()
def demo(  # noqa: PLR0913 - one parameter per flag
    *,
    serve: Annotated[bool, typer.Option(help="Serve the dashboard afterwards (only on a terminal)")] = True,
    json: Annotated[bool, typer.Option("--json", help="Print the report as JSON instead of a table")] = False,
    days: Annotated[int, typer.Option(min=1, max=730, help="Simulated days")] = 90,
    customers: Annotated[int, typer.Option(min=1, max=50_000, help="Customers of the simulated shop")] = 400,
    seed: Annotated[int, typer.Option(help="The same seed gives the same report")] = 1,
    preset: Annotated[str, typer.Option(help="paymentrescue, windback, recover, revguard, relay or tuned")] = "tuned",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="The dashboard's port; 0 takes any free one")] = 8000,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the dashboard in a browser")] = False,
    coexist: Annotated[
        bool | None,
        typer.Option(
            "--coexist/--take-over", help="Stripe's own retries on or off; default: on where we do not charge"
        ),
    ] = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="Live through the same days with each preset, both ways, and compare")
    ] = False,
    home: Annotated[Path, typer.Option(help="Where the demo writes its database, mail and reports")] = Path(
        ".tideover/demo"
    ),
) -> None:
    """Recover the failed payments of a simulated shop, through the real pipeline."""
    from tideover.cli.demo.options import Options, preset_charges  # noqa: PLC0415
    from tideover.cli.demo.run import run  # noqa: PLC0415
    from tideover.cli.demo.variants import compare_all  # noqa: PLC0415

    both = not preset_charges(preset) if coexist is None else coexist
    options = Options(home.absolute(), days, customers, seed, preset, port, serve, json, open_browser, both)
    raise typer.Exit(compare_all(options) if compare else run(options))


@app.command()
def simulator(ctx: typer.Context) -> None:
    """Run the built-in Stripe simulator alone (see: tideover simulator --help)."""
    from tideover.simulator.__main__ import main  # noqa: PLC0415

    main(ctx.args)


simulator_command = app.registered_commands[-1]
simulator_command.context_settings = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


@app.command()
def connect(  # noqa: PLR0913 - one parameter per flag
    *,
    api_key: Annotated[str, typer.Option(envvar="STRIPE_API_KEY", help="A restricted key (rk_…) of the account")],
    mode: Annotated[str | None, typer.Option(help="observe: read and write to customers; act: also charge")] = None,
    webhook_secret: Annotated[str | None, typer.Option(help="whsec_… of an endpoint you made yourself")] = None,
    publishable_key: Annotated[str | None, typer.Option(help="pk_… for the card page (act mode)")] = None,
    api_base: Annotated[str | None, typer.Option(help="The simulator's address instead of Stripe")] = None,
    organization: Annotated[str | None, typer.Option(help="Name of the merchant; first: the account's name")] = None,
    project: Annotated[str | None, typer.Option(help="Name of the product; first: the account's name")] = None,
    preset: Annotated[str | None, typer.Option(help="Rules for new cases")] = None,
    email: Annotated[str | None, typer.Option(help="Who signs in as its owner")] = None,
    sender: Annotated[str | None, typer.Option(help="The address that messages to customers come from")] = None,
    test_mail: Annotated[
        str | None, typer.Option(help="on: write to customers of a test account, marked [Test]; off: do not")
    ] = None,
    card_alerts: Annotated[
        str | None, typer.Option(help="on: tell customers of a card that ends before it is charged next; off: do not")
    ] = None,
    own_endpoint: Annotated[
        str | None, typer.Option(help="on: make the webhook endpoint in observe mode, too; off: you make it")
    ] = None,
    unrestricted: Annotated[bool, typer.Option(help="Take a key that may do everything (sk_…)")] = False,
) -> None:
    """Connect a Stripe account, or bring one up to date: what is not said stays as it is."""
    from tideover.cli.connections.connecting import Wish, connect_account  # noqa: PLC0415

    named = (organization, project, preset, email, sender, test_mail, card_alerts, own_endpoint, unrestricted)
    wish = Wish(api_key, mode, webhook_secret, publishable_key, api_base, *named)
    raise typer.Exit(connect_account(wish))


add_live_commands(app)
add_case_commands(app)
add_history(app)
add_doctor(app)
add_scan(app)
add_renewals(app)
add_winback(app)
add_plan_command(app)
add_messages(app)
add_pay_page(app)


@app.command()
def serve(
    *,
    port: Annotated[int, typer.Option(min=0, max=65_535)] = 8000,
    host: Annotated[str, typer.Option(help="Where to listen")] = "127.0.0.1",
) -> None:
    """Run webhook, pages and worker in one process, for one machine."""
    from tideover.cli.serving import serve_everything  # noqa: PLC0415

    raise typer.Exit(serve_everything(host, port))


@app.command()
def web(
    *,
    port: Annotated[int, typer.Option(min=0, max=65_535)] = 8000,
    host: Annotated[str, typer.Option(help="Where to listen")] = "127.0.0.1",
) -> None:
    """Run webhook and pages alone, where workers run in processes of their own."""
    from tideover.cli.serving import serve_web  # noqa: PLC0415

    raise typer.Exit(serve_web(host, port))


@app.command()
def worker() -> None:
    """Run a worker only. Any number of them may share one PostgreSQL."""
    from tideover.cli.serving import work_only  # noqa: PLC0415

    raise typer.Exit(work_only())


@app.command()
def end_old_secrets(
    account: Annotated[str | None, typer.Option(help="Only for this Stripe account (acct_…)")] = None,
) -> None:
    """Accept no webhook any more that is signed with a secret from before it was rolled: at once, not after a day."""
    from tideover.cli.connections.connecting import end_secrets  # noqa: PLC0415

    raise typer.Exit(end_secrets(said("--account", account)))


OF_ORGANIZATION = typer.Option(help="Only for the organization of this slug")
OF_ACCOUNT = typer.Option(help="Only for this Stripe account (acct_…)")


@app.command()
def stop(
    organization: Annotated[str | None, OF_ORGANIZATION] = None, account: Annotated[str | None, OF_ACCOUNT] = None
) -> None:
    """Charge nothing and send nothing any more, within 5 seconds, until `tideover start`."""
    from tideover.cli.stopping import switch  # noqa: PLC0415

    raise typer.Exit(switch(said("--organization", organization), said("--account", account), on=False))


@app.command()
def start(
    organization: Annotated[str | None, OF_ORGANIZATION] = None, account: Annotated[str | None, OF_ACCOUNT] = None
) -> None:
    """End a stop. What came due meanwhile is looked at anew."""
    from tideover.cli.stopping import switch  # noqa: PLC0415

    raise typer.Exit(switch(said("--organization", organization), said("--account", account), on=True))


@app.command()
def check_mail(
    to: Annotated[str, typer.Option(help="Your own address")],
    organization: Annotated[str | None, typer.Option(help="Whose name and sender it has; default: the first")] = None,
) -> None:
    """Send one test mail, as messages to customers leave, and tell what the mail server says."""
    from tideover.cli.mail import check_mail as check  # noqa: PLC0415

    raise typer.Exit(check(said("--to", to), said("--organization", organization)))


@app.command()
def dead_letters(replay: Annotated[str, typer.Option(help="Try the one of this id again")] = "") -> None:
    """List the actions and events that were tried too often and wait for a person."""
    from tideover.cli.stopping import show_dead_letters  # noqa: PLC0415

    raise typer.Exit(show_dead_letters(replay))


@app.command()
def init(
    email: Annotated[str, typer.Argument(help="Who owns this installation")],
    organization: Annotated[str, typer.Option(help="Name of the merchant")] = "My company",
) -> None:
    """Make the owner of a new installation, and print a link that signs them in."""
    from tideover.cli.people import make_first_owner  # noqa: PLC0415

    raise typer.Exit(make_first_owner(email, organization))


@app.command()
def login(email: Annotated[str | None, typer.Argument(help="Whose; default: the first owner")] = None) -> None:
    """Print a link that signs a person in once within 15 minutes."""
    from tideover.cli.people import print_sign_in_link  # noqa: PLC0415

    raise typer.Exit(print_sign_in_link(said("EMAIL", email)))


@app.command()
def password(email: Annotated[str, typer.Argument()]) -> None:
    """Set a person's password (asked for, never shown)."""
    from tideover.cli.people import set_password  # noqa: PLC0415

    raise typer.Exit(set_password(email))


@app.command()
def end_second_factor(email: Annotated[str, typer.Argument(help="Whose")]) -> None:
    """Let a person who has lost their authenticator app or passkeys, and recovery codes, sign in without them."""
    from tideover.cli.people import end_second_factor as end  # noqa: PLC0415

    raise typer.Exit(end(email))


@app.command()
def migrate() -> None:
    """Bring the database up to this version."""
    from tideover.cli.start import migrated  # noqa: PLC0415

    migrated()
    typer.echo("The database is up to date.")


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write")],
    *,
    plain: Annotated[bool, typer.Option("--plain", help="Not encrypted: as pg_restore or SQLite read it")] = False,
) -> None:
    """Write a backup of the database to one file, encrypted, while everything runs."""
    from tideover.cli.upkeep import back_up_to  # noqa: PLC0415

    raise typer.Exit(back_up_to(file, plain=plain))


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What `tideover backup` wrote")],
    *,
    optouts: Annotated[list[Path] | None, typer.Option(help="Another machine's optouts.jsonl; may be repeated")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask")] = False,
    original_is_gone: Annotated[
        bool, typer.Option("--original-is-gone", help="It will never run again: do not wait for `tideover start`")
    ] = False,
) -> None:
    """Put a backup back, in quarantine: nothing leaves until each open case was read from Stripe."""
    from tideover.cli.upkeep import restore_from  # noqa: PLC0415

    raise typer.Exit(restore_from(file, optouts or [], sure=yes, original_is_gone=original_is_gone))


@app.command()
def reseal(
    *,
    no_older_runs: Annotated[
        bool, typer.Option("--no-older-runs", help="No process of a version before the envelopes runs, or will again")
    ] = False,
) -> None:
    """Encrypt all that is stored with the newest of TIDEOVER_DATA_KEYS, so that older ones may go."""
    from tideover.cli.upkeep import reseal_everything  # noqa: PLC0415

    raise typer.Exit(reseal_everything(no_older_runs=no_older_runs))


@app.command()
def copy(to: Annotated[str, typer.Option(help="Address of an empty database: postgres://… or sqlite:///…")]) -> None:
    """Copy everything into another database, and compare every row."""
    from tideover.cli.upkeep import copy_to_database  # noqa: PLC0415

    raise typer.Exit(copy_to_database(to))


@app.command()
def recount() -> None:
    """Hold the figures against the cases they count, mend what differs, and tell it. Nothing else waits meanwhile."""
    from tideover.cli.upkeep import recount_figures  # noqa: PLC0415

    raise typer.Exit(recount_figures())


app.add_typer(account_commands)
add_people(app)
app.add_typer(leaving_commands)
app.add_typer(rules_commands, name="rules")
app.add_typer(texts_commands, name="texts")
app.add_typer(clock_commands, name="clock")
app.add_typer(sample_commands, name="sample")
app.add_typer(recipient_commands, name="recipients")

app.add_typer(audit_commands, name="audit")


settings_commands = typer.Typer(no_args_is_help=True, help="What a merchant may choose: docs/guide/settings.md.")
app.add_typer(settings_commands, name="settings")


@settings_commands.command("get")
def get_settings(
    key: Annotated[str | None, typer.Argument(help="Such as general.zone; default: all of them")] = None,
    *,
    organization: Annotated[str | None, OF_ONE] = None,
    project: Annotated[str | None, OF_PRODUCT] = None,
) -> None:
    """Tell one setting, or each of them with what it does."""
    from tideover.cli.settings import get  # noqa: PLC0415

    raise typer.Exit(get(said("KEY", key), said("--organization", organization), said("--project", project)))


@settings_commands.command("set")
def set_setting(
    key: Annotated[str, typer.Argument(help="Such as general.zone")],
    value: Annotated[str, typer.Argument(help='What it becomes; "" for nothing')],
    *,
    organization: Annotated[str | None, OF_ONE] = None,
    project: Annotated[str | None, OF_PRODUCT] = None,
) -> None:
    """Change one setting."""
    from tideover.cli.settings import put  # noqa: PLC0415

    raise typer.Exit(put(key, value, said("--organization", organization), said("--project", project)))


@settings_commands.command("export")
def export_settings(
    file: Annotated[Path | None, typer.Argument(help="The file to write; default: the terminal")] = None,
    *,
    form: Annotated[str | None, typer.Option("--format", help="toml or json; default: as the file's name ends")] = None,
    organization: Annotated[str | None, OF_ONE] = None,
    project: Annotated[str | None, OF_PRODUCT] = None,
) -> None:
    """Write all settings as one file that can live in your repository."""
    from tideover.cli.settings import export  # noqa: PLC0415

    of = said("--organization", organization), said("--project", project)
    raise typer.Exit(export(file, said("--format", form), *of))


@settings_commands.command("import")
def import_settings(
    file: Annotated[Path, typer.Argument(help="What `tideover settings export` wrote; - is what is piped in")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would change, and change nothing")] = False,
    organization: Annotated[str | None, OF_ONE] = None,
    project: Annotated[str | None, OF_PRODUCT] = None,
) -> None:
    """Make the settings as a file says, all or none; what it leaves out stays. Each difference is told before."""
    from tideover.cli.settings import take  # noqa: PLC0415

    of = said("--organization", organization), said("--project", project)
    raise typer.Exit(take(file, *of, dry_run=dry_run))


@app.command()
def keys() -> None:
    """Print fresh keys for TIDEOVER_SECRET_KEY, TIDEOVER_DATA_KEYS and TIDEOVER_ADDRESS_KEY."""
    import secrets  # noqa: PLC0415

    for name in ("SECRET_KEY", "DATA_KEYS", "ADDRESS_KEY"):
        typer.echo(f"TIDEOVER_{name}={secrets.token_urlsafe(48)}")


if __name__ == "__main__":
    app()

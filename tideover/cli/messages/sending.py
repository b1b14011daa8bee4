"""`tideover email`: by whom a project's mail goes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from tideover.cli.messages.pausing import tell
from tideover.cli.settings import BY, project_named
from tideover.cli.start import fail
from tideover.core.catalogue import Channel

if TYPE_CHECKING:
    from tideover.gateways.mailers.account import Provider
    from tideover.messages.accounts import MailAccount
    from tideover.tenants.models import Project

FIRST = "See what each asks for: docs/operate/sending.md"


def show(organization: str, project: str) -> int:
    """What is set, never the secret."""
    of = project_named(organization, project)
    from tideover.config import config  # noqa: PLC0415
    from tideover.messages.channels.email.account import account_of, hook_of, told_at  # noqa: PLC0415
    from tideover.messages.channels.email.envelope import sender_of  # noqa: PLC0415
    from tideover.messages.channels.email.server import server_name  # noqa: PLC0415

    kept = account_of(of)
    tell(of.organization, Channel.EMAIL)
    typer.echo(f"From {sender_of(of)}")
    if kept is None:
        typer.echo(f"By the mail server of this installation, {server_name(config())}.")
        return 0
    options = ", ".join(f"{name} {value}" for name, value in kept.options.items())
    typer.echo(f"By {kept.provider} ({kept.account_name}){f': {options}' if options else ''}")
    proven = f"{kept.proven_at:%Y-%m-%d %H:%M} UTC" if kept.proven_at else "never"
    typer.echo(f"It last took a test: {proven}. Answers that stayed away in a row: {kept.failures}.")
    if (hook := hook_of(kept)) is not None:
        heard = f"{hook.heard_at:%Y-%m-%d %H:%M} UTC" if hook.heard_at else "never"
        typer.echo(f"What becomes of mails is to be told at {told_at(kept, hook)}; last told: {heard}")
    return 0


def key(organization: str, project: str) -> int:
    """Keep what the provider signs with."""
    kept = _account(project_named(organization, project))
    from tideover import clock  # noqa: PLC0415
    from tideover.messages.channels.email.account import keep_key  # noqa: PLC0415

    typed = typer.prompt("Signing key", hide_input=True) if sys.stdin.isatty() else sys.stdin.readline().strip()
    if not (typed and typed.isascii() and typed.isprintable()):
        fail("that is no such key", then=FIRST)
    keep_key(kept, typed, BY, clock.now())
    typer.echo("Kept. What the provider tells is believed from now on where it is signed so.")
    return 0


def renew(organization: str, project: str) -> int:
    """Be told at another address."""
    kept = _account(project_named(organization, project))
    from tideover import clock  # noqa: PLC0415
    from tideover.messages.channels.email.account import renew_hook, told_at  # noqa: PLC0415

    typer.echo(f"Enter this address at {kept.provider}: {told_at(kept, renew_hook(kept, BY, clock.now()))}")
    return 0


def _account(project: Project) -> MailAccount:
    from tideover.messages.channels.email.account import account_of  # noqa: PLC0415

    kept = account_of(project)
    if kept is None:
        fail("mail goes by the mail server of this installation", then="tideover email set PROVIDER")
    return kept


def keep(organization: str, project: str, provider: str, options: Sequence[str]) -> int:
    """Keep the account once its provider has let us in with it."""
    of = project_named(organization, project)
    from tideover import clock  # noqa: PLC0415
    from tideover.gateways.mailers.table import SERVICES  # noqa: PLC0415
    from tideover.messages.channels.email import account, checking  # noqa: PLC0415

    named = _provider(provider)
    service = SERVICES[named]
    typed = {option.name: option.default for option in service.options if option.default}
    typed |= {option.name: option.choices[0][0] for option in service.options if option.choices}
    kept = account.account_of(of)
    typed |= kept.options if kept and kept.provider == named else {}  # what is not said stays as it is
    typed |= _told(options, {option.name for option in service.options})
    secret = typer.prompt(service.key_name, hide_input=True) if sys.stdin.isatty() else sys.stdin.readline().strip()
    given = account.Given(named, typed, secret)
    for name, problem in checking.problems(of, given, kept):
        fail(f"{name}: {problem}".removeprefix(": ").rstrip("."), then=FIRST)
    try:
        given = checking.looked_up(of, given, kept)
    except checking.NotTaken as refused:
        fail(str(refused).rstrip("."), then=FIRST)
    account.keep(of, given, BY, clock.now())
    typer.echo(f"Kept: {service.label} ({given.name}). Send a test: tideover check-mail --to YOU")
    return 0


def forget(organization: str, project: str) -> int:
    """Send by the server of the installation again."""
    of = project_named(organization, project)
    from tideover import clock  # noqa: PLC0415
    from tideover.messages.channels.email import account  # noqa: PLC0415

    gone = account.forget(of, BY, clock.now())
    typer.echo("Mails go by the mail server of this installation again." if gone else "There was no account.")
    return 0


def _provider(name: str) -> Provider:
    from tideover.gateways.mailers.account import Provider  # noqa: PLC0415

    if name not in set(Provider):
        fail(f"{name!r} is no provider", then=f"It is one of: {', '.join(Provider)}")
    return Provider(name)


def _told(options: Sequence[str], known: set[str]) -> dict[str, str]:
    """name=value, each."""
    told = {}
    for each in options:
        name, is_one, value = each.partition("=")
        if not is_one or name not in known:
            takes = f"it takes {', '.join(sorted(known))}" if known else "it takes none"
            fail(f"{each!r} is no option of this provider: {takes}", then=FIRST)
        told[name] = value.strip()
    return told

"""`tideover sms`: the merchant's Twilio account, where text messages stand among the mails, and a test."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from tideover.cli.messages.pausing import tell
from tideover.cli.settings import BY, project_named
from tideover.cli.start import fail
from tideover.core.catalogue import Channel
from tideover.core.editing.by_sms import Place, by_mail_alone, by_sms

if TYPE_CHECKING:
    from tideover.tenants.kept_apart import SmsAccount
    from tideover.tenants.models import Project

BY_MAIL = "mail"
FIRST = "See what to do: docs/operate/sms.md"


def show(organization: str, project: str) -> int:
    """What is set, never the token; and how long each text is in the project's language."""
    of = project_named(organization, project)
    from tideover.messages.channels.sms.account import account_of, told_at  # noqa: PLC0415
    from tideover.messages.channels.sms.trial import samples  # noqa: PLC0415

    account = account_of(of)
    tell(of.organization, Channel.SMS)
    if account is None:
        typer.echo("No Twilio account is kept: nothing is sent by SMS.")
    else:
        typer.echo(f"{account.account_name or account.account_sid}, sends from {account.sender}")
        typer.echo(f"SMS is {'on' if of.sms_enabled else 'off'}; answers come in at {told_at(account, 'inbound')}")
        heard = f"{account.heard_at:%Y-%m-%d %H:%M} UTC" if account.heard_at else "never"
        typer.echo(f"Twilio last told us something: {heard}")
    for each in samples(of, of.language):
        typer.echo(
            f"{each.kind}: {each.long.used} letters {each.long.alphabet}, {each.long.parts} part(s): {each.text}"
        )
    return 0


def keep(organization: str, project: str, sid: str, sender: str) -> int:
    """Keep the account once Twilio has let us in with it."""
    of = project_named(organization, project)
    from tideover import clock  # noqa: PLC0415
    from tideover.gateways.twilio.client import Account  # noqa: PLC0415
    from tideover.messages.channels.sms import trial  # noqa: PLC0415
    from tideover.tenants import texting  # noqa: PLC0415

    if not trial.is_account(sid):
        fail(trial.WRONG_SID.rstrip("."), then=FIRST)
    if not trial.is_sender(sender):
        fail(f"--sender: {trial.WRONG_SENDER}".rstrip("."), then=FIRST)
    token = typer.prompt("Auth Token", hide_input=True) if sys.stdin.isatty() else sys.stdin.readline().strip()
    try:
        name = trial.looked_up(Account(sid, token))
    except trial.NotTaken as refused:
        fail(str(refused).rstrip("."), then=FIRST)
    texting.keep(of, texting.Given(sid, token, sender, name), BY, clock.now())
    typer.echo(f"Kept: {name}. SMS is {'on' if of.sms_enabled else 'off: tideover settings set sms.enabled on'}.")
    return 0


def forget(organization: str, project: str) -> int:
    """Keep none any more."""
    of = project_named(organization, project)
    from tideover import clock  # noqa: PLC0415
    from tideover.tenants import texting  # noqa: PLC0415

    gone = texting.forget(of, BY, clock.now())
    typer.echo("No Twilio account is kept any more." if gone else "There was none.")
    return 0


def steps(organization: str, project: str, place: str) -> int:
    """The next version of the rules, with text messages where they are wanted."""
    of = project_named(organization, project)
    if place not in {*Place, BY_MAIL}:
        fail(f"{place!r} is no such place", then=f"It is one of: {', '.join([*Place, BY_MAIL])}")
    from tideover import clock  # noqa: PLC0415
    from tideover.recovery.rulesets import Wish, newest, revise, rules_of  # noqa: PLC0415

    rules = rules_of(newest(of))
    made = revise(of, Wish(by_mail_alone(rules) if place == BY_MAIL else by_sms(rules, Place(place)), BY), clock.now())
    if made is None:
        typer.echo("Nothing differs.")
        return 0
    typer.echo(f"Version {made.version} is live for new cases; for those that are open: tideover rules apply")
    return 0


def try_it(organization: str, project: str, number: str) -> int:
    """One test message."""
    of = project_named(organization, project)
    from tideover import clock  # noqa: PLC0415
    from tideover.messages.channels.sms import deliverable  # noqa: PLC0415
    from tideover.messages.channels.sms.trial import try_out  # noqa: PLC0415
    from tideover.recovery.places import dialled  # noqa: PLC0415
    from tideover.tenants import audit  # noqa: PLC0415

    account, to = _account(of), dialled(number, "")
    if not deliverable(to):
        fail(f"{number!r} is no mobile number with its country, as in +14155550100")
    taken, says = try_out(account, of, to)
    audit.write(of.organization_id, audit.Deed(BY, "test SMS", of.slug, after={"taken": taken}), clock.wall())
    if not taken:
        fail(says.rstrip("."), then=FIRST)
    typer.echo(says)
    return 0


def _account(project: Project) -> SmsAccount:
    from tideover.messages.channels.sms.account import account_of  # noqa: PLC0415

    account = account_of(project)
    if account is None:
        fail("no Twilio account is kept", then="tideover sms set --account AC… --sender +1…")
    return account

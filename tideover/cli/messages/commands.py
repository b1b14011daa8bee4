"""`tideover messages`, as it is typed; what it does stands in cli/messages/telling.py."""

from __future__ import annotations

from typing import Annotated

import typer

from tideover.cli.messages.drafts_commands import drafts_commands
from tideover.cli.messages.sending_commands import email_commands
from tideover.cli.messages.sms_commands import sms_commands
from tideover.cli.start import OF_ONE, OF_PRODUCT, said


def add_messages(app: typer.Typer) -> None:
    """What was written to customers, who drafts it, and by which ways it goes."""
    app.command("messages")(messages)
    app.add_typer(drafts_commands, name="drafts")
    app.add_typer(email_commands, name="email")
    app.add_typer(sms_commands, name="sms")


def messages(  # noqa: PLR0913 - one parameter per flag
    *,
    status: Annotated[str, typer.Option(help="queued, sent, delivered, opened, clicked, bounced, unsent …")] = "",
    kind: Annotated[str, typer.Option(help="A kind of message, such as failed or final")] = "",
    language: Annotated[str, typer.Option(help="The language it was written in, such as de")] = "",
    channel: Annotated[str, typer.Option(help="By which it went, such as email")] = "",
    search: Annotated[str, typer.Option(help="A customer, an address, a subject, or an id")] = "",
    days: Annotated[str, typer.Option("--range", help="7d, 30d, 90d, mtd; for the list also all")] = "30d",
    first: Annotated[str, typer.Option("--from", help="The first day, as in 2026-12-01, with --to")] = "",
    last: Annotated[str, typer.Option("--to", help="The last day")] = "",
    limit: Annotated[int, typer.Option(min=1, help="As many lines at most")] = 25,
    by: Annotated[str, typer.Option(help="How they do, by kind, language, step, tone or wording, and no list")] = "",
    within: Annotated[int, typer.Option(help="With --by: paid within 1, 3, 7 or 14 days after it")] = 7,
    currency: Annotated[str, typer.Option(help="With --by: about invoices in this one; default: the project's")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object")] = False,
    organization: Annotated[str | None, OF_ONE] = None,
    project: Annotated[str | None, OF_PRODUCT] = None,
) -> None:
    """List messages to customers with what came of each, or tell how they do; of openings and clicks people's alone."""
    from tideover.cli.messages import telling  # noqa: PLC0415

    whose = said("--organization", organization), said("--project", project)
    asked = {
        "status": status, "kind": kind, "language": language, "channel": channel, "q": search,
        "range": days, "from": first, "to": last,
    }  # fmt: skip
    if by:
        table = {**asked, "each": by, "within": str(within), "currency": currency.lower()}
        raise typer.Exit(telling.tell_how(*whose, table, as_json=json))
    raise typer.Exit(telling.tell_messages(*whose, asked, limit, as_json=json))

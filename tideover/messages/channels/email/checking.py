"""What somebody types of an account at an e-mail provider, looked at before it is kept: its shape, then by a read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from tideover.config import config
from tideover.gateways.answers import LockedOut, Unreachable
from tideover.gateways.mailers.account import Account, Provider
from tideover.gateways.mailers.smtp import leads_inside
from tideover.gateways.mailers.table import SERVICES
from tideover.messages.accounts import MailAccount
from tideover.messages.channels.email.account import Given
from tideover.messages.channels.email.server import hasty_post
from tideover.tenants.models import Project
from tideover.tenants.secrets import Unreadable

PATIENCE_SECONDS: Final = 6.0  # a person waits meanwhile
SECRET: Final = "secret"  # how forms call what lets us in  # noqa: S105
NO_SENDER: Final = "Choose the address that your messages come from first, under Brand: the provider takes no other."
INSIDE: Final = "This name leads into our own network. A server of your own is one that the world can reach."


class NotTaken(ValueError):  # noqa: N818 - what became of it
    """The provider does not let us in with this, or could not be asked; `str()` says why."""


def problems(project: Project, given: Given, kept: MailAccount | None) -> Iterator[tuple[str, str]]:
    """What is wrong with it, by field; an empty name: with all of it. A call is made only where something is new."""
    service = SERVICES[given.provider]
    for option in service.options:
        if problem := option.problem(given.options.get(option.name, "")):
            yield option.name, problem
    if not given.secret and not (kept and _goes_where_it_went(kept, given)):
        yield SECRET, "This is missing."
    if any(not letter.isprintable() for letter in given.secret) or not given.secret.isascii():
        yield SECRET, "This has characters that no such secret has. Copy it once more."
    if not project.sender_email:
        yield "", NO_SENDER
    if given.provider == Provider.SMTP and leads_inside(given.options.get("host", "")):
        yield "host", INSIDE


def _goes_where_it_went(kept: MailAccount, given: Given) -> bool:
    """Whoever may set an account may not read its secret, so none that is kept is sent to a server of their choice."""
    return (kept.provider, kept.options.get("host")) == (given.provider, given.options.get("host"))


def looked_up(project: Project, given: Given, kept: MailAccount | None) -> Given:
    """The same with how the provider knows it. Call outside transactions. Raises NotTaken."""
    label = SERVICES[given.provider].label
    try:
        secret = given.secret or (kept.secret if kept else "")
        name = hasty_post(config(), PATIENCE_SECONDS).look(Account(project.pk, given.provider, secret, given.options))
    except Unreadable:
        raise NotTaken("What is kept cannot be read with the keys of this installation. Type it in again.") from None
    except LockedOut as refused:
        raise NotTaken(f"{label} does not let us in with this: {str(refused).rstrip('.')}.") from None
    except Unreachable as silent:
        raise NotTaken(f"{label} could not be asked, and nothing was changed: {silent}.") from None
    return replace(given, name=name)

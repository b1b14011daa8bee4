"""Accounts at the simulated e-mail providers; and a merchant who sends by one."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from tests import factories as make
from tideover.gateways.mailers.account import Account, Provider
from tideover.ids import new_id
from tideover.messages.accounts import MailAccount
from tideover.messages.channels.email.account import Given, keep
from tideover.simulator.mailing.aws import ACCESS_KEY
from tideover.simulator.mailing.providers import DOMAIN, KEYS
from tideover.tenants.models import Project

WRONG: Final = "a-wrong-secret-of-nobody"
OPTIONS: Final[dict[Provider, dict[str, str]]] = {
    Provider.RESEND: {},
    Provider.POSTMARK: {"stream": "outbound"},
    Provider.SENDGRID: {"region": "global"},
    Provider.MAILGUN: {"domain": DOMAIN, "region": "us"},
    Provider.SES: {"user": ACCESS_KEY, "region": "eu-west-1"},
    Provider.BREVO: {},
    Provider.SMTP: {"host": "smtp.alpine.example", "port": "587", "user": "alpine"},
}
ACCOUNTS: Final = {
    provider: Account(new_id(), provider, KEYS.get(provider, "a-password"), options)
    for provider, options in OPTIONS.items()
}


def sends_by(project: Project, provider: Provider, now: datetime = make.NOW, **odd: Any) -> MailAccount:
    """The project sends by an account of its own, from an address of its own."""
    account = ACCOUNTS[provider]
    Project.objects.filter(pk=project.pk).update(sender_email="billing@alpine.example")
    project.sender_email = "billing@alpine.example"
    given = {"provider": provider, "options": account.options, "secret": account.secret, "name": "Simulated", **odd}
    return keep(project, Given(**given), "alice@alpine.example", now)

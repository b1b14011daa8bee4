"""A Twilio on loopback, by the simulator; and a merchant who sends text messages by it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from tests import factories as make
from tideover.simulator.texting.phones import NUMBER, SID, TOKEN
from tideover.tenants.kept_apart import SmsAccount
from tideover.tenants.models import Project
from tideover.tenants.texting import Given, keep

MOBILE: Final = "+447911123456"  # in a range of mobile numbers of the United Kingdom
WRONG_TOKEN: Final = "f" * 32


def with_sms(project: Project, now: datetime = make.NOW, **odd: Any) -> SmsAccount:
    """The project sends by an account of its own."""
    given = {"account_sid": SID, "auth_token": TOKEN, "sender": NUMBER, "name": "Simulated account", **odd}
    account = keep(project, Given(**given), "alice@alpine.example", now)
    Project.objects.filter(pk=project.pk).update(sms_enabled=True)
    project.sms_enabled = True
    return account


__all__ = ["MOBILE", "NUMBER", "SID", "TOKEN", "WRONG_TOKEN", "with_sms"]

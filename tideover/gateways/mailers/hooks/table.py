"""How each provider tells what becomes of mails. A mail server tells nothing in this way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tideover.gateways.mailers.account import Provider
from tideover.gateways.mailers.hooks.brevo import BREVO
from tideover.gateways.mailers.hooks.hook import Hook
from tideover.gateways.mailers.hooks.mailgun import MAILGUN
from tideover.gateways.mailers.hooks.postmark import POSTMARK
from tideover.gateways.mailers.hooks.resend import RESEND
from tideover.gateways.mailers.hooks.sendgrid import SENDGRID
from tideover.gateways.mailers.hooks.ses import SES

HOOKS: Final[Mapping[Provider, Hook]] = {
    Provider.RESEND: RESEND,
    Provider.POSTMARK: POSTMARK,
    Provider.SENDGRID: SENDGRID,
    Provider.MAILGUN: MAILGUN,
    Provider.SES: SES,
    Provider.BREVO: BREVO,
}

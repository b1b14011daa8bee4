"""The providers, one table: whoever asks for an account, keeps one or sends by one looks here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tideover.gateways.mailers.account import Provider
from tideover.gateways.mailers.brevo import BREVO
from tideover.gateways.mailers.mailgun import MAILGUN
from tideover.gateways.mailers.postmark import POSTMARK
from tideover.gateways.mailers.resend import RESEND
from tideover.gateways.mailers.sendgrid import SENDGRID
from tideover.gateways.mailers.service import Service
from tideover.gateways.mailers.ses import SES
from tideover.gateways.mailers.smtp import SMTP

SERVICES: Final[Mapping[Provider, Service]] = {
    Provider.RESEND: RESEND,
    Provider.POSTMARK: POSTMARK,
    Provider.SENDGRID: SENDGRID,
    Provider.MAILGUN: MAILGUN,
    Provider.SES: SES,
    Provider.BREVO: BREVO,
    Provider.SMTP: SMTP,
}

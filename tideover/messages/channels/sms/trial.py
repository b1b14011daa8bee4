"""What a merchant looks at before they send: whether Twilio lets us in, a test message, and how long each text is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from tideover.config import config, public_address
from tideover.core.catalogue import TEMPLATES, Channel, Template
from tideover.core.words.sms import Count, count, plain
from tideover.gateways.answers import LockedOut, Unknown, Unreachable
from tideover.gateways.transport import Refused
from tideover.gateways.twilio.client import ACCOUNT_SID, NUMBER, SERVICE_SID, Account, Text
from tideover.messages.channels.sms.account import as_twilio_knows, twilio
from tideover.messages.channels.sms.compose import compose
from tideover.messages.examples import EXAMPLE
from tideover.messages.wording import Wording, field
from tideover.tenants.kept_apart import SmsAccount
from tideover.tenants.models import Project

PATIENCE_SECONDS: Final = 6.0  # a person looks at the page meanwhile
A_LINK: Final = "Ab12Cd34Ef"  # as long as those of text messages are
WRONG_SID: Final = "An Account SID is AC and 32 characters. It stands on the first page of Twilio's console."
WRONG_SENDER: Final = "A number of yours as in +14155550100, or a messaging service: MG and 32 characters."


class NotTaken(ValueError):  # noqa: N818 - what became of it
    """Twilio does not let us in with this, or could not be asked; `str()` says why."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A text as it would go out, and how long it is."""

    kind: str
    text: str
    long: Count


def is_account(sid: str) -> bool:
    return bool(ACCOUNT_SID.fullmatch(sid))


def is_sender(sender: str) -> bool:
    return bool(NUMBER.fullmatch(sender) or SERVICE_SID.fullmatch(sender))


def looked_up(account: Account) -> str:
    """How Twilio calls the account. Call outside transactions. Raises NotTaken."""
    try:
        about = twilio(config(), PATIENCE_SECONDS).about(account)
    except LockedOut:
        raise NotTaken("Twilio does not take this Account SID with this Auth Token.") from None
    except Unreachable as silent:
        raise NotTaken(f"Twilio could not be asked, and nothing was changed: {silent}.") from None
    if about.status != "active":
        raise NotTaken(f"Twilio says that this account is {about.status or 'not active'}.")
    return f"{about.name} (trial)" if about.is_trial else about.name


def try_out(account: SmsAccount, project: Project, number: str) -> tuple[bool, str]:
    """Send one test message; whether Twilio took it, and a sentence that says so. Call outside transactions."""
    merchant = field(project.brand_name or project.name, 30)
    body = plain(f"{merchant}: a test message of Tideover. Nothing is open, and there is nothing to do.")
    try:
        text = Text(as_twilio_knows(account), body)
        answer = twilio(config(), PATIENCE_SECONDS).send(account.sender, number, text)
    except Unknown as lost:
        return False, f"Twilio may have taken the test message: {lost}."
    if isinstance(answer, Refused):
        return False, f"Twilio did not take the test message: {answer.reason}."
    return True, f"Twilio took a test message for {number}. Is it there?"


def samples(project: Project, language: str) -> Sequence[Sample]:
    """Each text that a step can be, in a language, as it is with this merchant's name and address."""
    wording = replace(
        EXAMPLE,
        channel=Channel.SMS,
        locale=language,
        merchant=project.brand_name or project.name,
        amount=replace(EXAMPLE.amount, currency=project.currency),
        update_url=f"{public_address()}/s/{A_LINK}",
    )
    return [_sample(replace(wording, template=kind)) for kind, about in TEMPLATES.items() if about.in_sequence]


def _sample(wording: Wording) -> Sample:
    text = compose(wording).text
    return Sample(TEMPLATES[Template(wording.template)].label, text, count(text))

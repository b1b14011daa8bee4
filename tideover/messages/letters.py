"""A letter to somebody who works for a merchant: an invitation, a code, a notice. Its words are kept nowhere."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from typing import Any, Final
from uuid import UUID

from tideover.config import config
from tideover.core.catalogue import Channel
from tideover.gateways.answers import Unknown
from tideover.gateways.mailers.account import Mail
from tideover.gateways.transport import Accepted, Refused
from tideover.ids import new_id
from tideover.messages import wording
from tideover.messages.channels import WAYS
from tideover.messages.channels.email.compose import Brand, as_html, as_text, frame, letter_blocks
from tideover.messages.channels.email.envelope import (
    LONGEST_SUBJECT,
    Sheet,
    add_way_out,
    for_server,
    from_project,
    sender_of,
)
from tideover.messages.channels.email.server import hasty_post
from tideover.messages.languages import spoken_in
from tideover.messages.trial import PATIENCE_SECONDS, handed_over
from tideover.tenants.models import Project

US: Final = Project(name="Tideover", brand_name="Tideover")  # no row: how the letter is signed


STRANGERS: Final = "Somebody wrote this address into Tideover. If it says nothing to you, ignore this mail."


@dataclass(frozen=True, slots=True)
class Letter:
    """What is written. `url` is what its button opens; its label stands on it.

    figures: blocks of the layout that stand before the button. why: why it came to this address. choose_url: where its
    reader chooses what comes. out_url: where one click lets no more of the kind come. key: the same twice is one mail.
    """

    subject: str
    heading: str
    paragraphs: Sequence[str]
    closing: str
    label: str = ""
    url: str = field(default="", repr=False)
    figures: Sequence[Mapping[str, Any]] = ()
    why: str = STRANGERS
    choose_url: str = ""
    out_url: str = field(default="", repr=False)
    key: UUID = field(default_factory=new_id)


def hand_over(address: str, letter: Letter, now: datetime, *, patience: float = PATIENCE_SECONDS) -> Accepted | Refused:
    """The mail server's answer. Raises Unknown where it was lost. Call outside transactions."""
    if not WAYS[Channel.EMAIL].deliverable(address):
        return Refused(permanent=True, reason="nobody can be written to at this address")
    envelope = (sender_of(US), for_server(address), Mail(mail_of(address, letter, now)))
    return handed_over(hasty_post(config(), patience), envelope, patience)


def write_to(address: str, letter: Letter, now: datetime, *, patience: float = PATIENCE_SECONDS) -> bool:
    """Whether the mail server took the letter. Call outside transactions."""
    try:
        return isinstance(hand_over(address, letter, now, patience=patience), Accepted)
    except Unknown:
        return False


def post(address: str, letter: Letter, now: datetime) -> None:
    """Hand the letter over without waiting: how long an answer takes tells nobody whether there was a letter."""
    threading.Thread(target=write_to, args=(address, letter, now), name="letter", daemon=True).start()


def mail_of(address: str, letter: Letter, now: datetime) -> EmailMessage:
    """The letter as a mail."""
    page = {
        **frame(spoken_in("en"), Brand(US.name, US.brand_color)),
        "subject": wording.field(letter.subject, LONGEST_SUBJECT) or "",
        "preheader": letter.heading,
        "banner": None,
        "heading": letter.heading,
        "blocks": letter_blocks(letter.paragraphs, letter.label, letter.url or None, letter.closing, letter.figures),
        "why": letter.why,
        "choose": "Choose what you are told",
        "choose_url": letter.choose_url,
        "unsubscribe": "Tell me no more of this",
        "unsubscribe_url": letter.out_url,
        "open_url": None,
    }
    mail = from_project(US, Sheet(letter.key, "", address, page["subject"], as_html(page), as_text(page)), now)
    if letter.out_url:
        add_way_out(mail, letter.out_url)
    return mail

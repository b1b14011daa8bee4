"""A letter to somebody who works for a merchant: an invitation, a code. Handed over as they wait, kept nowhere."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from typing import Final

from tideover.config import config
from tideover.core.catalogue import Channel
from tideover.gateways.answers import Unknown
from tideover.gateways.mailers.account import Mail
from tideover.gateways.transport import Accepted
from tideover.ids import new_id
from tideover.messages import wording
from tideover.messages.channels import WAYS
from tideover.messages.channels.email.compose import Brand, as_html, as_text, frame, letter_blocks
from tideover.messages.channels.email.envelope import LONGEST_SUBJECT, Sheet, for_server, from_project, sender_of
from tideover.messages.channels.email.server import hasty_post
from tideover.messages.languages import spoken_in
from tideover.messages.trial import PATIENCE_SECONDS, handed_over
from tideover.tenants.models import Project

US: Final = Project(name="Tideover", brand_name="Tideover")  # no row: how the letter is signed


@dataclass(frozen=True, slots=True)
class Letter:
    """What is written. `url` is what its button opens; its label stands on it."""

    subject: str
    heading: str
    paragraphs: Sequence[str]
    closing: str
    label: str = ""
    url: str = field(default="", repr=False)


def write_to(address: str, letter: Letter, now: datetime, *, patience: float = PATIENCE_SECONDS) -> bool:
    """Whether the mail server took the letter. Call outside transactions."""
    if not WAYS[Channel.EMAIL].deliverable(address):
        return False
    envelope = (sender_of(US), for_server(address), Mail(_mail(address, letter, now)))
    try:
        return isinstance(handed_over(hasty_post(config(), patience), envelope, patience), Accepted)
    except Unknown:
        return False


def post(address: str, letter: Letter, now: datetime) -> None:
    """Hand the letter over without waiting: how long an answer takes tells nobody whether there was a letter."""
    threading.Thread(target=write_to, args=(address, letter, now), name="letter", daemon=True).start()


def _mail(address: str, letter: Letter, now: datetime) -> EmailMessage:
    page = {
        **frame(spoken_in("en"), Brand(US.name, US.brand_color)),
        "subject": wording.field(letter.subject, LONGEST_SUBJECT) or "",
        "preheader": letter.heading,
        "banner": None,
        "heading": letter.heading,
        "blocks": letter_blocks(letter.paragraphs, letter.label, letter.url or None, letter.closing),
        "why": "Somebody wrote this address into Tideover. If it says nothing to you, ignore this mail.",
        **dict.fromkeys(("unsubscribe", "unsubscribe_url", "open_url")),
    }
    return from_project(US, Sheet(new_id(), "", address, page["subject"], as_html(page), as_text(page)), now)

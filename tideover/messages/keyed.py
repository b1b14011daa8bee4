"""Keyed hashes: addresses that can be recognized but not read, and tokens that are the same on every try."""

from __future__ import annotations

import base64
import hashlib
import hmac
import unicodedata
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from tideover.config import public_address

TOKEN_BYTES = 24  # 192 bits


@dataclass(frozen=True, slots=True)
class Links:
    """The two addresses of ours that every message carries besides its button."""

    unsubscribe_url: str
    open_url: str


def links_of(action_id: UUID) -> Links:
    """Where this message is opted out of and counted as opened; the same whenever it is asked."""
    base = public_address()
    return Links(f"{base}/u/{unsubscribe_token(action_id)}", f"{base}/o/{open_token(action_id)}.gif")


def unsubscribe_token(action_id: UUID) -> str:
    return _token("unsubscribe", action_id)


def open_token(action_id: UUID) -> str:
    return _token("open", action_id)


def card_token(action_id: UUID) -> str:
    """What opens the page on which a card is updated, of the message that tells of its end."""
    return _token("card", action_id)


def plan_token(action_id: UUID) -> str:
    """What opens the page on which a subscription is canceled, of the message that tells of its renewal."""
    return _token("plan", action_id)


def back_token(action_id: UUID) -> str:
    """What opens the page on which somebody who left comes back, of the letter that asks them to."""
    return _token("back", action_id)


def tossed(trial: UUID, whom: str) -> bool:
    """A coin that falls the same way whenever it is tossed for the same person in the same trial."""
    return bool(_digest("trial", f"{trial}:{whom}")[0] & 1)


def way_out_seal(words: str) -> str:
    """What proves that a link out of a notice is one of ours; it holds as long as those in messages."""
    return base64.urlsafe_b64encode(_digest("notice", words)[:TOKEN_BYTES]).decode("ascii")


def token_hash(token: str) -> str:
    """What is kept of a token: enough to recognize it, useless to who reads the database."""
    return hashlib.sha256(token.encode()).hexdigest()


def address_hash(address: str) -> str:
    return _digest("address", normalized(address)).hex()


def normalized(address: str) -> str:
    """One spelling per mailbox: no blanks around, composed Unicode, lower case, the domain as DNS writes it.

    The local part is lower-cased too: no provider in use tells A@x from a@x, and an opt-out must not miss.
    Dots and +tags stay: `a+b@x` may be another person than `a@x`.
    """
    plain = unicodedata.normalize("NFC", address.strip()).lower()
    local, at, domain = plain.rpartition("@")
    try:
        return f"{local}{at}{domain.encode('idna').decode('ascii')}" if at else plain
    except UnicodeError:  # a label that is empty or too long: no such domain, so the spelling does not matter
        return plain


def _token(purpose: str, action_id: UUID) -> str:
    # The key that never changes, so that a message sent months ago can still be opted out of.
    return base64.urlsafe_b64encode(_digest(purpose, str(action_id))[:TOKEN_BYTES]).decode("ascii")


def _digest(purpose: str, text: str) -> bytes:
    return hmac.digest(settings.TIDEOVER_ADDRESS_KEY.encode(), f"{purpose}:{text}".encode(), "sha256")

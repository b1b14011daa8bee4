"""The customer's way to the card page: a token of which only the hash is kept, bound to its case.

It outlives the case: late money is money, and who is told nothing of a voided invoice asks what is owed.
"""

from __future__ import annotations

import hashlib
import secrets
import string
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from tideover.recovery.figures import reached
from tideover.recovery.models import Case, Link
from tideover.recovery.test_clocks.rows import now_by

TOKEN_BYTES: Final = 24  # 192 bits, 32 characters of the URL-safe alphabet
# 59 bits in ten letters that nobody mistakes in a text message, where each counts. Who guesses is stopped (customer).
SHORT: Final = 10
LETTERS: Final = string.ascii_letters + string.digits
MOST_DAYS: Final = 30


def _hash(token: str) -> str:
    """What is stored: enough to recognize the token. Random bits need no salt and no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def make_link(case: Case, *, message_id: UUID | None, now: datetime, days: int = MOST_DAYS, short: bool = False) -> str:
    """A fresh token for the page of `case`, valid for `days` days (30 at most). It is shown here and never again."""
    token = "".join(secrets.choice(LETTERS) for _ in range(SHORT)) if short else secrets.token_urlsafe(TOKEN_BYTES)
    Link.objects.create(
        organization_id=case.organization_id,
        case=case,
        token_hash=_hash(token),
        message_id=message_id,
        created_at=now,
        expires_at=now + timedelta(days=min(days, MOST_DAYS)),
    )
    return token


def find(token: str, now: datetime) -> Link | None:
    """The link behind the token. None where it is wrong, and where it opens nothing any more.

    now: by the wall, also where the case lives by a test clock, and the link with it.
    """
    link = _of(token)
    return link if link is not None and _opens(link, now) else None


def find_old(token: str, now: datetime) -> Link | None:
    """The link behind the token, where it was ours and opens nothing any more. Of who was erased none is known."""
    link = _of(token)
    return link if link is not None and not _opens(link, now) and link.case.erased_at is None else None


def _opens(link: Link, now: datetime) -> bool:
    return link.opens(now_by(link.case.clock, now))


def _of(token: str) -> Link | None:
    links = Link.objects.select_related(
        "organization", "case__connection__organization", "case__project", "case__ruleset", "case__clock"
    )
    return links.filter(token_hash=_hash(token)).first()


def note_visit(link: Link, now: datetime) -> None:
    """Remember the first visit of a person, for the merchant's funnel. The customer notices nothing of it."""
    if link.first_opened_at is None:
        Link.objects.filter(pk=link.pk, first_opened_at__isnull=True).update(first_opened_at=now)
        reached.again(link.case_id)

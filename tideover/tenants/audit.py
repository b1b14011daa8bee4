"""The audit log: who did what, with what it was before and after. Each entry seals the one before it.

The seal is keyed (TIDEOVER_ADDRESS_KEY): who can write to the database, and no more than that, cannot forge a chain.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from tideover.gateways.words import storable
from tideover.ids import new_id
from tideover.tenants.models import AuditEntry, Organization
from tideover.tenants.requests import current_request_id

LONGEST_SUBJECT = 120
SEALED = ("number", "subject", "who", "what", "about", "before", "after", "request_id", "previous_hash")


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that was done. `subject` names the very deed: the same subject is recorded once."""

    who: str
    what: str
    about: str = ""
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Flaw:
    """A place where the log is not what was written."""

    number: int
    why: str


def write(organization_id: UUID, deed: Deed, now: datetime) -> AuditEntry:
    """Append one entry, in the caller's transaction where there is one. The same subject twice is one entry.

    Raises TypeError or ValueError, writing nothing, where `before` or `after` is no JSON.
    """
    with transaction.atomic():
        # The organization's row is the lock on the end of its chain.
        Organization.objects.select_for_update(no_key=True).get(pk=organization_id)
        subject = _as_long_as_it_may_be(deed.subject or f"{deed.what}:{new_id()}")
        written = AuditEntry.objects.filter(organization_id=organization_id, subject=subject).first()
        return written or _appended(organization_id, deed, subject, now)


def _as_long_as_it_may_be(subject: str) -> str:
    """A subject that is too long for its column stays one of its own: two that begin alike are not the same deed."""
    subject = storable(subject)
    if len(subject) <= LONGEST_SUBJECT:
        return subject
    told_apart = sha256(subject.encode()).hexdigest()
    return f"{subject[: LONGEST_SUBJECT - len(told_apart) - 1]}:{told_apart}"


def _fit(value: Any) -> Any:  # noqa: ANN401 - whatever stands in JSON
    """The value with every text in it as a database takes it."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, Mapping):
        return {_fit(key): _fit(held) for key, held in value.items()}
    return [_fit(held) for held in value] if isinstance(value, list | tuple) else value


def _appended(organization_id: UUID, deed: Deed, subject: str, now: datetime) -> AuditEntry:
    last = AuditEntry.objects.filter(organization_id=organization_id).order_by("-number").first()
    entry = AuditEntry(
        organization_id=organization_id,
        number=last.number + 1 if last else 1,
        subject=subject,
        at=now,
        who=storable(deed.who)[:254],
        what=storable(deed.what)[:60],
        about=storable(deed.about)[:120],
        before=_fit(deed.before),
        after=_fit(deed.after),
        request_id=current_request_id(),
        previous_hash=last.hash if last else "",
    )
    entry.hash = seal_of(entry)
    entry.save(force_insert=True)
    return entry


def seal_of(entry: AuditEntry) -> str:
    """The keyed hash over all that the entry says, and over the seal of the entry before it."""
    said = {name: getattr(entry, name) for name in SEALED}
    said |= {"organization": str(entry.organization_id), "at": entry.at.astimezone(UTC).isoformat()}
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hmac.digest(settings.TIDEOVER_ADDRESS_KEY.encode(), f"audit:{text}".encode(), "sha256").hex()


def flaws(organization_id: UUID) -> Iterator[Flaw]:
    """Every entry that was changed, and every place where one was taken out, put in or moved."""
    number, previous = 0, ""
    for entry in AuditEntry.objects.filter(organization_id=organization_id).order_by("number").iterator(2000):
        number += 1
        if entry.number != number:
            yield Flaw(number, f"entry {number} is missing: {entry.number} comes next")
            number = entry.number
        elif entry.previous_hash != previous:
            yield Flaw(number, "it does not follow the entry before it")
        if entry.hash != seal_of(entry):
            yield Flaw(number, "it was changed after it was written")
        previous = entry.hash


def head(organization_id: UUID) -> tuple[int, str]:
    """How many entries there are and the last one's seal: kept elsewhere, it shows whether the end was cut off."""
    last = AuditEntry.objects.filter(organization_id=organization_id).order_by("-number").first()
    return (last.number, last.hash) if last else (0, "")

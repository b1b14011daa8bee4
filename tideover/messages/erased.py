"""Who was erased: known again by a keyed hash, and called by a pseudonym where books must still add up.

The same word is the same pseudonym, so that a refund finds its charge and a payment its invoice; whose they are nobody
can tell any more. In the open, and for good, stay amounts, times and codes.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from tideover.messages.keyed import address_hash
from tideover.tenants.models import Erased

PSEUDONYM: Final = "erased_"
# An id as Stripe writes them; codes have neither capitals nor digits behind their first underscore.
AN_ID: Final = re.compile(r"\b(?!erased_)[a-z]{2,8}_(?=[A-Za-z0-9_]*[A-Z0-9])[A-Za-z0-9_]{6,}\b")
OF_A_CARD: Final = "fingerprint"  # where an id is written that looks like none
OF_THE_MERCHANT: Final = "by"  # where a fact names somebody of the merchant's


def mark_of(organization_id: UUID, word: str) -> str:
    """The keyed hash by which a merchant's erased customer is known again: of an id at Stripe, or of an address."""
    if "@" in word:
        return address_hash(word)
    text = f"erased:{organization_id}:{word}"
    return hmac.digest(settings.TIDEOVER_ADDRESS_KEY.encode(), text.encode(), "sha256").hex()


def pseudonym(organization_id: UUID, word: str) -> str:
    """What stands in the place of an id from now on; of nothing it is nothing, and of a pseudonym itself."""
    known = not word or word.startswith(PSEUDONYM)
    return word if known else PSEUDONYM + mark_of(organization_id, word)[:32]


def remember(organization_id: UUID, words: Iterable[str], now: datetime) -> None:
    """Whatever these words stand for was erased."""
    marks = {mark_of(organization_id, word) for word in words if word}
    rows = [Erased(organization_id=organization_id, hash=mark, at=now) for mark in sorted(marks)]
    Erased.objects.bulk_create(rows, ignore_conflicts=True)


def anything_erased(organization_ids: Collection[UUID]) -> set[UUID]:
    """Which of these merchants have erased anybody: of the others nothing need be looked up."""
    return {each for each in organization_ids if Erased.objects.filter(organization_id=each).exists()}


def erased_among(organization_id: UUID, words: Iterable[str]) -> set[str]:
    """Which of the words stand for somebody who was erased."""
    marks = {mark_of(organization_id, word): word for word in words if word}
    found = Erased.objects.filter(organization_id=organization_id, hash__in=marks)
    return {marks[mark] for mark in found.values_list("hash", flat=True)}


def without_ids(organization_id: UUID, value: Any) -> Any:  # noqa: ANN401 - whatever stands in JSON
    """The value with a pseudonym in place of each id."""
    if isinstance(value, str):
        return AN_ID.sub(lambda found: pseudonym(organization_id, found[0]), value)
    if isinstance(value, list):
        return [without_ids(organization_id, held) for held in value]
    if not isinstance(value, Mapping):
        return value
    return {key: _under(organization_id, key, held) for key, held in value.items()}


def _under(organization_id: UUID, key: str, held: Any) -> Any:  # noqa: ANN401 - whatever stands in JSON
    if key == OF_A_CARD:
        return pseudonym(organization_id, str(held or ""))
    return held if key == OF_THE_MERCHANT else without_ids(organization_id, held)

"""Stripe's events that tell of an erased customer: kept without their words, those that came and those to come."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from tideover.inbox.essence import essence
from tideover.inbox.models import StripeEvent
from tideover.inbox.translate import MONEY_MOVES
from tideover.messages.erased import anything_erased, erased_among, pseudonym
from tideover.tenants.secrets import Unreadable
from tideover.upkeep.privacy.person import Person

State = StripeEvent.State
AT_ONCE: Final = 200
LONGEST_NAME: Final = 512  # of an id or an address
WHY: Final = "its customer was erased"


def blank_next_of(person: Person, past: UUID | None, most: int) -> tuple[int, UUID | None]:
    """Of the next `most` events of the merchant those that name them; how many, and where to go on: None at the end.

    However they came, all of the merchant's are looked through, and that may take long.
    """
    longest_first = sorted(person.words, key=len, reverse=True)
    named = re.compile("|".join(re.escape(word) for word in longest_first).encode(), re.IGNORECASE)
    events = StripeEvent.objects.filter(organization=person.organization).order_by("pk")
    blanked, seen, last = 0, 0, None
    for event in (events.filter(pk__gt=past) if past else events)[:most].iterator(AT_ONCE):
        if named.search(_body_of(event)):
            _blank(event)
            blanked += 1
        seen, last = seen + 1, event.pk
    return blanked, last if seen == most else None


def _body_of(event: StripeEvent) -> bytes:
    """What no key opens tells nobody anything."""
    try:
        return bytes(event.body or b"")
    except Unreadable:
        return b""


def keep_essence(events: QuerySet[StripeEvent]) -> int:
    """Of settled events keep what names nobody; how many said more. What waits for a person is needed still."""
    settled = events.filter(state__in=[State.HANDLED, State.IRRELEVANT, State.REFUSED]).exclude(body=b"")
    emptied = settled.exclude(type__in=MONEY_MOVES).update(body=b"")
    for event in settled.filter(type__in=MONEY_MOVES):
        body, kept = _body_of(event), essence(event.type, _body_of(event))
        if kept != body:
            event.body = kept
            event.save(update_fields=["body"])
            emptied += 1
    return emptied


def keep_essence_of(events: Sequence[StripeEvent]) -> None:
    """Of events that were just handled, those of projects that keep no names."""
    mine = [event.pk for event in events if event.connection.project.minimal]
    if mine:
        keep_essence(StripeEvent.objects.filter(pk__in=mine))


def blank_of_the_erased(events: Sequence[StripeEvent]) -> None:
    """Of events that were just handled, those about somebody who was erased: nothing of them is kept."""
    concerned = anything_erased({event.organization_id for event in events})
    if not concerned:
        return
    by_merchant = defaultdict[UUID, dict[UUID, set[str]]](dict)
    for event in events:
        if event.organization_id in concerned:
            by_merchant[event.organization_id][event.pk] = set(_names_in(_body_of(event)))
    for organization_id, named in by_merchant.items():
        gone = erased_among(organization_id, {word for words in named.values() for word in words})
        about = [pk for pk, words in named.items() if not gone.isdisjoint(words)]
        for event in StripeEvent.objects.filter(pk__in=about).exclude(state=State.STORED):
            _blank(event)


def _blank(event: StripeEvent) -> None:
    """What was not understood yet never will be: there is nobody any more whom it could concern."""
    waits = event.state in {State.STORED, State.FAILED}
    event.body, event.reason = b"", WHY
    event.object_id = pseudonym(event.organization_id, event.object_id)
    event.state = State.IRRELEVANT if waits else event.state
    event.handled_at = event.handled_at or event.received_at
    event.save(update_fields=["body", "reason", "object_id", "state", "handled_at"])


def _names_in(body: bytes) -> Iterator[str]:
    try:
        yield from _names(json.loads(body))
    except (ValueError, RecursionError):
        return


def _names(value: Any) -> Iterator[str]:  # noqa: ANN401 - whatever stands in JSON
    if isinstance(value, str):
        if ("_" in value or "@" in value) and len(value) <= LONGEST_NAME:
            yield value
        return
    held: Iterable[Any] = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in held:
        yield from _names(each)

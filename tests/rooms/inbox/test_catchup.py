"""Catch-up: what the list of events has and our table has not is stored once, however often it is read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.factories import make_connection, make_stripe_event
from tideover.gateways.answers import Unreachable
from tideover.inbox import catchup
from tideover.inbox.catchup import Caught, catch_up
from tideover.inbox.models import StripeEvent

NOW = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
pytestmark = pytest.mark.django_db


@dataclass
class EventList:
    """Stripe's list: newest first, in pages of a hundred; `breaks_after` pages the line is cut."""

    events: list[dict[str, Any]] = field(default_factory=list)
    breaks_after: int | None = None

    def happened(self, number: int, at: datetime, **values: Any) -> None:
        event = {
            "id": f"evt_{number:05d}", "object": "event", "type": "invoice.payment_failed", "livemode": False,
            "created": int(at.timestamp()), "data": {"object": {"id": f"in_{number:05d}", "object": "invoice"}},
        }  # fmt: skip
        self.events.append({**event, **values})

    def list_events(self, since: datetime, types: Sequence[str]) -> Iterator[list[Mapping[str, Any]]]:
        fitting = [e for e in reversed(self.events) if e["created"] >= since.timestamp() and e["type"] in types]
        for number, start in enumerate(range(0, len(fitting) or 1, 100)):
            if number == self.breaks_after:
                raise Unreachable("cut")
            yield fitting[start : start + 100]


@pytest.fixture
def connection():
    return make_connection(events_seen_to=NOW - 4 * HOUR, created_at=NOW - 100 * HOUR)


@pytest.fixture
def stripe():
    return EventList()


def stored():
    return set(StripeEvent.objects.values_list("event_id", flat=True))


def test_every_event_of_an_outage_is_stored_even_a_thousand_in_one_second(connection, stripe):
    for number in range(1000):
        stripe.happened(number, NOW - 2 * HOUR)
    assert catch_up(connection, stripe, NOW) == Caught(1000, 1000)
    assert len(stored()) == 1000
    event = StripeEvent.objects.order_by("event_id").first()
    assert (event.state, event.object_id, event.happened_at) == ("stored", "in_00000", NOW - 2 * HOUR)
    assert json.loads(bytes(event.body))["id"] == "evt_00000"


def test_reading_the_list_again_changes_nothing(connection, stripe):
    for number in range(150):
        stripe.happened(number, NOW - HOUR)
    catch_up(connection, stripe, NOW)
    assert catch_up(connection, stripe, NOW + timedelta(minutes=5)) == Caught(150, 0)
    assert StripeEvent.objects.count() == 150


def test_an_event_the_webhook_brought_is_not_stored_again_nor_touched(connection, stripe):
    told = make_stripe_event(connection, event_id="evt_00001", body=b"signed", state=StripeEvent.State.HANDLED)
    stripe.happened(1, NOW - HOUR)
    stripe.happened(2, NOW - HOUR)
    assert catch_up(connection, stripe, NOW) == Caught(2, 1)
    told.refresh_from_db()
    assert (bytes(told.body), told.state) == (b"signed", "handled")


def test_an_event_that_appears_two_hours_late_is_still_found(connection, stripe):
    catch_up(connection, stripe, NOW)
    stripe.happened(1, NOW - 2 * HOUR)
    assert catch_up(connection, stripe, NOW + timedelta(minutes=5)).new == 1


def test_a_line_cut_between_two_pages_loses_nothing(connection, stripe):
    for number in range(250):
        stripe.happened(number, NOW - HOUR)
    stripe.breaks_after = 2
    with pytest.raises(Unreachable):
        catch_up(connection, stripe, NOW)
    connection.refresh_from_db()
    assert connection.events_seen_to == NOW - 4 * HOUR
    stripe.breaks_after = None
    assert catch_up(connection, stripe, NOW + HOUR) == Caught(250, 50)
    assert len(stored()) == 250


def test_the_first_time_nothing_from_long_before_the_connection_is_read(stripe):
    connection = make_connection(created_at=NOW - HOUR)
    stripe.happened(1, NOW - 50 * HOUR)
    stripe.happened(2, NOW)
    catch_up(connection, stripe, NOW)
    assert stored() == {"evt_00002"}


def test_an_event_of_the_other_mode_is_kept_without_effect(connection, stripe):
    stripe.happened(1, NOW, livemode=True)
    catch_up(connection, stripe, NOW)
    assert StripeEvent.objects.get().state == StripeEvent.State.REFUSED


def test_it_is_due_every_five_minutes_and_when_a_clock_was_set_back(connection):
    connection.events_seen_to = NOW
    assert not catchup.is_due(connection, NOW + timedelta(minutes=4))
    assert catchup.is_due(connection, NOW + timedelta(minutes=5))
    assert catchup.is_due(connection, NOW - HOUR)

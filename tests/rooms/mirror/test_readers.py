"""A customer's metadata at Stripe, from the account to who is written to: as a list tells it, and as an event does."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.factories import make_stripe_event
from tests.rooms.mirror.conftest import NOW, nobody
from tideover.flow.stripe import stripe_for
from tideover.mirror.hearing import hear
from tideover.mirror.importing import read_all
from tideover.mirror.models import Customer
from tideover.recovery.ways.from_stripe import follow_all
from tideover.recovery.ways.rows import Recipient

pytestmark = pytest.mark.django_db


def named(merchant, customer: str, **metadata: str) -> None:
    merchant.client.v1.customers.update(customer, {"metadata": metadata})


def last_event(merchant, wired):
    event = merchant.client.v1.events.list({"type": "customer.updated", "limit": 1}).data[0]
    return make_stripe_event(wired, type="customer.updated", body=json.dumps(event.to_dict()).encode(), state="stored")


def test_who_is_named_there_is_written_to_from_the_first_reading_on_and_as_it_changes(merchant, wired):
    customer = str(merchant.customer().id)
    named(merchant, customer, tideover_owner="owner@acme.example 5 de", color="red")
    read_all(stripe_for, nobody, NOW)
    follow_all(NOW)
    row = Recipient.objects.get()
    assert (row.customer_id, row.address, row.role, row.from_day, row.language, row.source) == (
        customer, "owner@acme.example", "owner", 5, "de", "stripe",
    )  # fmt: skip
    merchant.world.pull("advance", to=int((NOW + timedelta(minutes=10)).timestamp()))
    named(merchant, customer, tideover_owner="", tideover_billing="office@acme.example")
    hear([last_event(merchant, wired)], nobody)
    follow_all(NOW)
    assert [each.address for each in Recipient.objects.all()] == ["office@acme.example"]


def test_the_segment_that_is_named_there_is_kept_and_follows_what_changes(merchant, wired):
    customer = str(merchant.customer().id)
    named(merchant, customer, tideover_segment="Enterprise")
    read_all(stripe_for, nobody, NOW)
    assert (Customer.objects.get().segment, Customer.objects.get().odd_segment) == ("enterprise", False)
    for minutes, said, kept in ((10, "our best customers", ("", True)), (20, "", ("", False))):
        merchant.world.pull("advance", to=int((NOW + timedelta(minutes=minutes)).timestamp()))
        named(merchant, customer, tideover_segment=said)
        hear([last_event(merchant, wired)], nobody)
        row = Customer.objects.get()
        assert (row.segment, row.odd_segment) == kept

"""Events keep the mirror: as soon as they come, late ones without harm, and what is in doubt is read again."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests import factories as make
from tests.rooms.mirror.conftest import NOW, START, nobody
from tideover.flow.stripe import stripe_for
from tideover.mirror.hearing import hear, read_again
from tideover.mirror.importing import begin, read_all
from tideover.mirror.models import Customer, MirrorInvoice
from tideover.tenants.models import Connection

pytestmark = pytest.mark.django_db


def an_event(connection: Connection, thing: object, kind: str = "customer.updated", at: int = START + 600):
    body = json.dumps({"id": "evt_1", "type": kind, "created": at, "data": {"object": thing}})
    return make.make_stripe_event(connection, type=kind, body=body.encode(), state="stored")


def a_customer(name: str, **values: object) -> dict[str, object]:
    return {"id": "cus_1", "object": "customer", "created": START, "name": name, **values}


@pytest.fixture
def account(connection: Connection) -> Connection:
    begin(connection, NOW)
    return connection


def test_an_event_is_kept_and_a_late_one_is_not(account):
    hear([an_event(account, a_customer("new"))], nobody)
    hear([an_event(account, a_customer("old"), at=START + 599)], nobody)
    assert Customer.objects.get().name == "new"


def test_a_customer_that_was_deleted_is_gone(account):
    hear([an_event(account, a_customer("Pia"), "customer.deleted")], nobody)
    assert Customer.objects.get().gone


def test_of_an_account_without_a_mirror_nothing_is_kept(connection):
    hear([an_event(connection, a_customer("Pia"))], nobody)
    assert not Customer.objects.exists()


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"data": 1}', b'{"created": 1, "data": {"object": {"object": "customer"}}}']
)
def test_what_cannot_be_read_disturbs_nobody(account, body):
    odd = make.make_stripe_event(account, body=body, state="stored")
    hear([odd, an_event(account, a_customer("Pia"))], nobody)
    assert Customer.objects.get().name == "Pia"


def test_what_two_events_of_one_second_leave_in_doubt_is_read_again(merchant, wired):
    merchant.customer()
    read_all(stripe_for, nobody, NOW)
    row = Customer.objects.get()
    for name in ("a", "b"):
        hear([an_event(wired, a_customer(name, id=row.stripe_id), at=START + 400)], nobody)
    assert Customer.objects.get().unsure
    later = NOW + timedelta(minutes=10)
    assert read_again(stripe_for, nobody, later) == 1
    known = Customer.objects.get()
    assert (known.name, known.unsure) == ("Ada", False)
    assert read_again(stripe_for, nobody, later) == 0


def test_what_is_no_more_is_in_doubt_no_more(merchant, wired):
    begin(wired, NOW)
    for name in ("a", "b"):
        hear([an_event(wired, {**a_customer(name), "id": "cus_none"})], nobody)
    assert read_again(stripe_for, nobody, NOW + timedelta(hours=1)) == 1
    assert not Customer.objects.get().unsure


def test_events_of_the_simulator_keep_the_mirror_as_the_account_is(merchant, wired):
    """What an import would read anew is what the events have told."""
    begin(wired, NOW)
    merchant.failed_invoice()
    listed = merchant.v1.events.list({"limit": 100}).data
    for event in reversed(listed):
        hear(
            [
                make.make_stripe_event(
                    wired, type=event.type, body=json.dumps(event.to_dict(), default=str).encode(), state="stored"
                )
            ],
            nobody,
        )
    told = set(MirrorInvoice.objects.values_list("stripe_id", "status", "amount_open"))
    assert told == {
        (each.id, each.status, each.amount_remaining) for each in merchant.v1.invoices.list({"limit": 100}).data
    }

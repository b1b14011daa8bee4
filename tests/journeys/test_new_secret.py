"""The signing secret is rotated while events are under way: none is missed, and none counts twice."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from tests.journeys.test_outage import customers
from tideover.config import config
from tideover.flow.stripe import stripe_for
from tideover.inbox.models import StripeEvent
from tideover.inbox.registration import rotate
from tideover.recovery.models import Case
from tideover.tenants.models import Connection
from tideover.upkeep.rounds import keep_up

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def here(monkeypatch, live_server):
    monkeypatch.setattr(config(), "base_url", live_server.url)


def test_what_was_under_way_with_the_old_secret_is_read_from_stripes_list(open_shop, here):
    shop = open_shop("relay")
    shop.renewal_fails()
    stripe = stripe_for(shop.connection)
    [old] = stripe.webhook_endpoints()
    Connection.objects.update(webhook_endpoint_id=old.id)
    shop.connection.refresh_from_db()
    before = shop.connection.webhook_secret

    shop.client.v1.invoices.void_invoice(shop.case.invoice_id)  # its event waits for the next delivery
    rotate(shop.connection, stripe)
    shop.machine.move(shop.machine.now + timedelta(minutes=1))
    keep_up(stripe_for, shop.machine.now)
    shop.machine.move(shop.machine.now + timedelta(minutes=1))
    assert shop.case.state == "canceled"
    told = StripeEvent.objects.filter(type="invoice.voided")
    assert (told.count(), told.get().state) == (1, "handled")

    [new] = stripe.webhook_endpoints()
    after = Connection.objects.get()
    assert (new.id, new.url) == (after.webhook_endpoint_id, old.url)
    assert after.webhook_secret_previous == before != after.webhook_secret


def test_from_then_on_events_are_taken_by_the_new_secret(open_shop, here):
    shop = open_shop("relay")
    stripe = stripe_for(shop.connection)
    Connection.objects.update(webhook_endpoint_id=stripe.webhook_endpoints()[0].id)
    shop.connection.refresh_from_db()
    rotate(shop.connection, stripe)
    Connection.objects.update(webhook_secret_previous="")
    assert shop.renewal_fails().state == "failing"


def test_rotated_in_the_middle_of_a_burst_each_event_counts_once(open_shop, here):
    """Some are under way to the old endpoint, some come to both as Stripe knows both for a moment, some to the new one."""
    shop = open_shop("relay")
    customers(shop, ["pm_sim_decline_insufficient_funds"] * 6)
    shop.machine.move(shop.machine.now + timedelta(hours=3))
    cases = list(Case.objects.order_by("pk"))
    assert len(cases) == 6
    stripe = stripe_for(shop.connection)
    [old] = stripe.webhook_endpoints()
    Connection.objects.update(webhook_endpoint_id=old.id)
    shop.connection.refresh_from_db()

    burst = [partial(shop.client.v1.invoices.void_invoice, case.invoice_id) for case in cases]
    burst[0]()
    burst[1]()
    delete = stripe.delete_webhook_endpoint
    stripe.delete_webhook_endpoint = lambda endpoint: (burst[2](), burst[3](), delete(endpoint))
    rotate(shop.connection, stripe)
    burst[4]()
    burst[5]()
    shop.machine.move(shop.machine.now + timedelta(minutes=1))
    keep_up(stripe_for, shop.machine.now)
    shop.machine.move(shop.machine.now + timedelta(minutes=1))
    assert {case.state for case in Case.objects.all()} == {"canceled"}
    told = StripeEvent.objects.filter(type="invoice.voided")
    assert sorted(told.values_list("object_id", flat=True)) == sorted(case.invoice_id for case in cases)
    assert set(told.values_list("state", flat=True)) == {"handled"}

"""The signing secret is rotated while events are under way: none is missed, and none counts twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tideover.config import config
from tideover.flow.stripe import stripe_for
from tideover.inbox.models import StripeEvent
from tideover.inbox.registration import rotate
from tideover.tenants.models import Connection
from tideover.upkeep.rounds import keep_up

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def here(monkeypatch, live_server):
    monkeypatch.setattr(config(), "base_url", live_server.url)
    config().model_fields_set.add("base_url")
    yield
    config().model_fields_set.discard("base_url")


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

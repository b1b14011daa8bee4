"""A merchant disconnects in the middle of a month, and comes back."""

from __future__ import annotations

import pytest

from tideover import clock
from tideover.flow.stripe import stripe_for_leaving
from tideover.gateways.stripe import Stripe
from tideover.recovery.models import Action
from tideover.tenants.connecting import Access, Names, connect
from tideover.tenants.disconnecting import disconnect
from tideover.upkeep.rounds import wind_up_all

pytestmark = pytest.mark.django_db(transaction=True)


def tries(shop):
    return [row["outcome"] for row in shop.world.ledger() if row["by"] == "api"]


def test_who_leaves_has_stripes_own_retries_back_and_who_returns_is_charged_for_no_day_between(open_shop):
    shop = open_shop("tuned")
    shop.renewal_fails()
    shop.until_day(4)
    before = tries(shop)
    assert before
    invoice_id = shop.case.invoice_id
    assert not shop.client.v1.invoices.retrieve(invoice_id).auto_advance
    key, base = shop.connection.api_key, shop.connection.api_base

    disconnect(shop.connection, by="alice@alpine.example", now=clock.now())
    assert wind_up_all(stripe_for_leaving, clock.now()) == 1
    assert shop.client.v1.invoices.retrieve(invoice_id).auto_advance
    mails = len(shop.mail.accepted)
    shop.until_day(12)
    assert (shop.case.state, tries(shop), len(shop.mail.accepted)) == ("canceled", before, mails)

    account = Stripe(key, api_base=base).account()
    again = connect(account, Access(key, None, base), Names(), clock.now())
    shop.until_day(25)
    assert (again.pk, tries(shop), shop.case.state) == (shop.connection.pk, before, "canceled")
    assert not Action.objects.filter(state="planned").exists()

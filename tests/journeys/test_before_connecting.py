"""A shop with failures of before connects: they are read over the wire, wait for going live, and go on from their day."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.journeys.conftest import Shop
from tests.journeys.test_outage import customers
from tideover.flow.stripe import stripe_for
from tideover.recovery.earlier.reading import read_all
from tideover.recovery.models import Action, Case
from tideover.recovery.telling.rehearsal import rehearse
from tideover.tenants.connecting import Access, Names, connect
from tideover.tenants.kept_apart import Backlog
from tideover.tenants.models import Connection, Organization, Project
from tideover.tenants.settings import turn_recovery

HOUR = timedelta(hours=1)


@pytest.fixture
def shop(open_shop) -> Shop:
    """Three renewals failed a day ago, two on one page of the list and one on another; nobody here knows of it."""
    shop = open_shop("tuned")
    customers(shop, ["pm_sim_decline_insufficient_funds"] * 3)
    shop.machine.move(shop.machine.now + 24 * HOUR)
    return shop


def connected_anew(shop: Shop) -> Connection:
    known = shop.connection
    access, base = Access(known.api_key, "act", known.api_base, known.publishable_key), known.api_base
    Case.objects.all().delete()
    Organization.objects.all().delete()
    account = stripe_for(known).account()
    connection = connect(account, access, Names("Alpine", "Alpine", "alice@alpine.example"), shop.machine.now)
    assert connection.api_base == base
    return connection


def test_what_had_failed_is_read_over_the_wire_and_goes_on_from_its_day(shop, monkeypatch):
    monkeypatch.setattr("tideover.gateways.reads.UNPAID_AT_ONCE", 2)
    connection = connected_anew(shop)
    assert not Project.objects.get().recovery_enabled
    read_all(stripe_for, shop.machine.now)
    assert Backlog.objects.get().read_at == shop.machine.now
    assert Case.objects.count() == 3
    assert all(case.opened_at < connection.since for case in Case.objects.all())
    assert len(rehearse(connection.project, shop.machine.now).rows) == 3
    turn_recovery(connection.project, on=True, by="alice@alpine.example", now=shop.machine.now)
    shop.machine.move(shop.machine.now + 20 * 24 * HOUR)
    done = Action.objects.filter(started_at__isnull=False)
    assert done.filter(do=Action.Do.CHARGE).exists()
    assert not done.filter(due_at__lt=connection.since).exists()

"""A merchant on a simulated account, connected here, and nobody who was erased."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import stripe

from tests import factories as make
from tests.contracts.merchant import Merchant
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import running
from tideover.tenants.models import Connection

START = 1_790_000_000
NOW = datetime.fromtimestamp(START, UTC) + timedelta(minutes=5)


@pytest.fixture
def merchant() -> Iterator[Merchant]:
    sim = new_simulator(seed=3, start=START)
    with running(sim) as world:
        client = stripe.StripeClient(sim.keys.secret, base_addresses={"api": world.base_url}, max_network_retries=0)
        yield Merchant(client, world)


@pytest.fixture
def connection(db: None) -> Connection:
    return make.make_connection(created_at=NOW)


@pytest.fixture
def wired(merchant: Merchant, db: None) -> Connection:
    """Connected to the merchant's simulated account."""
    key = str(merchant.client._requestor.api_key)
    return make.make_connection(api_base=merchant.world.base_url, api_key=key, created_at=NOW)


def nobody(_organization: UUID, _words: Collection[str]) -> Collection[str]:
    """Who of them was erased."""
    return ()

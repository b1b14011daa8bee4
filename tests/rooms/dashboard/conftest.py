"""Alice's shop for the tests of her pages: a connection that may act, and a case."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests import factories as make
from tests.people import Person
from tests.rooms.dashboard.shop import rich_shop
from tideover.recovery.models import Case
from tideover.tenants.models import Connection


@pytest.fixture
def connection(alice: Person) -> Connection:
    return make.make_connection(alice.project)


@pytest.fixture
def case(connection: Connection) -> Case:
    return make.make_case(connection, customer_name="Northwind Ops", customer_email="billing@northwind.example")


@pytest.fixture
def present() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the pages read the clock


@pytest.fixture
def shop(connection: Connection, present: datetime) -> list[Case]:
    """A shop with a few months behind it."""
    return rich_shop(connection, present, cases=60)

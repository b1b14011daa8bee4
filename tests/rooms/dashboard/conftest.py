"""Alice's shop for the tests of her pages: a connection that may act, and a case."""

from __future__ import annotations

import pytest

from tests import factories as make
from tests.people import Person
from tideover.recovery.models import Case
from tideover.tenants.models import Connection


@pytest.fixture
def connection(alice: Person) -> Connection:
    return make.make_connection(alice.project)


@pytest.fixture
def case(connection: Connection) -> Case:
    return make.make_case(connection, customer_name="Northwind Ops", customer_email="billing@northwind.example")

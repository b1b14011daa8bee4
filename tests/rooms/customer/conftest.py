"""It is noon for the payer, and Acme's account may charge on its page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.factories import NOW, make_connection
from tideover import clock
from tideover.tenants.models import Connection


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    """The page lives at NOW, unless its test lets time pass."""
    clock.travel_to(NOW)
    yield
    clock.travel_to(None)


@pytest.fixture
def connection() -> Connection:
    return make_connection(publishable_key="pk_test_alice")

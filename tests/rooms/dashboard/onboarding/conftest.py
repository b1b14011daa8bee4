"""Alice's project before it goes live."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests import factories as make
from tests.factories import NOW
from tests.people import Person
from tideover import clock
from tideover.tenants.models import Connection, Project
from tideover.tenants.settings import turn_recovery

DAY = timedelta(days=1)


@pytest.fixture
def off(alice: Person) -> Iterator[Connection]:
    """Alice's project, off, with an account that may act and the rules `tuned`."""
    turn_recovery(alice.project, on=False, by="alice@alpine.example", now=NOW - 9 * DAY)
    connection = make.make_connection(alice.project, mode="act", livemode=True)
    connection.project = Project.objects.get(pk=alice.project.pk)
    make.make_ruleset(connection.project, "tuned")
    clock.travel_to(NOW)
    yield connection
    clock.travel_to(None)

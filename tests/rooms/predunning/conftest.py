"""A merchant that alerts, at noon."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.rooms.predunning.there import NOW, World, open_world
from tideover import clock


@pytest.fixture
def world(db: None) -> Iterator[World]:
    clock.travel_to(NOW)
    yield open_world()
    clock.travel_to(None)

"""The healthy world, for each test of Doctor."""

from __future__ import annotations

import pytest

from tests.rooms.upkeep.doctor.world import World, healthy


@pytest.fixture
def world(alice, monkeypatch) -> World:
    return healthy(alice.project, monkeypatch)

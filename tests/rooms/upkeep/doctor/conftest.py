"""The healthy world, for each test of Doctor."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.rooms.upkeep.doctor.world import World, healthy
from tideover.config import config


@pytest.fixture
def world(alice, monkeypatch) -> Iterator[World]:
    was_set = "base_url" in config().model_fields_set
    yield healthy(alice.project, monkeypatch)
    if not was_set:
        config().model_fields_set.discard("base_url")

"""A Stripe that misbehaves, and an ear for what the line to it was told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.rooms.gateways.strange import Strange, strange_stripe
from tideover.gateways import skew


@dataclass
class Ear:
    """A line that lets everybody through and remembers what came back."""

    heard: list[str] = field(default_factory=list)

    def turn(self) -> None:
        """Nobody is waited for."""

    def answered(self) -> None:
        self.heard.append("answered")

    def silent(self) -> None:
        self.heard.append("silent")

    def refused(self, why: str, *, all_calls: bool) -> None:
        self.heard.append("all refused" if all_calls else "refused")


@pytest.fixture
def strange() -> Iterator[Strange]:
    with strange_stripe() as there:
        yield there
    skew.take()


@pytest.fixture
def ear() -> Ear:
    return Ear()

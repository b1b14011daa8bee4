"""The mail server of these tests, and a way to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.rooms.messages.post import AnyPort, Catcher
from tideover.gateways.email import Smtp
from tideover.gateways.mailers.post import Post


@pytest.fixture
def catcher() -> Iterator[Catcher]:
    handler = Catcher()
    controller = AnyPort(handler, hostname="127.0.0.1", port=0)
    controller.start()
    handler.port = controller.port
    handler.connections = 0
    yield handler
    handler.over.set()
    controller.stop()


@pytest.fixture
def smtp(catcher: Catcher) -> Iterator[Smtp]:
    transport = Smtp("127.0.0.1", catcher.port)
    yield transport
    transport.close()


@pytest.fixture
def house(smtp: Smtp) -> Post:
    """The way out for messages of projects without an account of their own."""
    return Post(smtp)

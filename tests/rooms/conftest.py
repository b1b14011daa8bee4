"""What the tests of several rooms stand in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.rooms.gateways.mail_server import MailServer, mail_server
from tideover.config import config


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    """The mail server by which everything leaves, for one test."""
    with mail_server() as there:
        monkeypatch.setattr(config(), "smtp_port", there.port)
        yield there

"""What the tests of several rooms stand in."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models.sql import compiler

from tests.rooms.gateways.mail_server import MailServer, mail_server
from tideover.config import config


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    """The mail server by which everything leaves, for one test."""
    with mail_server() as there:
        monkeypatch.setattr(config(), "smtp_port", there.port)
        yield there


@pytest.fixture(autouse=True)
def _no_reading_is_left_open(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Who reads rows some at a time and stops on the way closes what they read by.

    Else it is closed whenever it is collected, in the middle of another transaction, which PostgreSQL ends for that.
    """
    begun: list[weakref.ref[Any]] = []
    read_by = compiler.cursor_iter  # type: ignore[attr-defined]

    def noted(*given: object) -> Iterator[Any]:
        reading = read_by(*given)
        begun.append(weakref.ref(reading))
        return reading  # type: ignore[no-any-return]

    monkeypatch.setattr(compiler, "cursor_iter", noted)
    yield
    left = [reading for each in begun if (reading := each()) is not None and reading.gi_frame is not None]
    assert not left, "a reading of rows some at a time is open still: close it (contextlib.closing)"

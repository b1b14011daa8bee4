"""A port to listen on, or why there is none."""

from __future__ import annotations

import socket

import pytest

from tideover.cli.web import NoPort, free_port


@pytest.fixture
def busy():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_zero_takes_any_free_port():
    with free_port("127.0.0.1", 0) as one, free_port("127.0.0.1", 0) as other:
        assert one.getsockname()[1] != other.getsockname()[1] != 0


def test_a_port_that_somebody_has_is_passed_over(busy):
    with free_port("127.0.0.1", busy) as listener:
        assert busy < listener.getsockname()[1] < busy + 20


def test_behind_the_last_port_there_is_none():
    with (
        free_port("127.0.0.1", 65_535),
        pytest.raises(NoPort, match=r"no free port on 127\.0\.0\.1 from 65535 to 65535"),
    ):
        free_port("127.0.0.1", 65_535)


@pytest.mark.parametrize(
    ("host", "why"), [("192.0.2.1", "assign"), ("::1%nonsense", "port 8000: "), ("2001:db8::1", "port 8000: ")]
)  # fmt: skip
def test_a_host_that_is_not_this_machine_is_told_at_once(host, why):
    with pytest.raises(NoPort, match=why):
        free_port(host, 8_000)
